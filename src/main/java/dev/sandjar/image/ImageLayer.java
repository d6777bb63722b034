package dev.sandjar.image;

import dev.sandjar.DataSize;

/**
 * One layer of an image.
 *
 * @param digest of the layer as it is stored
 * @param diffId digest of its tar archive without compression
 * @param size as it is stored
 * @param createdBy the command that made it, if the image says; may be empty
 */
public record ImageLayer(String digest, String diffId, DataSize size, String createdBy) {}
