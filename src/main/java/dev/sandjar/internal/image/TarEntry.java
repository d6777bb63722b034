package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.util.Map;

/**
 * One entry of a layer. Names are strings whose characters are bytes.
 *
 * @param name as in the archive, without what leads
 * @param mode permissions, 0 to 07777
 * @param size of the content, holes counted
 * @param link target of a link
 * @param xattrs extended attributes by name
 */
record TarEntry(
        String name,
        Type type,
        int mode,
        long uid,
        long gid,
        long size,
        long seconds,
        int nanoseconds,
        String link,
        long major,
        long minor,
        Map<String, byte[]> xattrs,
        boolean sparse) {
    enum Type {
        FILE,
        DIRECTORY,
        SYMLINK,
        HARD_LINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        FIFO
    }

    /** The highest number that headers have for an owner, which the kernel takes for no change. */
    static final long NOBODY = 4_294_967_295L;

    private static final long OVERFLOW = 65_534;
    private static final long MAJOR_MAX = (1 << 12) - 1;
    private static final long MINOR_MAX = (1 << 20) - 1;

    TarEntry {
        xattrs = Map.copyOf(xattrs);
    }

    /** The user id that its file can have: what is nobody's never becomes root's, as it would if nothing was changed. */
    long userOnDisk() {
        return uid == NOBODY ? OVERFLOW : uid;
    }

    /** The same for the group. */
    long groupOnDisk() {
        return gid == NOBODY ? OVERFLOW : gid;
    }

    /** Numbers that the kernel does not have would become others: it takes 32 bits of owners. */
    void check(EntrySubject about) throws ImageException {
        if (uid < 0 || uid > NOBODY || gid < 0 || gid > NOBODY) {
            throw new ImageException(about.toString(), "there is no owner " + uid + ":" + gid, "");
        }
        boolean device = type == Type.CHARACTER_DEVICE || type == Type.BLOCK_DEVICE;
        if (device && (major < 0 || major > MAJOR_MAX || minor < 0 || minor > MINOR_MAX)) {
            throw new ImageException(about.toString(), "there is no device " + major + ":" + minor, "");
        }
    }
}
