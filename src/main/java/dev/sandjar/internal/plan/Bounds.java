package dev.sandjar.internal.plan;

import dev.sandjar.RunBounds;
import dev.sandjar.Signal;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When the launcher ends a sandbox by itself; nanoseconds, 0 is never, and for the grace, which the signal begins, at once. */
public record Bounds(long timeoutNanos, long cpuNanos, long graceNanos, int stopSignal, @Nullable Long outputBytes) {
    static Bounds of(RunBounds bounds) {
        return new Bounds(
                nanos(bounds.timeout()),
                nanos(bounds.cpuTime()),
                bounds.grace().toNanos(),
                bounds.stopSignal().orElse(Signal.TERM.number()),
                bounds.output().isPresent() ? bounds.output().get().toBytes() : null);
    }

    /** The same, with no more time than that, and no more CPU time. */
    public Bounds within(Optional<Duration> timeout, Optional<Duration> cpuTime) {
        return new Bounds(
                less(timeoutNanos, nanos(timeout)),
                less(cpuNanos, nanos(cpuTime)),
                graceNanos,
                stopSignal,
                outputBytes);
    }

    /** The shorter of two times, of which 0 is none. */
    private static long less(long one, long other) {
        return one == 0 || other == 0 ? Math.max(one, other) : Math.min(one, other);
    }

    private static long nanos(Optional<Duration> duration) {
        return duration.map(Duration::toNanos).orElse(0L);
    }
}
