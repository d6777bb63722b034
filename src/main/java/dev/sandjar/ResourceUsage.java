package dev.sandjar;

import java.time.Duration;

/**
 * What a sandbox used from its start to its end, all its processes together ({@code getrusage(2)}, RUSAGE_CHILDREN of its
 * supervisor).
 *
 * @param userTime CPU time in the programs themselves
 * @param systemTime CPU time in the kernel for them
 * @param wallTime from the start of the payload to its end, by the monotonic clock
 * @param peakMemory resident memory of the largest single process at its largest
 * @param minorFaults page faults without I/O
 * @param majorFaults page faults with I/O
 * @param blocksRead blocks of 512 bytes read from disk
 * @param blocksWritten blocks of 512 bytes written to disk
 * @param voluntarySwitches context switches to wait for something
 * @param involuntarySwitches context switches because the time slice was over
 */
public record ResourceUsage(
        Duration userTime,
        Duration systemTime,
        Duration wallTime,
        DataSize peakMemory,
        long minorFaults,
        long majorFaults,
        long blocksRead,
        long blocksWritten,
        long voluntarySwitches,
        long involuntarySwitches) {
    /**
     * User and system time together.
     *
     * @return CPU time
     */
    public Duration cpuTime() {
        return userTime.plus(systemTime);
    }

    /** One line with the times in milliseconds. */
    @Override
    public String toString() {
        return "cpu " + cpuTime().toMillis() + " ms (user " + userTime.toMillis() + ", system " + systemTime.toMillis()
                + "), wall " + wallTime.toMillis() + " ms, peak memory " + peakMemory + ", faults " + minorFaults
                + " minor " + majorFaults + " major, blocks " + blocksRead + " read " + blocksWritten
                + " written, switches " + voluntarySwitches + " voluntary " + involuntarySwitches + " involuntary";
    }
}
