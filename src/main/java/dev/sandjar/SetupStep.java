package dev.sandjar;

import java.time.Duration;

/**
 * What one step of a start cost.
 *
 * @param name what was done, such as "mount /proc"
 * @param time how long it took
 */
public record SetupStep(String name, Duration time) {
    /** The name and the time in microseconds. */
    @Override
    public String toString() {
        return name + " " + time.toNanos() / 1_000 + " us";
    }
}
