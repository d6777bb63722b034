package dev.sandjar;

import dev.sandjar.linux.PressureThreshold;
import java.time.Instant;

/**
 * Something that happened to a running sandbox because of its limits.
 *
 * @param kind what happened
 * @param count how often since the last event of this kind; 1 for pressure
 * @param time when it was noticed
 */
public record SandboxEvent(Kind kind, long count, Instant time) {
    /** What can happen to a sandbox. */
    public enum Kind {
        /** Processes were slowed down at {@link Limits#memoryHigh}; cgroup v2 only. */
        MEMORY_HIGH,
        /** The memory limit was reached; mostly reclaim helps. */
        MEMORY_MAX,
        /** Memory could not be reclaimed. */
        OUT_OF_MEMORY,
        /** Processes were killed for lack of memory. */
        OOM_KILL,
        /** Processes or threads were refused at {@link SandboxBuilder#pidsLimit}. */
        PIDS_MAX,
        /** A {@link PressureThreshold} of memory was passed. */
        MEMORY_PRESSURE,
        /** A {@link PressureThreshold} of processors was passed. */
        CPU_PRESSURE,
        /** A {@link PressureThreshold} of disks was passed. */
        IO_PRESSURE
    }
}
