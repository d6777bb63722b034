/** HTTP/1.1 as far as registries of images need it. */
package dev.sandjar.internal.http;
