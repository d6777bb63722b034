package dev.sandjar.internal.hostfs;

import dev.sandjar.internal.kernel.FileCall;
import org.jspecify.annotations.Nullable;

/** What {@code statx(2)} says of a file of the host. */
public record HostStat(int mode, long links, long uid, long gid, GuestWritable.Identity identity) {
    private static final int S_IFMT = 0170000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int BASIC_AND_BIRTH = 0xfff;
    private static final int SIZE = 256;

    /** Of the directory itself if the name is empty, never of where a link leads; null if there is none or it can't be seen. */
    public static @Nullable HostStat of(int directory, byte[] name) {
        return of(directory, name, AT_SYMLINK_NOFOLLOW | (name.length == 0 ? AT_EMPTY_PATH : 0));
    }

    /** Of what a path of the host names, never of where a link leads; null if there is none or it can't be seen. */
    public static @Nullable HostStat of(byte[] path) {
        return of(FileCalls.AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    }

    /** Of the file that a path leads to. */
    static @Nullable HostStat followed(byte[] path) {
        return of(FileCalls.AT_FDCWD, path, 0);
    }

    private static @Nullable HostStat of(int directory, byte[] name, int flags) {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            scratch.clear(0, FileCall.Scratch.THIRD + SIZE);
            int at = FileCall.Scratch.THIRD;
            if (name.length >= FileCall.Scratch.SECOND
                    || FileCall.STATX.call(
                                    directory, scratch.name(0, name), flags, BASIC_AND_BIRTH, scratch.address(at))
                            < 0) {
                return null;
            }
            return new HostStat(
                    scratch.getShort(at + 28L) & 0xffff,
                    scratch.getInt(at + 16L) & 0xffffffffL,
                    scratch.getInt(at + 20L) & 0xffffffffL,
                    scratch.getInt(at + 24L) & 0xffffffffL,
                    new GuestWritable.Identity(
                            (scratch.getInt(at + 136L) & 0xffffffffL) << 32 | (scratch.getInt(at + 140L) & 0xffffffffL),
                            scratch.getLong(at + 32L),
                            scratch.getLong(at + 80L) * 1_000_000_000L + scratch.getInt(at + 88L)));
        }
    }

    /** As in its mode. */
    public int type() {
        return mode & S_IFMT;
    }

    /** The major number, and in the lower half the minor one, of the device that it is on. */
    public long device() {
        return identity.device();
    }

    public long inode() {
        return identity.inode();
    }

    /** Whether in such a directory only the owner of a file, or the directory's, may rename or remove it, or nobody else may at all. */
    boolean isKept() {
        return (mode & 022) == 0 || (mode & 01000) != 0;
    }

    boolean isLink() {
        return type() == 0120000;
    }

    boolean isDirectory() {
        return type() == 0040000;
    }

    public boolean isFile() {
        return type() == 0100000;
    }

    boolean isCharacterDevice() {
        return type() == 0020000;
    }

    /** For messages. */
    String kind() {
        return switch (type()) {
            case 0120000 -> "a symbolic link";
            case 0040000 -> "a directory";
            case 0100000 -> "a regular file";
            case 0020000 -> "a character device";
            case 0060000 -> "a block device";
            case 0010000 -> "a FIFO";
            case 0140000 -> "a socket";
            default -> "a file of an unknown kind";
        };
    }
}
