package dev.sandjar.linux;

import java.time.Duration;

/**
 * The time for which processes of a sandbox have waited for a resource ({@code accounting/psi} of the kernel's documentation; cgroup v2
 * only). An immutable value.
 *
 * @param some the time since the start in which at least one process waited
 * @param full the time since the start in which all processes that could have run waited; zero where the kernel doesn't tell it
 * @param someAverage10 the percentage of the last 10 seconds in which at least one process waited, 0 to 100
 * @param someAverage60 the percentage of the last 60 seconds in which at least one process waited, 0 to 100
 * @param someAverage300 the percentage of the last 300 seconds in which at least one process waited, 0 to 100
 */
public record Pressure(
        Duration some, Duration full, double someAverage10, double someAverage60, double someAverage300) {}
