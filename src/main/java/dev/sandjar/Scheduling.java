package dev.sandjar;

import dev.sandjar.internal.policy.SchedulerPolicy;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.time.Duration;

/** How the kernel gives a program the processor ({@code sched(7)}, {@code sched_setattr(2)}). An immutable value. */
public final class Scheduling {
    private static final int PRIORITY_MAX = 99;
    private static final long RESET_ON_FORK = 1;

    private final SchedulerPolicy policy;

    private Scheduling(SchedulerPolicy policy) {
        this.policy = policy;
    }

    private static Scheduling of(int number, int nice, int priority) {
        return new Scheduling(new SchedulerPolicy(number, 0, nice, priority, 0, 0, 0));
    }

    /**
     * The default, SCHED_OTHER.
     *
     * @param nice -20 (first) to 19 (last)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling other(int nice) {
        return of(0, nice(nice), 0);
    }

    /**
     * For what computes for long and needs no quick answers, SCHED_BATCH.
     *
     * @param nice -20 (first) to 19 (last)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling batch(int nice) {
        return of(3, nice(nice), 0);
    }

    /**
     * Only when nothing else wants the processor, SCHED_IDLE.
     *
     * @return the policy
     */
    public static Scheduling idle() {
        return of(5, 0, 0);
    }

    /**
     * Before all that is not real-time, until it waits, SCHED_FIFO. Needs CAP_SYS_NICE on the host.
     *
     * @param priority 1 (last) to 99 (first)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling fifo(int priority) {
        return of(1, 0, Checks.range("real-time priority", priority, 1, PRIORITY_MAX));
    }

    /**
     * As {@link #fifo}, in turns with others of its priority, SCHED_RR. Needs CAP_SYS_NICE on the host.
     *
     * @param priority 1 (last) to 99 (first)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling roundRobin(int priority) {
        return of(2, 0, Checks.range("real-time priority", priority, 1, PRIORITY_MAX));
    }

    /**
     * So much time in each period, SCHED_DEADLINE. Needs CAP_SYS_NICE on the host, and forbids {@code fork(2)} unless {@link
     * #resetOnFork}.
     *
     * @param runtime at least 1024 ns
     * @param deadline not below the runtime
     * @param period not below the deadline; zero is the deadline
     * @return the policy
     * @throws IllegalArgumentException if they don't follow each other so
     */
    public static Scheduling deadline(Duration runtime, Duration deadline, Duration period) {
        long end = period.isZero() ? deadline.toNanos() : period.toNanos();
        if (runtime.toNanos() < 1024 || deadline.compareTo(runtime) < 0 || end < deadline.toNanos()) {
            throw new IllegalArgumentException("runtime " + runtime + ", deadline " + deadline + ", period " + period
                    + ": allowed is 1024 ns <= runtime <= deadline <= period");
        }
        return new Scheduling(new SchedulerPolicy(6, 0, 0, 0, runtime.toNanos(), deadline.toNanos(), period.toNanos()));
    }

    private static int nice(int value) {
        return Checks.range("nice value", value, -20, 19);
    }

    /**
     * Children begin with the default again, SCHED_FLAG_RESET_ON_FORK.
     *
     * @return the changed policy
     */
    public Scheduling resetOnFork() {
        return new Scheduling(new SchedulerPolicy(
                policy.policy(),
                policy.flags() | RESET_ON_FORK,
                policy.nice(),
                policy.priority(),
                policy.runtime(),
                policy.deadline(),
                policy.period()));
    }

    SchedulerPolicy policy() {
        return policy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Scheduling that && policy.equals(that.policy);
    }

    @Override
    public int hashCode() {
        return policy.hashCode();
    }

    @Override
    public String toString() {
        return policy.toString().replace("SchedulerPolicy", "Scheduling");
    }
}
