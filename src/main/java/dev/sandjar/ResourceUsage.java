package dev.sandjar;

import dev.sandjar.linux.DeviceIo;
import dev.sandjar.linux.Pressure;
import dev.sandjar.linux.PressureResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a sandbox has used, all its processes together: from its cgroup ({@code cgroups(7)}) where it has one, which counts ended
 * processes and those that nobody waited for too; else from {@code getrusage(2)}. Any of the {@link Limits}, {@link
 * RunBounds#cpuTime(Duration)}, {@link SandboxBuilder#cgroupPath} and {@link SandboxBuilder#accounting} bring a cgroup.
 *
 * @param source where the times and the memory are from
 * @param userTime CPU time in the programs themselves
 * @param systemTime CPU time in the kernel for them
 * @param wallTime from the start of the program to now or its end, by the monotonic clock
 * @param throttledTime time for which the CPU limit held processes up, summed over processors
 * @param memory memory of all processes together, from the cgroup
 * @param peakResident resident memory of the largest single process at its largest, known at the end
 * @param processes processes and threads now; empty where nobody counts
 * @param peakProcesses processes and threads at their most; empty where nobody counts (v2 from Linux 6.1 on)
 * @param io what passed to and from disks, by disk
 * @param network what passed through network devices, by device, for a sandbox with a network and a cgroup of its own
 * @param pressure time spent waiting for resources, by resource, on cgroup v2
 * @param hits how often limits had an effect
 * @param minorFaults page faults without I/O
 * @param majorFaults page faults with I/O
 * @param blocksRead blocks of 512 bytes read from disk, known at the end
 * @param blocksWritten blocks of 512 bytes written to disk, known at the end
 * @param voluntarySwitches context switches to wait for something, known at the end
 * @param involuntarySwitches context switches because the time slice was over, known at the end
 */
public record ResourceUsage(
        Source source,
        Duration userTime,
        Duration systemTime,
        Duration wallTime,
        Duration throttledTime,
        MemoryUsage memory,
        Optional<DataSize> peakResident,
        OptionalLong processes,
        OptionalLong peakProcesses,
        List<DeviceIo> io,
        List<NetworkUsage> network,
        Map<PressureResource, Pressure> pressure,
        LimitHits hits,
        long minorFaults,
        long majorFaults,
        long blocksRead,
        long blocksWritten,
        long voluntarySwitches,
        long involuntarySwitches) {
    /** Where numbers are from. */
    public enum Source {
        /** The cgroup: complete. */
        CGROUP,
        /** {@code getrusage(2)}: processes that have been waited for. */
        RUSAGE
    }

    /**
     * Copies the lists.
     *
     * @param source where the times and the memory are from
     * @param userTime see the record
     * @param systemTime see the record
     * @param wallTime see the record
     * @param throttledTime see the record
     * @param memory see the record
     * @param peakResident see the record
     * @param processes see the record
     * @param peakProcesses see the record
     * @param io see the record
     * @param network see the record
     * @param pressure see the record
     * @param hits see the record
     * @param minorFaults see the record
     * @param majorFaults see the record
     * @param blocksRead see the record
     * @param blocksWritten see the record
     * @param voluntarySwitches see the record
     * @param involuntarySwitches see the record
     */
    public ResourceUsage {
        io = List.copyOf(io);
        network = List.copyOf(network);
        pressure = Map.copyOf(pressure);
    }

    /**
     * User and system time together.
     *
     * @return CPU time
     */
    public Duration cpuTime() {
        return userTime.plus(systemTime);
    }

    /**
     * Memory at its most: of all processes together where there is a cgroup that tells, else of the largest single process.
     *
     * @return 0 bytes where neither is known
     */
    public DataSize peakMemory() {
        return memory.peak().or(() -> peakResident).orElse(DataSize.bytes(0));
    }

    /** One line with the times in milliseconds. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                "cpu " + cpuTime().toMillis() + " ms (user " + userTime.toMillis() + ", system " + systemTime.toMillis()
                        + "), wall " + wallTime.toMillis() + " ms, peak memory " + peakMemory());
        if (!throttledTime.isZero()) {
            text.append(", throttled ").append(throttledTime.toMillis()).append(" ms");
        }
        peakProcesses.ifPresent(peak -> text.append(", peak processes ").append(peak));
        text.append(", faults ")
                .append(minorFaults)
                .append(" minor ")
                .append(majorFaults)
                .append(" major");
        text.append(", blocks ")
                .append(blocksRead)
                .append(" read ")
                .append(blocksWritten)
                .append(" written");
        text.append(", switches ").append(voluntarySwitches).append(" voluntary ");
        text.append(involuntarySwitches).append(" involuntary");
        if (!hits.equals(LimitHits.NONE)) {
            text.append(", ").append(hits);
        }
        return text.toString();
    }
}
