package dev.sandjar.image;

import dev.sandjar.DataSize;

/**
 * One layer of an image ({@code layer.md} of the OCI image specification). An immutable value.
 *
 * @param digest the digest of the layer as it is stored, such as "sha256:..."
 * @param diffId the digest of the layer's tar archive without compression
 * @param size the size of the layer as it is stored
 * @param createdBy the command that made the layer; empty if the image does not say
 */
public record ImageLayer(String digest, String diffId, DataSize size, String createdBy) {}
