package dev.sandjar.linux;

/**
 * What a sandbox has moved to and from one disk ({@code io.stat} of cgroup v2, {@code blkio.throttle.*} of v1).
 *
 * @param major number of the device
 * @param minor number of the device
 * @param readBytes bytes read
 * @param writtenBytes bytes written; on v1 without what went through the page cache
 * @param readOperations number of reads
 * @param writeOperations number of writes
 */
public record DeviceIo(
        int major, int minor, long readBytes, long writtenBytes, long readOperations, long writeOperations) {}
