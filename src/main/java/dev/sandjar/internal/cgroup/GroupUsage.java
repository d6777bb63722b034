package dev.sandjar.internal.cgroup;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the groups of a sandbox say that it used. Null is not reported, or in no form that could be read.
 *
 * @param userNanos CPU time, of ended processes too, as are the next two
 * @param throttledNanos time that processes waited for their quota
 * @param memoryCurrent bytes, as are all of memory
 * @param kernel memory of the kernel's own for the sandbox: stacks, page tables, slabs
 * @param shmem shared memory and tmpfs; part of {@code file} too
 * @param processes processes and threads
 * @param io by disk
 * @param memoryHigh how often throttled at memory.high
 * @param memoryMax how often memory would have grown over its limit
 * @param oom how often memory could not be had by reclaim
 * @param oomKill how many processes were killed for it
 * @param pidsMax how many forks failed at the limit
 */
public record GroupUsage(
        @Nullable Long userNanos,
        @Nullable Long systemNanos,
        @Nullable Long throttledNanos,
        @Nullable Long memoryCurrent,
        @Nullable Long memoryPeak,
        @Nullable Long anon,
        @Nullable Long file,
        @Nullable Long kernel,
        @Nullable Long shmem,
        @Nullable Long swap,
        @Nullable Long swapPeak,
        @Nullable Long minorFaults,
        @Nullable Long majorFaults,
        @Nullable Long processes,
        @Nullable Long peakProcesses,
        List<Disk> io,
        Map<Controller, Pressure> pressure,
        @Nullable Long memoryHigh,
        @Nullable Long memoryMax,
        @Nullable Long oom,
        @Nullable Long oomKill,
        @Nullable Long pidsMax) {
    public GroupUsage {
        io = List.copyOf(io);
        pressure = Map.copyOf(pressure);
    }

    /** What passed to and from one disk. */
    public record Disk(
            int major, int minor, long readBytes, long writtenBytes, long readOperations, long writeOperations) {}

    /**
     * How long some, or all, processes waited for a resource (Documentation/accounting/psi.rst).
     *
     * @param full null where the kernel doesn't tell
     */
    public record Pressure(Stall some, @Nullable Stall full) {}

    /** Percentages of the last 10, 60 and 300 seconds, and the sum of all waiting. */
    public record Stall(double avg10, double avg60, double avg300, long totalNanos) {}
}
