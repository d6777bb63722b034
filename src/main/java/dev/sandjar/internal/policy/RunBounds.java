package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;
import java.time.Duration;

/**
 * How long a sandbox may run and how much it may write; null is no bound.
 *
 * @param outputBytes of standard output and error together
 * @param grace between the stop signal and the end of everything; zero ends everything at once
 * @param stopSignal its number
 */
public record RunBounds(
        @Nullable Duration timeout,
        @Nullable Duration cpuTime,
        @Nullable Long outputBytes,
        Duration grace,
        int stopSignal) {
    public static final int TERM = 15;

    public static RunBounds none() {
        return new RunBounds(null, null, null, Duration.ZERO, TERM);
    }
}
