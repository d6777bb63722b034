package dev.sandjar.internal.hostfs;

/**
 * What {@code statx(2)} says of one file.
 *
 * @param mode type and permissions, as {@code inode(7)} has them
 * @param size bytes
 * @param major of a device
 * @param minor of a device
 */
public record FileStatus(int mode, long size, int major, int minor) {
    private static final int TYPE = 0170000;
    private static final int PERMISSIONS = 07777;

    /** The type alone. */
    public int type() {
        return mode & TYPE;
    }

    public int permissions() {
        return mode & PERMISSIONS;
    }

    public boolean isDirectory() {
        return type() == 0040000;
    }

    public boolean isFile() {
        return type() == 0100000;
    }

    public boolean isLink() {
        return type() == 0120000;
    }

    /** What overlayfs puts where something of a lower layer was removed. */
    public boolean isWhiteout() {
        return type() == 0020000 && major == 0 && minor == 0;
    }
}
