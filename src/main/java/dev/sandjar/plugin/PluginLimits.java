package dev.sandjar.plugin;

import dev.sandjar.DataSize;
import dev.sandjar.internal.util.Checks;
import java.util.Objects;

/**
 * Limits of what host and worker exchange. The host checks all of them; workers in Java check {@code messageSize}, {@code depth} and
 * {@code elements} too. A worker that exceeds one is killed ({@link PluginException.Reason#PROTOCOL_VIOLATION}); arguments that exceed
 * one are not sent ({@link PluginException.Reason#REFUSED}). Immutable and thread-safe.
 *
 * @param messageSize the size of the arguments or the result of one call, encoded; 1 KiB to 256 MiB
 * @param depth how deep values are nested in values; 1 to 1000
 * @param elements the number of elements of all collections of one message together; 1 to 100 million
 * @param inFlight how many calls one worker serves at a time; 1 to 1024. A further call waits for its turn within {@link
 *     PluginPoolBuilder#callTimeout}, and fails with {@link PluginException.Reason#BUSY}
 * @param callbacksInFlight how many calls of the host's streams, files and callbacks one worker makes at a time; 1 to 1024
 * @param streamSize how much the worker may write to all output streams of one call together; 0 to 1 TiB
 */
public record PluginLimits(
        DataSize messageSize, int depth, int elements, int inFlight, int callbacksInFlight, DataSize streamSize) {
    private static final DataSize SMALLEST = DataSize.kibibytes(1);
    private static final DataSize LARGEST = DataSize.mebibytes(256);
    private static final DataSize LARGEST_STREAM = DataSize.gibibytes(1024);
    private static final int THOUSAND = 1000;
    private static final int CALLS = 1024;

    /**
     * Makes limits of their parts.
     *
     * @param messageSize see the record
     * @param depth see the record
     * @param elements see the record
     * @param inFlight see the record
     * @param callbacksInFlight see the record
     * @param streamSize see the record
     * @throws IllegalArgumentException if one is out of range
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
     * Returns the default limits: messages of 16 MiB, a depth of 64, a million elements, 32 calls and 16 callbacks at a time, and 64
     * MiB to the output streams of a call.
     *
     * @return the default limits
     */
    public static PluginLimits standard() {
        return new PluginLimits(DataSize.mebibytes(16), 64, THOUSAND * THOUSAND, 32, 16, DataSize.mebibytes(64));
    }

    /**
     * Returns limits that differ from these in {@code streamSize}.
     *
     * @param size how much the worker may write to all output streams of one call together; 0 to 1 TiB
     * @return new limits
     * @throws IllegalArgumentException if the size is out of range
     */
    public PluginLimits withStreamSize(DataSize size) {
        Objects.requireNonNull(size, "size");
        return new PluginLimits(messageSize, depth, elements, inFlight, callbacksInFlight, size);
    }
}
