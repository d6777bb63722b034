package dev.sandjar.plugin;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;

/**
 * Bounds of what host and worker exchange. Each is checked on both sides; what the worker exceeds is a protocol violation, what the
 * host exceeds is {@link PluginException.Reason#REFUSED}. A value.
 *
 * @param messageSize of one call's arguments or result, encoded; 1 KiB to 256 MiB
 * @param depth of values in values; 1 to 1000
 * @param elements of all collections of one message together; 1 to 100 million
 * @param inFlight calls of one worker at a time; 1 to 1024. A caller beyond that waits for its turn
 * @param callbacksInFlight calls of the host by one worker at a time; 1 to 1024
 * @param streamSize what the worker may write to all streams together that one call has passed to it; 0 to 1 TiB
 */
public record PluginLimits(
        DataSize messageSize, int depth, int elements, int inFlight, int callbacksInFlight, DataSize streamSize) {
    private static final DataSize SMALLEST = DataSize.kibibytes(1);
    private static final DataSize LARGEST = DataSize.mebibytes(256);
    private static final DataSize LARGEST_STREAM = DataSize.gibibytes(1024);
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
     * @param streamSize what the worker may write to all streams together that one call has passed to it
     * @throws IllegalArgumentException if one is outside of its range
     */
    public PluginLimits {
        Checks.range("messageSize", messageSize.toBytes(), SMALLEST.toBytes(), LARGEST.toBytes());
        Checks.range("depth", depth, 1, THOUSAND);
        Checks.range("elements", elements, 1, 100 * THOUSAND * THOUSAND);
        Checks.range("inFlight", inFlight, 1, CALLS);
        Checks.range("callbacksInFlight", callbacksInFlight, 1, CALLS);
        Checks.range("streamSize", streamSize.toBytes(), 0, LARGEST_STREAM.toBytes());
    }

    /**
     * 16 MiB, 64 deep, a million elements, 32 calls and 16 callbacks at a time, 64 MiB to the streams of a call.
     *
     * @return the default
     */
    public static PluginLimits standard() {
        return new PluginLimits(DataSize.mebibytes(16), 64, THOUSAND * THOUSAND, 32, 16, DataSize.mebibytes(64));
    }

    /**
     * The same with another bound of streams.
     *
     * @param size what the worker may write to all streams together that one call has passed to it; 0 to 1 TiB
     * @return such limits
     * @throws IllegalArgumentException if it is outside of its range
     */
    public PluginLimits withStreamSize(DataSize size) {
        return new PluginLimits(messageSize, depth, elements, inFlight, callbacksInFlight, size);
    }
}
