package dev.sandjar.internal.cgroup;

/**
 * v1 tells of memory running out through an eventfd: its number and that of {@code file}, opened, are written to {@code
 * control} (Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control").
 */
public record OomWatch(String file, String control) {}
