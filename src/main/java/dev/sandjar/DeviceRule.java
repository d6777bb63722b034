package dev.sandjar;

import dev.sandjar.internal.policy.DeviceRulePolicy;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.util.List;

/**
 * Devices that a sandbox may use: the {@code devices} controller of cgroup v1, a BPF program on v2. Rules only allow; what no rule
 * allows can neither be opened nor made. Immutable and thread-safe.
 */
public final class DeviceRule {
    /** Stands for every number. */
    public static final int ANY = -1;

    private static final int NUMBER_MAX = (1 << 20) - 1;
    private static final int MEMORY = 1;
    private static final int TERMINALS = 5;
    private static final int PTS_FIRST = 136;

    private final DeviceRulePolicy policy;

    private DeviceRule(char type, int major, int minor, String access) {
        if (!access.matches("r?w?m?") || access.isEmpty()) {
            throw new IllegalArgumentException(
                    "access \"" + access + "\" is not of \"rwm\" (read, write, make the node), in this order");
        }
        this.policy = new DeviceRulePolicy(type, number("major", major), number("minor", minor), access);
    }

    private static @Nullable Integer number(String what, int number) {
        return number == ANY
                ? null
                : Integer.valueOf(Checks.range(what + " number (-1 is any)", number, ANY, NUMBER_MAX));
    }

    /**
     * Character devices.
     *
     * @param major as {@code ls -l} shows it, or {@link #ANY}
     * @param minor likewise
     * @param access one or more of "r", "w" and "m" (make the node), in this order
     * @return the rule
     * @throws IllegalArgumentException if out of range
     */
    public static DeviceRule character(int major, int minor, String access) {
        return new DeviceRule('c', major, minor, access);
    }

    /**
     * Block devices.
     *
     * @param major as {@code ls -l} shows it, or {@link #ANY}
     * @param minor likewise
     * @param access one or more of "r", "w" and "m" (make the node), in this order
     * @return the rule
     * @throws IllegalArgumentException if out of range
     */
    public static DeviceRule block(int major, int minor, String access) {
        return new DeviceRule('b', major, minor, access);
    }

    /**
     * What every container has: null, zero, full, random, urandom, tty, console, ptmx and pseudo-terminals, to read and write.
     *
     * @return the rules
     */
    public static List<DeviceRule> standard() {
        return List.of(
                character(MEMORY, 3, "rw"),
                character(MEMORY, 5, "rw"),
                character(MEMORY, 7, "rw"),
                character(MEMORY, 8, "rw"),
                character(MEMORY, 9, "rw"),
                character(TERMINALS, 0, "rw"),
                character(TERMINALS, 1, "rw"),
                character(TERMINALS, 2, "rw"),
                character(PTS_FIRST, ANY, "rw"));
    }

    DeviceRulePolicy toPolicy() {
        return policy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DeviceRule rule && rule.policy.equals(policy);
    }

    @Override
    public int hashCode() {
        return policy.hashCode();
    }

    /** As the v1 controller writes it, such as "c 1:3 rw". */
    @Override
    public String toString() {
        return policy.type() + " " + text(policy.major()) + ":" + text(policy.minor()) + " " + policy.access();
    }

    private static String text(@Nullable Integer number) {
        return number == null ? "*" : number.toString();
    }
}
