package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.TimeWords;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How long a sandbox may run, how much it may write, and how it is ended when it does more. What is not set is not bounded. The launcher
 * keeps the times, so that a pause of this JVM doesn't matter.
 *
 * @param timeout wall-clock time of the program, 1 ms to 36500 days: {@link Verdict#TIMED_OUT}
 * @param cpuTime CPU time of all processes together, ended ones too, 1 ms to 36500 days: {@link Verdict#CPU_TIME_EXCEEDED}
 * @param output what is written to standard output and error together: {@link Verdict#OUTPUT_LIMIT_EXCEEDED}
 * @param grace time between the stop signal and the end of everything: 0, the default, ends everything at once; else 1 ms to 36500 days
 * @param stopSignal number of the signal with which that time begins ({@code signal(7)}), 1 to 64; by default that of the image
 *     that is the root, or else 15, TERM
 * @param presets those of the limits that a preset has brought, and nobody has set since: where there is no cgroup for {@code cpuTime}, a
 *     start goes on without
 */
public record RunBounds(
        Optional<Duration> timeout,
        Optional<Duration> cpuTime,
        Optional<DataSize> output,
        Duration grace,
        OptionalInt stopSignal,
        Set<Limit> presets) {
    private static final Duration TIME_MIN = Duration.ofMillis(1);
    private static final Duration TIME_MAX = Duration.ofDays(36_500);
    private static final int SIGNAL_MAX = 64;
    private static final RunBounds NONE = new RunBounds(
            Optional.empty(), Optional.empty(), Optional.empty(), Duration.ZERO, OptionalInt.empty(), Set.of());

    /**
     * Checks the times.
     *
     * @param timeout wall-clock time, 1 ms to 36500 days
     * @param cpuTime CPU time, 1 ms to 36500 days
     * @param output of standard output and error together
     * @param grace 0, or 1 ms to 36500 days
     * @param stopSignal 1 to 64, or empty
     * @param presets some of {@link Limit#TIMEOUT}, {@link Limit#CPU_TIME} and {@link Limit#OUTPUT}
     * @throws IllegalArgumentException if one is out of range
     */
    public RunBounds {
        timeout.ifPresent(time -> check("timeout", time));
        cpuTime.ifPresent(time -> check("CPU time limit", time));
        Objects.requireNonNull(output, "output limit");
        if (!grace.isZero()) {
            check("grace", grace);
        }
        stopSignal.ifPresent(number -> Checks.range("stop signal", number, 1, SIGNAL_MAX));
        presets = Set.copyOf(presets);
    }

    private static void check(String what, Duration time) {
        if (time.compareTo(TIME_MIN) < 0 || time.compareTo(TIME_MAX) > 0) {
            throw new IllegalArgumentException(what + " is " + TimeWords.of(time) + ", allowed is "
                    + TimeWords.of(TIME_MIN) + " to " + TimeWords.of(TIME_MAX));
        }
    }

    /**
     * Returns bounds of which none is set.
     *
     * @return the bounds that others are made from
     */
    public static RunBounds none() {
        return NONE;
    }

    /**
     * Ends the sandbox after {@code time} of wall-clock time of its program: {@link Verdict#TIMED_OUT}. The launcher keeps the time, so
     * that a pause of this JVM doesn't matter. Processes that {@link SandboxProcess#exec} adds end with it.
     *
     * @param time 1 ms to 36500 days
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public RunBounds timeout(Duration time) {
        Objects.requireNonNull(time, "time");
        return new RunBounds(Optional.of(time), cpuTime, output, grace, stopSignal, chosen(Limit.TIMEOUT));
    }

    /**
     * Ends the sandbox when its processes together, ended ones too, have used this much CPU time: {@link Verdict#CPU_TIME_EXCEEDED}.
     * The launcher looks at it every few milliseconds near the end. It needs a cgroup; where the caller allows that this degrades, the
     * kernel kills each process that has used {@code time} alone, in whole seconds ({@code getrlimit(2)}, RLIMIT_CPU), with the same
     * verdict if that process is the program.
     *
     * @param time 1 ms to 36500 days
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public RunBounds cpuTime(Duration time) {
        Objects.requireNonNull(time, "time");
        return new RunBounds(timeout, Optional.of(time), output, grace, stopSignal, chosen(Limit.CPU_TIME));
    }

    /**
     * Ends the sandbox when it has written more than {@code size} to standard output and error together: {@link
     * Verdict#OUTPUT_LIMIT_EXCEEDED}. What is within the limit is delivered; with 0, the first byte ends it. The limit also holds for
     * redirected output, which then passes through this JVM. A program whose output nobody reads waits instead.
     *
     * @param size 0 or more
     * @return new bounds
     * @throws NullPointerException if null
     */
    public RunBounds output(DataSize size) {
        Objects.requireNonNull(size, "size");
        return new RunBounds(timeout, cpuTime, Optional.of(size), grace, stopSignal, chosen(Limit.OUTPUT));
    }

    /**
     * Lets the program end by itself when one of the other bounds is reached: it gets the {@link #stopSignal(Signal) stop signal}, and
     * everything is ended only after this time.
     *
     * @param time 0, the default, ends everything at once; else 1 ms to 36500 days
     * @return new bounds
     * @throws IllegalArgumentException if out of range
     */
    public RunBounds grace(Duration time) {
        Objects.requireNonNull(time, "time");
        return new RunBounds(timeout, cpuTime, output, time, stopSignal, presets);
    }

    /**
     * Chooses the signal with which the {@link #grace(Duration) grace} begins ({@code signal(7)}). The other ways to end a sandbox kill
     * at once.
     *
     * @param signal the default is {@link Signal#TERM}, or what the image of the root says
     * @return new bounds
     */
    public RunBounds stopSignal(Signal signal) {
        Objects.requireNonNull(signal, "signal");
        return stopSignalNumber(signal.number());
    }

    /** Images name signals that {@link Signal} has no name for. */
    RunBounds stopSignalNumber(int number) {
        return new RunBounds(timeout, cpuTime, output, grace, OptionalInt.of(number), presets);
    }

    /**
     * Takes bounds back.
     *
     * @param limits which ones; those other than {@link Limit#TIMEOUT}, {@link Limit#CPU_TIME} and {@link Limit#OUTPUT} make no difference
     * @return new bounds without these
     */
    public RunBounds without(Limit... limits) {
        Checks.elements("limits", limits);
        List<Limit> gone = List.of(limits);
        return new RunBounds(
                gone.contains(Limit.TIMEOUT) ? Optional.empty() : timeout,
                gone.contains(Limit.CPU_TIME) ? Optional.empty() : cpuTime,
                gone.contains(Limit.OUTPUT) ? Optional.empty() : output,
                grace,
                stopSignal,
                chosen(limits));
    }

    /** What a preset brought, without those that are set, or taken back. */
    private Set<Limit> chosen(Limit... limits) {
        Set<Limit> remaining = new HashSet<>(presets);
        List.of(limits).forEach(remaining::remove);
        return remaining;
    }

    RunBounds asPreset() {
        return new RunBounds(timeout, cpuTime, output, grace, stopSignal, kinds());
    }

    /**
     * Which limits are set.
     *
     * @return some of {@link Limit#TIMEOUT}, {@link Limit#CPU_TIME} and {@link Limit#OUTPUT}
     */
    public Set<Limit> kinds() {
        Set<Limit> kinds = EnumSet.noneOf(Limit.class);
        timeout.ifPresent(time -> kinds.add(Limit.TIMEOUT));
        cpuTime.ifPresent(time -> kinds.add(Limit.CPU_TIME));
        output.ifPresent(size -> kinds.add(Limit.OUTPUT));
        return Collections.unmodifiableSet(kinds);
    }
}
