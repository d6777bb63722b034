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

    /** The same, with no more time than that. */
    public Bounds within(Optional<Duration> timeout) {
        long nanos = nanos(timeout);
        boolean less = nanos != 0 && (timeoutNanos == 0 || nanos < timeoutNanos);
        return less ? new Bounds(nanos, cpuNanos, graceNanos, stopSignal, outputBytes) : this;
    }

    private static long nanos(Optional<Duration> duration) {
        return duration.map(Duration::toNanos).orElse(0L);
    }
}
