package dev.sandjar.linux;

import java.time.Duration;

/**
 * How long processes of a sandbox have waited for a resource ({@code accounting/psi} of the kernel's documentation; cgroup v2 only).
 *
 * @param some time in which at least one waited
 * @param full time in which all that could have run waited
 * @param someAverage10 percentage of the last 10 seconds, as are the next two of the last 60 and 300
 * @param someAverage60 see above
 * @param someAverage300 see above
 */
public record Pressure(
        Duration some, Duration full, double someAverage10, double someAverage60, double someAverage300) {}
