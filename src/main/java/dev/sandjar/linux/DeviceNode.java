package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.GuestPath;

/**
 * A device or a named pipe that a program finds ({@code mknod(2)}). Whether it may be opened is another matter: see {@link DeviceRule}.
 * An immutable value.
 *
 * @param type what it is
 * @param path guest path
 * @param major 0 to 4095; 0 for a pipe
 * @param minor 0 to 1048575; 0 for a pipe
 * @param mode its permissions, 0 to 0777 (octal)
 * @param uid user id inside, 0 to 4294967294
 * @param gid group id inside, 0 to 4294967294
 */
public record DeviceNode(Type type, String path, int major, int minor, int mode, long uid, long gid) {
    private static final int NUMBER_MAX = (1 << 20) - 1;
    private static final int MAJOR_MAX = (1 << 12) - 1;
    private static final int MODE = 0666;

    /** What a node is. */
    public enum Type {
        /** A character device. */
        CHARACTER,
        /** A block device. */
        BLOCK,
        /** A named pipe. */
        PIPE
    }

    /**
     * Checks its parts.
     *
     * @param type see the record
     * @param path see the record
     * @param major see the record
     * @param minor see the record
     * @param mode see the record
     * @param uid see the record
     * @param gid see the record
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
     * A character device, with mode 0666 and owned by root.
     *
     * @param path guest path
     * @param major 0 to 4095
     * @param minor 0 to 1048575
     * @return the node
     * @throws IllegalArgumentException if the path is malformed or a number out of range
     */
    public static DeviceNode character(String path, int major, int minor) {
        return new DeviceNode(Type.CHARACTER, path, major, minor, MODE, 0, 0);
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
        return new DeviceNode(Type.BLOCK, path, major, minor, MODE, 0, 0);
    }

    /**
     * A named pipe ({@code fifo(7)}), with mode 0666 and owned by root.
     *
     * @param path guest path
     * @return the node
     * @throws IllegalArgumentException if the path is malformed
     */
    public static DeviceNode pipe(String path) {
        return new DeviceNode(Type.PIPE, path, 0, 0, MODE, 0, 0);
    }

    /**
     * Other permissions. Where the host's own node has to be bound, as in a user namespace, they stay the host's.
     *
     * @param mode 0 to 0777 (octal)
     * @return the changed node
     * @throws IllegalArgumentException if out of range
     */
    public DeviceNode mode(int mode) {
        return new DeviceNode(type, path, major, minor, mode, uid, gid);
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
        return new DeviceNode(type, path, major, minor, mode, uid, gid);
    }

    /** Such as "c 1:3 /dev/null mode 0666 owner 0:0". */
    @Override
    public String toString() {
        return switch (type) {
            case CHARACTER -> "c " + major + ":" + minor + " " + path;
            case BLOCK -> "b " + major + ":" + minor + " " + path;
            case PIPE -> "p " + path;
        };
    }
}
