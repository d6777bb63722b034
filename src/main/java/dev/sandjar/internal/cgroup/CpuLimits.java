package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import java.time.Duration;

/** Quota and weight of CPU time (Documentation/scheduler/sched-bwc.rst, cgroup-v2.rst "CPU"). */
final class CpuLimits {
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long PERIOD_MICROS = 100_000;
    private static final long LONGEST_PERIOD_MICROS = 1_000_000;
    /** The kernel takes no smaller quota. */
    private static final long LEAST_QUOTA_MICROS = 1_000;

    private static final long DEFAULT_SHARES = 1024;
    private static final long DEFAULT_WEIGHT = 100;
    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;

    private CpuLimits() {}

    /** So much CPU time in so much time. */
    record Quota(long quotaMicros, long periodMicros) {
        static Quota of(double cores) {
            long period = PERIOD_MICROS;
            if (cores * period < LEAST_QUOTA_MICROS) {
                period = Math.min(LONGEST_PERIOD_MICROS, (long) Math.ceil(LEAST_QUOTA_MICROS / cores));
            }
            return new Quota(Math.max(LEAST_QUOTA_MICROS, Math.round(cores * period)), period);
        }
    }

    static void add(GroupsDraft draft, Limits limits) {
        limits.cpus().ifPresent(cores -> time(draft, Quota.of(cores)));
        limits.cpuBurst().ifPresent(burst -> burst(draft, burst));
        limits.cpuWeight().ifPresent(weight -> weight(draft, weight));
    }

    private static void time(GroupsDraft draft, Quota quota) {
        GroupsDraft.Slot slot = draft.need(Limit.CPU, Controller.CPU);
        if (slot == null) {
            return;
        }
        if (slot.isV2()) {
            slot.write(Limit.CPU, "cpu.max", quota.quotaMicros + " " + quota.periodMicros);
        } else {
            slot.write(Limit.CPU, "cpu.cfs_period_us", Long.toString(quota.periodMicros));
            slot.write(Limit.CPU, "cpu.cfs_quota_us", Long.toString(quota.quotaMicros));
        }
    }

    private static void burst(GroupsDraft draft, Duration burst) {
        GroupsDraft.Slot slot = draft.need(Limit.CPU_BURST, Controller.CPU);
        if (slot != null) {
            String micros = Long.toString(burst.toNanos() / NANOS_PER_MICRO);
            slot.write(Limit.CPU_BURST, slot.isV2() ? "cpu.max.burst" : "cpu.cfs_burst_us", micros);
        }
    }

    private static void weight(GroupsDraft draft, int weight) {
        GroupsDraft.Slot slot = draft.need(Limit.CPU_WEIGHT, Controller.CPU);
        if (slot == null) {
            return;
        }
        if (slot.isV2()) {
            slot.write(Limit.CPU_WEIGHT, "cpu.weight", Integer.toString(weight));
        } else {
            slot.write(Limit.CPU_WEIGHT, "cpu.shares", Long.toString(shares(weight)));
        }
    }

    /** As the kernel itself converts one to the other. */
    static long shares(int weight) {
        return Math.max(MIN_SHARES, Math.min(MAX_SHARES, weight * DEFAULT_SHARES / DEFAULT_WEIGHT));
    }
}
