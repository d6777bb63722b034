package dev.sandjar.internal.cgroup;

import org.jspecify.annotations.Nullable;

/** What groups say of CPU time. */
final class CpuTexts {
    private static final long NANOS_PER_MICRO = 1_000;
    /** The clock that {@code cpuacct.stat} counts in has the same rate on every machine. */
    private static final long NANOS_PER_TICK = 10_000_000;

    /** Null is not reported. */
    record Time(@Nullable Long userNanos, @Nullable Long systemNanos) {}

    private CpuTexts() {}

    /** {@code cpu.stat}, where the kernel itself makes both add up. */
    static Time v2(@Nullable String stat) {
        return new Time(
                Numbers.times(Numbers.keyed(stat, "user_usec"), NANOS_PER_MICRO),
                Numbers.times(Numbers.keyed(stat, "system_usec"), NANOS_PER_MICRO));
    }

    /**
     * Only the sum is exact on v1: the two parts may be sampled, so that processes of less than a tick have neither. So the
     * sum is shared out by the parts, as the kernel does for {@code times(2)}.
     */
    static Time v1(
            @Nullable String usage, @Nullable String usageUser, @Nullable String usageSystem, @Nullable String stat) {
        Long user = Numbers.sole(usageUser);
        Long system = Numbers.sole(usageSystem);
        if (user == null || system == null) {
            user = Numbers.times(Numbers.keyed(stat, "user"), NANOS_PER_TICK);
            system = Numbers.times(Numbers.keyed(stat, "system"), NANOS_PER_TICK);
        }
        Long all = Numbers.sole(usage);
        if (all == null) {
            return new Time(user, system);
        }
        double share = user == null || system == null || system == 0 ? 1 : user / ((double) user + (double) system);
        long inUser = Math.min(all, Math.round(all * share));
        return new Time(inUser, all - inUser);
    }
}
