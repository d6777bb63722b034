/** Sandboxes that are made before somebody asks for them, and whether what they are made of is still there. */
package dev.sandjar.internal.reuse;
