package dev.sandjar.internal.plugin.wire;

/**
 * Bounds of one message, in both directions.
 *
 * @param messageBytes of its body
 * @param depth of values in values
 * @param elements of all collections together
 */
public record CodecLimits(int messageBytes, int depth, int elements) {
    /**
     * Sets and maps of what has no order: whoever chooses the hash codes chooses how long each look-up takes, and a tree of
     * elements that can't be compared does not help.
     */
    public static final int UNORDERED_KEYS = 256;
}
