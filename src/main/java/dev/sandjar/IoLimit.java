package dev.sandjar;

import dev.sandjar.internal.policy.IoLimitPolicy;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.nio.file.Path;

/**
 * What may pass to and from one disk per second: {@code io.max} of cgroup v2, {@code blkio.throttle.*_device} of v1. Each number
 * is for the sandbox's processes together; what is not set has no limit. On v1 writes through the page cache are not counted.
 * Immutable and thread-safe.
 *
 * <pre>{@code IoLimit.of(Path.of("/var")).readBytes(DataSize.mebibytes(20)).writeOperations(500)}</pre>
 */
public final class IoLimit {
    private static final int WEIGHT_MAX = 10_000;

    private final Path device;
    private final @Nullable Long readBytes;
    private final @Nullable Long writeBytes;
    private final @Nullable Long readOperations;
    private final @Nullable Long writeOperations;
    private final @Nullable Integer weight;

    private IoLimit(
            Path device,
            @Nullable Long readBytes,
            @Nullable Long writeBytes,
            @Nullable Long readOperations,
            @Nullable Long writeOperations,
            @Nullable Integer weight) {
        this.device = device;
        this.readBytes = readBytes;
        this.writeBytes = writeBytes;
        this.readOperations = readOperations;
        this.writeOperations = writeOperations;
        this.weight = weight;
    }

    /**
     * Limits for one disk by its numbers, without any so far.
     *
     * @param major number of the block device, 0 to 4095
     * @param minor number of the block device, 0 to 1048575; that of a partition stands for its disk
     * @return limits to add numbers to
     * @throws IllegalArgumentException if a number is out of range
     */
    public static IoLimit ofDevice(int major, int minor) {
        Checks.range("major number", major, 0, 4_095);
        Checks.range("minor number", minor, 0, 1_048_575);
        return of(Path.of("/dev/block/" + major + ":" + minor));
    }

    /**
     * A limit for one disk, without numbers yet.
     *
     * @param device a block device such as /dev/sda, or any path on a file system that lies on one; of a partition, the whole
     *     disk is meant. Looked at when a sandbox starts
     * @return the limit
     * @throws IllegalArgumentException if the path is not of the default file system
     */
    public static IoLimit of(Path device) {
        return new IoLimit(Checks.hostPath("device", device), null, null, null, null, null);
    }

    /**
     * Limits reading.
     *
     * @param perSecond at least 1 byte
     * @return a new limit
     * @throws IllegalArgumentException for 0
     */
    public IoLimit readBytes(DataSize perSecond) {
        return new IoLimit(device, bytes(perSecond), writeBytes, readOperations, writeOperations, weight);
    }

    /**
     * Limits writing.
     *
     * @param perSecond at least 1 byte
     * @return a new limit
     * @throws IllegalArgumentException for 0
     */
    public IoLimit writeBytes(DataSize perSecond) {
        return new IoLimit(device, readBytes, bytes(perSecond), readOperations, writeOperations, weight);
    }

    /**
     * Limits the number of reads.
     *
     * @param perSecond at least 1
     * @return a new limit
     * @throws IllegalArgumentException if less
     */
    public IoLimit readOperations(long perSecond) {
        return new IoLimit(device, readBytes, writeBytes, operations(perSecond), writeOperations, weight);
    }

    /**
     * Limits the number of writes.
     *
     * @param perSecond at least 1
     * @return a new limit
     * @throws IllegalArgumentException if less
     */
    public IoLimit writeOperations(long perSecond) {
        return new IoLimit(device, readBytes, writeBytes, readOperations, operations(perSecond), weight);
    }

    /**
     * Sets the share of this disk when it is busy, compared with the weights of others, instead of that of {@link Limits#ioWeight}.
     * {@code io.weight}, or {@code io.bfq.weight} where the disk has the BFQ scheduler; v1 {@code blkio.bfq.weight_device} or {@code
     * blkio.weight_device}.
     *
     * @param share 1 to 10000; everybody's default is 100. BFQ takes 1 to 1000
     * @return a new limit
     * @throws IllegalArgumentException if out of range
     */
    public IoLimit weight(int share) {
        return new IoLimit(
                device,
                readBytes,
                writeBytes,
                readOperations,
                writeOperations,
                Checks.range("I/O weight", share, 1, WEIGHT_MAX));
    }

    private static long bytes(DataSize perSecond) {
        return Checks.range("bytes per second", perSecond.toBytes(), 1, Long.MAX_VALUE);
    }

    private static long operations(long perSecond) {
        return Checks.range("operations per second", perSecond, 1, Integer.MAX_VALUE);
    }

    boolean isEmpty() {
        return !toPolicy().throttles() && weight == null;
    }

    IoLimitPolicy toPolicy() {
        return new IoLimitPolicy(device, readBytes, writeBytes, readOperations, writeOperations, weight);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IoLimit limit && limit.toPolicy().equals(toPolicy());
    }

    @Override
    public int hashCode() {
        return toPolicy().hashCode();
    }

    @Override
    public String toString() {
        return toPolicy().toString().replace("Policy", "");
    }
}
