package dev.sandjar.linux;

import dev.sandjar.Sandbox;
import java.time.Duration;

/**
 * When to tell of pressure: when processes have waited for {@code resource} for {@code stall} within a {@code window} ({@code
 * accounting/psi} of the kernel's documentation, "Monitoring for pressure thresholds"; cgroup v2). Without CAP_SYS_RESOURCE the kernel wants windows of a multiple of 2 seconds, and takes them from
 * Linux 6.5 on; {@link Sandbox#explain()} says so of sandboxes that have a cgroup. Immutable and thread-safe.
 *
 * @param resource what is waited for
 * @param stall how much waiting, up to the window
 * @param window 500 ms to 10 s
 * @param full whether all processes have to wait at once, rather than one
 */
public record PressureThreshold(PressureResource resource, Duration stall, Duration window, boolean full) {
    private static final Duration WINDOW_MIN = Duration.ofMillis(500);
    private static final Duration WINDOW_MAX = Duration.ofSeconds(10);
    private static final Duration STALL_MIN = Duration.ofNanos(1_000);

    /**
     * Checks the times.
     *
     * @param resource what is waited for
     * @param stall how much waiting, up to the window
     * @param window 500 ms to 10 s
     * @param full whether all processes have to wait at once, rather than one
     * @throws IllegalArgumentException if out of range
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
     * Some process waits for memory.
     *
     * @param stall how much waiting, up to the window
     * @param window 500 ms to 10 s
     * @return the threshold
     * @throws IllegalArgumentException if out of range
     */
    public static PressureThreshold memory(Duration stall, Duration window) {
        return new PressureThreshold(PressureResource.MEMORY, stall, window, false);
    }

    /**
     * Some process waits for a processor.
     *
     * @param stall how much waiting, up to the window
     * @param window 500 ms to 10 s
     * @return the threshold
     * @throws IllegalArgumentException if out of range
     */
    public static PressureThreshold cpu(Duration stall, Duration window) {
        return new PressureThreshold(PressureResource.CPU, stall, window, false);
    }

    /**
     * Some process waits for a disk.
     *
     * @param stall how much waiting, up to the window
     * @param window 500 ms to 10 s
     * @return the threshold
     * @throws IllegalArgumentException if out of range
     */
    public static PressureThreshold io(Duration stall, Duration window) {
        return new PressureThreshold(PressureResource.IO, stall, window, false);
    }

    /**
     * The same for all processes at once.
     *
     * @return the threshold
     */
    public PressureThreshold ofAll() {
        return new PressureThreshold(resource, stall, window, true);
    }
}
