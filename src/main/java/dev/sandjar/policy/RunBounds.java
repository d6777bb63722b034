package dev.sandjar.policy;

import dev.sandjar.internal.Nullable;
import java.time.Duration;

/**
 * How long a sandbox may run and how much it may write; null is no bound.
 *
 * @param outputBytes of standard output and error together
 * @param grace between SIGTERM and the end of everything; zero ends everything at once
 */
public record RunBounds(
        @Nullable Duration timeout, @Nullable Duration cpuTime, @Nullable Long outputBytes, Duration grace) {
    public static RunBounds none() {
        return new RunBounds(null, null, null, Duration.ZERO);
    }
}
