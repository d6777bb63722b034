/**
 * Images as roots of sandboxes: a store of them on this host, registries that they come from, and what they say of themselves. Begin with
 * {@link dev.sandjar.image.ImageStore}.
 */
@NullMarked
package dev.sandjar.image;

import org.jspecify.annotations.NullMarked;
