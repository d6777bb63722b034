package dev.sandjar.linux;

/**
 * The amount of data that a sandbox has moved to and from one disk since it started ({@code io.stat} of cgroup v2, {@code
 * blkio.throttle.*} of v1). An immutable value.
 *
 * @param major the major number of the block device
 * @param minor the minor number of the block device
 * @param readBytes how many bytes were read
 * @param writtenBytes how many bytes were written; on v1 without what went through the page cache
 * @param readOperations how many reads there were
 * @param writeOperations how many writes there were
 */
public record DeviceIo(
        int major, int minor, long readBytes, long writtenBytes, long readOperations, long writeOperations) {}
