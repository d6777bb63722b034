package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A scheduling policy: how the kernel gives a program the processor ({@code sched(7)}, {@code sched_setattr(2)}), for {@link
 * dev.sandjar.ProcessAttributes}. An immutable value.
 */
public final class Scheduling {
    private static final int PRIORITY_MAX = 99;
    private static final int RUNTIME_MIN_NANOS = 1024;

    /** The scheduling policies of {@code sched(7)}. */
    public enum Policy {
        /** The default policy, SCHED_OTHER. */
        OTHER,
        /** Real-time; a program runs until it waits, SCHED_FIFO. */
        FIFO,
        /** Real-time; programs of one priority run in turns, SCHED_RR. */
        ROUND_ROBIN,
        /** For programs that need no quick answers, SCHED_BATCH. */
        BATCH,
        /** For programs that run only when nothing else wants the processor, SCHED_IDLE. */
        IDLE,
        /** Guarantees a time in each period, SCHED_DEADLINE. */
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
     * Returns the default policy, SCHED_OTHER, with a nice value. A negative one needs CAP_SYS_NICE on the host, or a high enough
     * RLIMIT_NICE.
     *
     * @param nice the nice value, -20 (first) to 19 (last)
     * @return the policy
     * @throws IllegalArgumentException if the number is out of range
     */
    public static Scheduling other(int nice) {
        return simple(Policy.OTHER, nice(nice), 0);
    }

    /**
     * Returns the policy for programs that compute for long and need no quick answers, SCHED_BATCH. A negative nice value needs
     * CAP_SYS_NICE on the host, or a high enough RLIMIT_NICE.
     *
     * @param nice the nice value, -20 (first) to 19 (last)
     * @return the policy
     * @throws IllegalArgumentException if the number is out of range
     */
    public static Scheduling batch(int nice) {
        return simple(Policy.BATCH, nice(nice), 0);
    }

    /**
     * Returns the policy for programs that run only when nothing else wants the processor, SCHED_IDLE.
     *
     * @return the policy
     */
    public static Scheduling idle() {
        return simple(Policy.IDLE, 0, 0);
    }

    /**
     * Returns the real-time policy SCHED_FIFO: the program runs before all that is not real-time, until it waits. It needs CAP_SYS_NICE on
     * the host, or a high enough RLIMIT_RTPRIO.
     *
     * @param priority the real-time priority, 1 (last) to 99 (first)
     * @return the policy
     * @throws IllegalArgumentException if the number is out of range
     */
    public static Scheduling fifo(int priority) {
        return simple(Policy.FIFO, 0, Checks.range("real-time priority", priority, 1, PRIORITY_MAX));
    }

    /**
     * Returns the real-time policy SCHED_RR: as with {@link #fifo}, but the program runs in turns with others of its priority. It needs
     * CAP_SYS_NICE on the host, or a high enough RLIMIT_RTPRIO.
     *
     * @param priority the real-time priority, 1 (last) to 99 (first)
     * @return the policy
     * @throws IllegalArgumentException if the number is out of range
     */
    public static Scheduling roundRobin(int priority) {
        return simple(Policy.ROUND_ROBIN, 0, Checks.range("real-time priority", priority, 1, PRIORITY_MAX));
    }

    /**
     * Returns the policy SCHED_DEADLINE, which guarantees {@code runtime} in each {@code period}. It needs CAP_SYS_NICE on the host, and
     * {@code fork(2)} fails with EAGAIN unless {@link #resetOnFork} is set.
     *
     * @param runtime how long the program runs in each period, at least 1024 ns
     * @param deadline how long after the beginning of a period it has got that time; not below the runtime
     * @param period the length of a period, not below the deadline; zero means as long as the deadline
     * @return the policy
     * @throws IllegalArgumentException if the runtime is below 1024 ns, the deadline below the runtime, or the period below the deadline
     * @throws ArithmeticException if a time has more than 2^63 - 1 ns, which are 292 years
     */
    public static Scheduling deadline(Duration runtime, Duration deadline, Duration period) {
        Objects.requireNonNull(runtime, "runtime");
        Objects.requireNonNull(deadline, "deadline");
        Objects.requireNonNull(period, "period");
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
     * Returns a policy whose children begin with the default again, SCHED_FLAG_RESET_ON_FORK.
     *
     * @return the changed policy
     */
    public Scheduling resetOnFork() {
        return new Scheduling(policy, nice, priority, runtime, deadline, period, true);
    }

    /**
     * Returns the policy of {@code sched(7)}.
     *
     * @return the policy
     */
    public Policy policy() {
        return policy;
    }

    /**
     * Returns the nice value.
     *
     * @return -20 (first) to 19 (last); empty unless the policy is {@link Policy#OTHER} or {@link Policy#BATCH}
     */
    public OptionalInt nice() {
        boolean has = policy == Policy.OTHER || policy == Policy.BATCH;
        return has ? OptionalInt.of(nice) : OptionalInt.empty();
    }

    /**
     * Returns the real-time priority.
     *
     * @return 1 (last) to 99 (first); empty unless the policy is {@link Policy#FIFO} or {@link Policy#ROUND_ROBIN}
     */
    public OptionalInt priority() {
        boolean has = policy == Policy.FIFO || policy == Policy.ROUND_ROBIN;
        return has ? OptionalInt.of(priority) : OptionalInt.empty();
    }

    /**
     * Returns how long the program runs in each period.
     *
     * @return at least 1024 ns; empty unless the policy is {@link Policy#DEADLINE}
     */
    public Optional<Duration> runtime() {
        return ofDeadline(runtime);
    }

    /**
     * Returns how long after the beginning of a period the program has got that time.
     *
     * @return not below the runtime; empty unless the policy is {@link Policy#DEADLINE}
     */
    public Optional<Duration> deadline() {
        return ofDeadline(deadline);
    }

    /**
     * Returns the length of a period.
     *
     * @return not below the deadline; empty if it is the deadline, or the policy is not {@link Policy#DEADLINE}
     */
    public Optional<Duration> period() {
        return period.isZero() ? Optional.empty() : ofDeadline(period);
    }

    /**
     * Tells whether children begin with the default again.
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

    /** Returns the policy and its numbers, such as "batch, nice 5" or "fifo, priority 10, reset on fork". */
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
