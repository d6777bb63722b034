package dev.sandjar.plugin;

import dev.sandjar.DataSize;

/**
 * Bounds of what host and worker exchange. Each is checked on both sides; what the worker exceeds is a protocol violation, what the
 * host exceeds is {@link PluginException.Reason#REFUSED}. A value.
 *
 * @param messageSize of one call's arguments or result, encoded; 1 KiB to 256 MiB
 * @param depth of values in values; 1 to 1000
 * @param elements of all collections of one message together; 1 to 100 million
 * @param inFlight calls of one worker at a time; 1 to 1024. A caller beyond that waits for its turn
 * @param callbacksInFlight calls of the host by one worker at a time; 1 to 1024
 */
public record PluginLimits(DataSize messageSize, int depth, int elements, int inFlight, int callbacksInFlight) {
    private static final DataSize SMALLEST = DataSize.kibibytes(1);
    private static final DataSize LARGEST = DataSize.mebibytes(256);
    private static final int THOUSAND = 1000;
    private static final int CALLS = 1024;

    /**
     * Bounds.
     *
     * @param messageSize of one call's arguments or result, encoded
     * @param depth of values in values
     * @param elements of all collections of one message together
     * @param inFlight calls of one worker at a time
     * @param callbacksInFlight calls of the host by one worker at a time
     * @throws IllegalArgumentException if one is outside of its range
     */
    public PluginLimits {
        range("messageSize", messageSize.toBytes(), SMALLEST.toBytes(), LARGEST.toBytes());
        range("depth", depth, 1, THOUSAND);
        range("elements", elements, 1, 100 * THOUSAND * THOUSAND);
        range("inFlight", inFlight, 1, CALLS);
        range("callbacksInFlight", callbacksInFlight, 1, CALLS);
    }

    /**
     * 16 MiB, 64 deep, a million elements, 32 calls and 16 callbacks at a time.
     *
     * @return the default
     */
    public static PluginLimits standard() {
        return new PluginLimits(DataSize.mebibytes(16), 64, THOUSAND * THOUSAND, 32, 16);
    }

    static long range(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " is " + value + ", not " + least + " to " + most);
        }
        return value;
    }
}
