package dev.sandjar;

import dev.sandjar.internal.policy.MountEntry;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;
import dev.sandjar.internal.util.Nullable;

/**
 * A device or a named pipe that a program finds ({@code mknod(2)}). Whether it may be opened is another matter: see {@link DeviceRule}.
 * An immutable value.
 */
public final class DeviceNode {
    private static final int NUMBER_MAX = (1 << 20) - 1;
    private static final int MAJOR_MAX = (1 << 12) - 1;
    private static final int MODE = 0666;

    private final MountEntry.Device entry;

    private DeviceNode(MountEntry.Device entry) {
        this.entry = entry;
    }

    /**
     * A character device, with mode 0666 and owned by root.
     *
     * @param path guest path
     * @param major 0 to 4095
     * @param minor 0 to 1048575
     * @return the node
     * @throws IllegalArgumentException if the path is malformed or a number out of range
     */
    public static DeviceNode character(String path, int major, int minor) {
        return device(path, 'c', major, minor);
    }

    /**
     * A block device, with mode 0666 and owned by root.
     *
     * @param path guest path
     * @param major 0 to 4095
     * @param minor 0 to 1048575
     * @return the node
     * @throws IllegalArgumentException if the path is malformed or a number out of range
     */
    public static DeviceNode block(String path, int major, int minor) {
        return device(path, 'b', major, minor);
    }

    /**
     * A named pipe ({@code fifo(7)}), with mode 0666 and owned by root.
     *
     * @param path guest path
     * @return the node
     * @throws IllegalArgumentException if the path is malformed
     */
    public static DeviceNode pipe(String path) {
        return new DeviceNode(new MountEntry.Device(GuestPath.target("pipe", path), 'p', 0, 0, MODE, 0, 0));
    }

    private static DeviceNode device(String path, char type, int major, int minor) {
        return new DeviceNode(new MountEntry.Device(
                GuestPath.target("device", path),
                type,
                Checks.range("major number", major, 0, MAJOR_MAX),
                Checks.range("minor number", minor, 0, NUMBER_MAX),
                MODE,
                0,
                0));
    }

    /**
     * Other permissions. Where the host's own node has to be bound, as in a user namespace, they stay the host's.
     *
     * @param mode 0 to 0777 (octal)
     * @return the changed node
     * @throws IllegalArgumentException if out of range
     */
    public DeviceNode mode(int mode) {
        return new DeviceNode(new MountEntry.Device(
                entry.target(),
                entry.type(),
                entry.major(),
                entry.minor(),
                Checks.mode("device mode", mode, 0777),
                entry.uid(),
                entry.gid()));
    }

    /**
     * Another owner, by ids inside. Where the host's own node has to be bound, as in a user namespace, it stays the host's.
     *
     * @param uid user id, 0 to 4294967294
     * @param gid group id, 0 to 4294967294
     * @return the changed node
     * @throws IllegalArgumentException if an id is out of range
     */
    public DeviceNode owner(long uid, long gid) {
        return new DeviceNode(new MountEntry.Device(
                entry.target(),
                entry.type(),
                entry.major(),
                entry.minor(),
                entry.mode(),
                Checks.range("user id", uid, 0, Checks.MAX_ID),
                Checks.range("group id", gid, 0, Checks.MAX_ID)));
    }

    MountEntry.Device entry() {
        return entry;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DeviceNode that && entry.equals(that.entry);
    }

    @Override
    public int hashCode() {
        return entry.hashCode();
    }

    @Override
    public String toString() {
        return entry.type() + " " + entry.major() + ":" + entry.minor() + " " + entry.target();
    }
}
