package dev.sandjar.image;

import dev.sandjar.internal.Nullable;

/**
 * An image of a store, with its manifest and configuration read.
 *
 * @param name by which it was found, null if it has none
 */
public record StoredImage(
        Descriptor manifest, @Nullable String name, Manifests.Manifest parts, Manifests.Config config) {}
