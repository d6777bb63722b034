package dev.sandjar.image;

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

    TarEntry {
        xattrs = Map.copyOf(xattrs);
    }
}
