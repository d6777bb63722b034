/** Images: formats, the store, layers that are unpacked without trusting them, registries. */
package dev.sandjar.internal.image;
