package dev.sandjar.internal.policy;

/**
 * One line of a user or group id map ({@code user_namespaces(7)}).
 *
 * @param inside first id inside, 0 to 4294967294
 * @param host first id outside
 * @param count how many follow, at least 1
 */
public record IdRange(long inside, long host, long count) {}
