package dev.sandjar.internal.policy;

import dev.sandjar.internal.util.Nullable;

/**
 * Devices that may be used; all others may not.
 *
 * @param type 'c', 'b', or 'a' for both
 * @param major null for all
 * @param minor null for all
 * @param access of "rwm": read, write, make the node
 */
public record DeviceRulePolicy(char type, @Nullable Integer major, @Nullable Integer minor, String access) {}
