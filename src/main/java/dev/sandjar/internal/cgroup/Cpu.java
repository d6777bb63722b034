package dev.sandjar.internal.cgroup;

/**
 * Where the CPU time of a group is reported.
 *
 * @param key the word before the number, empty if the file is the number alone
 */
public record Cpu(String file, String key, long nanosPerUnit) {}
