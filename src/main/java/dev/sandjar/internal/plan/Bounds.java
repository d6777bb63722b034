package dev.sandjar.internal.plan;

import dev.sandjar.internal.policy.RunBounds;
import dev.sandjar.internal.util.Nullable;
import java.time.Duration;

/** When the launcher ends a sandbox by itself; nanoseconds, 0 is never, and for the grace, which the signal begins, at once. */
public record Bounds(long timeoutNanos, long cpuNanos, long graceNanos, int stopSignal, @Nullable Long outputBytes) {
    static Bounds of(RunBounds bounds) {
        return new Bounds(
                nanos(bounds.timeout()),
                nanos(bounds.cpuTime()),
                nanos(bounds.grace()),
                bounds.stopSignal(),
                bounds.outputBytes());
    }

    private static long nanos(@Nullable Duration duration) {
        return duration == null ? 0 : duration.toNanos();
    }
}
