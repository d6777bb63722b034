package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** How the kernel gives a program the processor ({@code sched(7)}, {@code sched_setattr(2)}). An immutable value. */
public final class Scheduling {
    private static final int PRIORITY_MAX = 99;
    private static final int RUNTIME_MIN_NANOS = 1024;

    /** The scheduling policies of {@code sched(7)}. */
    public enum Policy {
        /** The default, SCHED_OTHER. */
        OTHER,
        /** Real-time, until it waits, SCHED_FIFO. */
        FIFO,
        /** Real-time, in turns, SCHED_RR. */
        ROUND_ROBIN,
        /** Without a need of quick answers, SCHED_BATCH. */
        BATCH,
        /** When nothing else wants the processor, SCHED_IDLE. */
        IDLE,
        /** A share of each period that is guaranteed, SCHED_DEADLINE. */
        DEADLINE
    }

    private final Policy policy;
    private final int nice;
    private final int priority;
    private final Duration runtime;
    private final Duration deadline;
    private final Duration period;
    private final boolean resetOnFork;

    private Scheduling(
            Policy policy,
            int nice,
            int priority,
            Duration runtime,
            Duration deadline,
            Duration period,
            boolean resetOnFork) {
        this.policy = policy;
        this.nice = nice;
        this.priority = priority;
        this.runtime = runtime;
        this.deadline = deadline;
        this.period = period;
        this.resetOnFork = resetOnFork;
    }

    private static Scheduling simple(Policy policy, int nice, int priority) {
        return new Scheduling(policy, nice, priority, Duration.ZERO, Duration.ZERO, Duration.ZERO, false);
    }

    /**
     * The default, SCHED_OTHER.
     *
     * @param nice -20 (first) to 19 (last)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling other(int nice) {
        return simple(Policy.OTHER, nice(nice), 0);
    }

    /**
     * For what computes for long and needs no quick answers, SCHED_BATCH.
     *
     * @param nice -20 (first) to 19 (last)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling batch(int nice) {
        return simple(Policy.BATCH, nice(nice), 0);
    }

    /**
     * Only when nothing else wants the processor, SCHED_IDLE.
     *
     * @return the policy
     */
    public static Scheduling idle() {
        return simple(Policy.IDLE, 0, 0);
    }

    /**
     * Before all that is not real-time, until it waits, SCHED_FIFO. Needs CAP_SYS_NICE on the host.
     *
     * @param priority 1 (last) to 99 (first)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling fifo(int priority) {
        return simple(Policy.FIFO, 0, Checks.range("real-time priority", priority, 1, PRIORITY_MAX));
    }

    /**
     * As {@link #fifo}, in turns with others of its priority, SCHED_RR. Needs CAP_SYS_NICE on the host.
     *
     * @param priority 1 (last) to 99 (first)
     * @return the policy
     * @throws IllegalArgumentException if out of range
     */
    public static Scheduling roundRobin(int priority) {
        return simple(Policy.ROUND_ROBIN, 0, Checks.range("real-time priority", priority, 1, PRIORITY_MAX));
    }

    /**
     * Guarantees {@code runtime} in each {@code period}, SCHED_DEADLINE. Needs CAP_SYS_NICE on the host, and forbids {@code fork(2)} unless {@link
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
        if (runtime.toNanos() < RUNTIME_MIN_NANOS || deadline.compareTo(runtime) < 0 || end < deadline.toNanos()) {
            throw new IllegalArgumentException("runtime " + runtime + ", deadline " + deadline + ", period " + period
                    + ": allowed is 1024 ns <= runtime <= deadline <= period");
        }
        return new Scheduling(Policy.DEADLINE, 0, 0, runtime, deadline, period, false);
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
        return new Scheduling(policy, nice, priority, runtime, deadline, period, true);
    }

    /**
     * The policy.
     *
     * @return which one
     */
    public Policy policy() {
        return policy;
    }

    /**
     * The nice value.
     *
     * @return -20 (first) to 19 (last); empty unless the policy is {@link Policy#OTHER} or {@link Policy#BATCH}
     */
    public OptionalInt nice() {
        boolean has = policy == Policy.OTHER || policy == Policy.BATCH;
        return has ? OptionalInt.of(nice) : OptionalInt.empty();
    }

    /**
     * The real-time priority.
     *
     * @return 1 (last) to 99 (first); empty unless the policy is {@link Policy#FIFO} or {@link Policy#ROUND_ROBIN}
     */
    public OptionalInt priority() {
        boolean has = policy == Policy.FIFO || policy == Policy.ROUND_ROBIN;
        return has ? OptionalInt.of(priority) : OptionalInt.empty();
    }

    /**
     * How much time it gets in each period.
     *
     * @return at least 1024 ns; empty unless the policy is {@link Policy#DEADLINE}
     */
    public Optional<Duration> runtime() {
        return ofDeadline(runtime);
    }

    /**
     * Until when in each period it gets that time.
     *
     * @return not below the runtime; empty unless the policy is {@link Policy#DEADLINE}
     */
    public Optional<Duration> deadline() {
        return ofDeadline(deadline);
    }

    /**
     * How long a period is.
     *
     * @return not below the deadline; empty if it is the deadline, or the policy is not {@link Policy#DEADLINE}
     */
    public Optional<Duration> period() {
        return period.isZero() ? Optional.empty() : ofDeadline(period);
    }

    /**
     * Whether children begin with the default again.
     *
     * @return whether {@link #resetOnFork} was called
     */
    public boolean resetsOnFork() {
        return resetOnFork;
    }

    private Optional<Duration> ofDeadline(Duration time) {
        return policy == Policy.DEADLINE ? Optional.of(time) : Optional.empty();
    }

    private List<Object> parts() {
        return List.of(policy, nice, priority, runtime, deadline, period, resetOnFork);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Scheduling that && parts().equals(that.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    /** Such as "batch, nice 5" or "fifo, priority 10, reset on fork". */
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder(policy.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        nice().ifPresent(value -> text.append(", nice ").append(value));
        priority().ifPresent(value -> text.append(", priority ").append(value));
        runtime().ifPresent(value -> text.append(", runtime ").append(value));
        deadline().ifPresent(value -> text.append(", deadline ").append(value));
        period().ifPresent(value -> text.append(", period ").append(value));
        return text.append(resetOnFork ? ", reset on fork" : "").toString();
    }
}
