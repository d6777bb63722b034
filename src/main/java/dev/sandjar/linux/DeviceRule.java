package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A rule that allows a sandbox to use devices, for {@link dev.sandjar.Limits#devices(List)}: the {@code devices} controller of cgroup v1,
 * a BPF program on v2. Rules only allow; a device that no rule allows can neither be opened nor made. Immutable and thread-safe.
 *
 * <pre>{@code DeviceRule.character("rw").major(136)}</pre>
 */
public final class DeviceRule {
    private static final int NUMBER_MAX = (1 << 20) - 1;
    private static final int MEMORY = 1;
    private static final int TERMINALS = 5;
    private static final int PTS_FIRST = 136;

    private final char type;
    private final @Nullable Integer major;
    private final @Nullable Integer minor;
    private final String access;

    private DeviceRule(char type, @Nullable Integer major, @Nullable Integer minor, String access) {
        if (!access.matches("r?w?m?") || access.isEmpty()) {
            throw new IllegalArgumentException(
                    "access \"" + access + "\" is not of \"rwm\" (read, write, make the node), in this order");
        }
        this.type = type;
        this.major = major;
        this.minor = minor;
        this.access = access;
    }

    /**
     * Allows all character devices.
     *
     * @param access one or more of "r", "w" and "m" (make the node), in this order
     * @return the rule
     * @throws IllegalArgumentException if the access is empty, or not made of these in this order
     */
    public static DeviceRule character(String access) {
        return new DeviceRule('c', null, null, access);
    }

    /**
     * Allows one character device.
     *
     * @param major the major number as {@code ls -l} shows it, 0 to 1048575
     * @param minor the minor number as {@code ls -l} shows it, 0 to 1048575
     * @param access one or more of "r", "w" and "m" (make the node), in this order
     * @return the rule
     * @throws IllegalArgumentException if a number is out of range, or the access is empty or not made of these in this order
     */
    public static DeviceRule character(int major, int minor, String access) {
        return character(access).major(major).minor(minor);
    }

    /**
     * Allows all block devices.
     *
     * @param access one or more of "r", "w" and "m" (make the node), in this order
     * @return the rule
     * @throws IllegalArgumentException if the access is empty, or not made of these in this order
     */
    public static DeviceRule block(String access) {
        return new DeviceRule('b', null, null, access);
    }

    /**
     * Allows one block device.
     *
     * @param major the major number as {@code ls -l} shows it, 0 to 1048575
     * @param minor the minor number as {@code ls -l} shows it, 0 to 1048575
     * @param access one or more of "r", "w" and "m" (make the node), in this order
     * @return the rule
     * @throws IllegalArgumentException if a number is out of range, or the access is empty or not made of these in this order
     */
    public static DeviceRule block(int major, int minor, String access) {
        return block(access).major(major).minor(minor);
    }

    /**
     * Returns rules for the devices that every container has: null, zero, full, random, urandom, tty, console, ptmx and the
     * pseudo-terminals of major number 136, to be read and written.
     *
     * @return nine rules; immutable
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
                character("rw").major(PTS_FIRST));
    }

    /**
     * Returns a rule for those of the devices that have this major number.
     *
     * @param number the number as {@code ls -l} shows it, 0 to 1048575
     * @return the changed rule
     * @throws IllegalArgumentException if the number is out of range
     */
    public DeviceRule major(int number) {
        return new DeviceRule(type, Checks.range("major number", number, 0, NUMBER_MAX), minor, access);
    }

    /**
     * Returns a rule for those of the devices that have this minor number.
     *
     * @param number the number as {@code ls -l} shows it, 0 to 1048575
     * @return the changed rule
     * @throws IllegalArgumentException if the number is out of range
     */
    public DeviceRule minor(int number) {
        return new DeviceRule(type, major, Checks.range("minor number", number, 0, NUMBER_MAX), access);
    }

    /**
     * Returns the type of the devices.
     *
     * @return 'c' for character devices, 'b' for block devices
     */
    public char type() {
        return type;
    }

    /**
     * Returns the major number of the devices.
     *
     * @return 0 to 1048575, or empty for every one
     */
    public OptionalInt major() {
        return major == null ? OptionalInt.empty() : OptionalInt.of(major);
    }

    /**
     * Returns the minor number of the devices.
     *
     * @return 0 to 1048575, or empty for every one
     */
    public OptionalInt minor() {
        return minor == null ? OptionalInt.empty() : OptionalInt.of(minor);
    }

    /**
     * Returns the access that is allowed.
     *
     * @return one or more of "r", "w" and "m" (make the node), in this order
     */
    public String access() {
        return access;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DeviceRule that
                && type == that.type
                && Objects.equals(major, that.major)
                && Objects.equals(minor, that.minor)
                && access.equals(that.access);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, major, minor, access);
    }

    /** Returns the rule as the v1 controller writes it, such as "c 1:3 rw" or "c 136:* rw". */
    @Override
    public String toString() {
        return type + " " + text(major) + ":" + text(minor) + " " + access;
    }

    private static String text(@Nullable Integer number) {
        return number == null ? "*" : number.toString();
    }
}
