package dev.sandjar.linux;

import dev.sandjar.Sandbox;
import java.time.Duration;

/**
 * A threshold of pressure: it is reached when processes have waited for {@code resource} for {@code stall} within a {@code window} ({@code
 * accounting/psi} of the kernel's documentation, "Monitoring for pressure thresholds"; cgroup v2). For {@link
 * dev.sandjar.SandboxProcess#onEvent}. Without CAP_SYS_RESOURCE the kernel takes windows of a multiple of 2 seconds only, from Linux 6.5
 * on, and before that none; {@link Sandbox#explain()} says so of sandboxes that have a cgroup. Immutable and thread-safe.
 *
 * @param resource the resource that is waited for
 * @param stall how long processes wait within the window, 1 microsecond up to the window
 * @param window the length of the window, 500 ms to 10 s
 * @param full true if only time counts in which all processes wait at once, false if it is enough that one waits
 */
public record PressureThreshold(PressureResource resource, Duration stall, Duration window, boolean full) {
    private static final Duration WINDOW_MIN = Duration.ofMillis(500);
    private static final Duration WINDOW_MAX = Duration.ofSeconds(10);
    private static final Duration STALL_MIN = Duration.ofNanos(1_000);

    /**
     * Checks the times.
     *
     * @param resource the resource that is waited for
     * @param stall how long processes wait within the window, 1 microsecond up to the window
     * @param window the length of the window, 500 ms to 10 s
     * @param full true if only time counts in which all processes wait at once, false if it is enough that one waits
     * @throws IllegalArgumentException if a time is out of range
     */
    public PressureThreshold {
        check("window", window, WINDOW_MIN, WINDOW_MAX);
        check("stall", stall, STALL_MIN, window);
    }

    private static void check(String what, Duration time, Duration min, Duration max) {
        if (time.compareTo(min) < 0 || time.compareTo(max) > 0) {
            throw new IllegalArgumentException(what + " is " + time + ", allowed is " + min + " to " + max);
        }
    }

    /**
     * Makes a threshold of the time in which at least one process waits for memory.
     *
     * @param stall how long processes wait within the window, 1 microsecond up to the window
     * @param window the length of the window, 500 ms to 10 s
     * @return the threshold
     * @throws IllegalArgumentException if a time is out of range
     */
    public static PressureThreshold memory(Duration stall, Duration window) {
        return new PressureThreshold(PressureResource.MEMORY, stall, window, false);
    }

    /**
     * Makes a threshold of the time in which at least one process waits for a processor.
     *
     * @param stall how long processes wait within the window, 1 microsecond up to the window
     * @param window the length of the window, 500 ms to 10 s
     * @return the threshold
     * @throws IllegalArgumentException if a time is out of range
     */
    public static PressureThreshold cpu(Duration stall, Duration window) {
        return new PressureThreshold(PressureResource.CPU, stall, window, false);
    }

    /**
     * Makes a threshold of the time in which at least one process waits for a disk.
     *
     * @param stall how long processes wait within the window, 1 microsecond up to the window
     * @param window the length of the window, 500 ms to 10 s
     * @return the threshold
     * @throws IllegalArgumentException if a time is out of range
     */
    public static PressureThreshold io(Duration stall, Duration window) {
        return new PressureThreshold(PressureResource.IO, stall, window, false);
    }

    /**
     * Returns a threshold of the time in which all processes wait at once, with the resource and times of this one.
     *
     * @return the changed threshold
     */
    public PressureThreshold ofAll() {
        return new PressureThreshold(resource, stall, window, true);
    }
}
