package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;

/**
 * A device or a named pipe in the file system of a sandbox ({@code mknod(2)}). {@link DeviceRule}s decide whether a device may be
 * opened. An immutable value.
 *
 * @param type what the node is
 * @param path the guest path, absolute; not "/"
 * @param major the major number, 0 to 4095; 0 for a pipe
 * @param minor the minor number, 0 to 1048575; 0 for a pipe
 * @param mode the permissions, 0 to 0777 (octal)
 * @param uid the owner's user id inside, 0 to 4294967294
 * @param gid the owner's group id inside, 0 to 4294967294
 */
public record DeviceNode(Type type, String path, int major, int minor, int mode, long uid, long gid) {
    private static final int NUMBER_MAX = (1 << 20) - 1;
    private static final int MAJOR_MAX = (1 << 12) - 1;
    private static final int MODE = 0666;

    /** The types of nodes. */
    public enum Type {
        /** A character device. */
        CHARACTER,
        /** A block device. */
        BLOCK,
        /** A named pipe. */
        PIPE
    }

    /**
     * Checks the parts.
     *
     * @param type what the node is
     * @param path the guest path, absolute; not "/"
     * @param major the major number, 0 to 4095; 0 for a pipe
     * @param minor the minor number, 0 to 1048575; 0 for a pipe
     * @param mode the permissions, 0 to 0777 (octal)
     * @param uid the owner's user id inside, 0 to 4294967294
     * @param gid the owner's group id inside, 0 to 4294967294
     * @throws IllegalArgumentException if the path is malformed, or a number out of range
     */
    public DeviceNode {
        path = GuestPath.target(type == Type.PIPE ? "pipe" : "device", path);
        Checks.range("major number", major, 0, type == Type.PIPE ? 0 : MAJOR_MAX);
        Checks.range("minor number", minor, 0, type == Type.PIPE ? 0 : NUMBER_MAX);
        Checks.mode("device mode", mode, 0777);
        Checks.range("user id", uid, 0, Checks.MAX_ID);
        Checks.range("group id", gid, 0, Checks.MAX_ID);
    }

    /**
     * Makes a character device with mode 0666 and owned by root.
     *
     * @param path the guest path, absolute; not "/"
     * @param major the major number, 0 to 4095
     * @param minor the minor number, 0 to 1048575
     * @return the node
     * @throws IllegalArgumentException if the path is malformed or a number out of range
     */
    public static DeviceNode character(String path, int major, int minor) {
        return new DeviceNode(Type.CHARACTER, path, major, minor, MODE, 0, 0);
    }

    /**
     * Makes a block device with mode 0666 and owned by root.
     *
     * @param path the guest path, absolute; not "/"
     * @param major the major number, 0 to 4095
     * @param minor the minor number, 0 to 1048575
     * @return the node
     * @throws IllegalArgumentException if the path is malformed or a number out of range
     */
    public static DeviceNode block(String path, int major, int minor) {
        return new DeviceNode(Type.BLOCK, path, major, minor, MODE, 0, 0);
    }

    /**
     * Makes a named pipe ({@code fifo(7)}) with mode 0666 and owned by root.
     *
     * @param path the guest path, absolute; not "/"
     * @return the node
     * @throws IllegalArgumentException if the path is malformed
     */
    public static DeviceNode pipe(String path) {
        return new DeviceNode(Type.PIPE, path, 0, 0, MODE, 0, 0);
    }

    /**
     * Returns a node with other permissions. Where the host's own node has to be bound, as in a user namespace, permissions stay those of
     * the host's.
     *
     * @param mode the permissions, 0 to 0777 (octal)
     * @return the changed node
     * @throws IllegalArgumentException if the mode is out of range
     */
    public DeviceNode mode(int mode) {
        return new DeviceNode(type, path, major, minor, mode, uid, gid);
    }

    /**
     * Returns a node with another owner. Where the host's own node has to be bound, as in a user namespace, the owner stays that of the
     * host's.
     *
     * @param uid the user id inside, 0 to 4294967294
     * @param gid the group id inside, 0 to 4294967294
     * @return the changed node
     * @throws IllegalArgumentException if an id is out of range
     */
    public DeviceNode owner(long uid, long gid) {
        return new DeviceNode(type, path, major, minor, mode, uid, gid);
    }

    /** Returns the type, numbers and path for people, such as "c 1:3 /dev/null" or "p /run/pipe". */
    @Override
    public String toString() {
        return switch (type) {
            case CHARACTER -> "c " + major + ":" + minor + " " + path;
            case BLOCK -> "b " + major + ":" + minor + " " + path;
            case PIPE -> "p " + path;
        };
    }
}
