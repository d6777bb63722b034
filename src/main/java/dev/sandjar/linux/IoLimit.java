package dev.sandjar.linux;

import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Limits of what the processes of a sandbox together may read from and write to one disk per second, for {@link Limits#io}: {@code io.max}
 * of cgroup v2, {@code blkio.throttle.*_device} of v1. What is not set has no limit. On v1, writes through the page cache are not
 * counted. Immutable and thread-safe.
 *
 * <pre>{@code IoLimit.of(Path.of("/var")).readBytes(DataSize.mebibytes(20)).writeOperations(500)}</pre>
 */
public final class IoLimit {
    private static final int WEIGHT_MAX = 10_000;

    private final Path device;
    private final @Nullable DataSize readBytes;
    private final @Nullable DataSize writeBytes;
    private final @Nullable Long readOperations;
    private final @Nullable Long writeOperations;
    private final @Nullable Integer weight;

    private IoLimit(
            Path device,
            @Nullable DataSize readBytes,
            @Nullable DataSize writeBytes,
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
     * Makes a limit for the disk with these device numbers; as long as nothing is set, it limits nothing.
     *
     * @param major the major number of the block device, 0 to 4095
     * @param minor the minor number of the block device, 0 to 1048575; that of a partition stands for its whole disk
     * @return a limit, to set rates on
     * @throws IllegalArgumentException if a number is out of range
     */
    public static IoLimit ofDevice(int major, int minor) {
        Checks.range("major number", major, 0, 4_095);
        Checks.range("minor number", minor, 0, 1_048_575);
        return of(Path.of("/dev/block/" + major + ":" + minor));
    }

    /**
     * Makes a limit for the disk that a path names; as long as nothing is set, it limits nothing.
     *
     * @param device a block device such as /dev/sda, or any path on a file system that lies on one; that of a partition stands for its
     *     whole disk. The path is looked up when a sandbox starts
     * @return a limit, to set rates on
     * @throws IllegalArgumentException if the path is not of the default file system
     */
    public static IoLimit of(Path device) {
        return new IoLimit(Checks.hostPath("device", device), null, null, null, null, null);
    }

    /**
     * Limits how many bytes may be read.
     *
     * @param perSecond the size for each second, at least 1 byte
     * @return the changed limit
     * @throws IllegalArgumentException if the size is 0
     */
    public IoLimit readBytes(DataSize perSecond) {
        return new IoLimit(device, bytes(perSecond), writeBytes, readOperations, writeOperations, weight);
    }

    /**
     * Limits how many bytes may be written.
     *
     * @param perSecond the size for each second, at least 1 byte
     * @return the changed limit
     * @throws IllegalArgumentException if the size is 0
     */
    public IoLimit writeBytes(DataSize perSecond) {
        return new IoLimit(device, readBytes, bytes(perSecond), readOperations, writeOperations, weight);
    }

    /**
     * Limits how many reads there may be.
     *
     * @param perSecond the number for each second, 1 to 2147483647
     * @return the changed limit
     * @throws IllegalArgumentException if the number is out of range
     */
    public IoLimit readOperations(long perSecond) {
        return new IoLimit(device, readBytes, writeBytes, operations(perSecond), writeOperations, weight);
    }

    /**
     * Limits how many writes there may be.
     *
     * @param perSecond the number for each second, 1 to 2147483647
     * @return the changed limit
     * @throws IllegalArgumentException if the number is out of range
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
     * @return the changed limit
     * @throws IllegalArgumentException if the weight is out of range
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

    private static DataSize bytes(DataSize perSecond) {
        Checks.range("bytes per second", perSecond.toBytes(), 1, Long.MAX_VALUE);
        return perSecond;
    }

    private static long operations(long perSecond) {
        return Checks.range("operations per second", perSecond, 1, Integer.MAX_VALUE);
    }

    /**
     * Tells whether nothing is set yet, so that this limits nothing.
     *
     * @return true if neither a rate nor a weight is set
     */
    public boolean isEmpty() {
        return parts().stream().skip(1).allMatch(Objects::isNull);
    }

    /**
     * Returns the path by which the disk is found.
     *
     * @return an absolute path of the host: a block device, or a file on a file system that lies on one
     */
    public Path device() {
        return device;
    }

    /**
     * Returns how many bytes may be read.
     *
     * @return a size for each second, or empty for no limit
     */
    public Optional<DataSize> readBytes() {
        return Optional.ofNullable(readBytes);
    }

    /**
     * Returns how many bytes may be written.
     *
     * @return a size for each second, or empty for no limit
     */
    public Optional<DataSize> writeBytes() {
        return Optional.ofNullable(writeBytes);
    }

    /**
     * Returns how many reads there may be.
     *
     * @return a number for each second, or empty for no limit
     */
    public OptionalLong readOperations() {
        return readOperations == null ? OptionalLong.empty() : OptionalLong.of(readOperations);
    }

    /**
     * Returns how many writes there may be.
     *
     * @return a number for each second, or empty for no limit
     */
    public OptionalLong writeOperations() {
        return writeOperations == null ? OptionalLong.empty() : OptionalLong.of(writeOperations);
    }

    /**
     * Returns the weight, which decides about the share of this disk when it is busy.
     *
     * @return 1 to 10000, or empty where {@link Limits#ioWeight} or the kernel's default counts
     */
    public OptionalInt weight() {
        return weight == null ? OptionalInt.empty() : OptionalInt.of(weight);
    }

    private List<@Nullable Object> parts() {
        return Arrays.asList(device, readBytes, writeBytes, readOperations, writeOperations, weight);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IoLimit limit && limit.parts().equals(parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    /** What is set, such as "/dev/sda readBytes=1 MiB weight=50". */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(PathBytes.shown(device));
        append(text, "readBytes", readBytes);
        append(text, "writeBytes", writeBytes);
        append(text, "readOperations", readOperations);
        append(text, "writeOperations", writeOperations);
        append(text, "weight", weight);
        return text.toString();
    }

    private static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(' ').append(name).append('=').append(value);
        }
    }
}
