package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes the writable layer of an overlay as a layer of an image: whiteouts and opaque directories become what archives have for them. */
final class LayerWriter {
    private static final int CHUNK = 1 << 17;
    private static final List<String> UNREADABLE =
            List.of("overlay.redirect", "overlay.metacopy", "overlay.whiteout", "overlay.whiteouts");

    private final TarWriter tar;
    private final LongUnaryOperator uids;
    private final LongUnaryOperator gids;
    private final Budget budget;
    private final String subject;
    private final byte[] buffer = new byte[CHUNK];
    private final Map<Long, String> linked = new HashMap<>();

    /** @param uids from owners on disk to owners in the image, -1 for those that can't be */
    LayerWriter(TarWriter tar, LongUnaryOperator uids, LongUnaryOperator gids, Budget budget, String subject) {
        this.tar = tar;
        this.uids = uids;
        this.gids = gids;
        this.budget = budget;
        this.subject = subject;
    }

    void write(HostTree upper) throws IOException {
        HostTree.Stat stat = upper.stat("");
        if (stat != null) {
            entry(upper, "", "./", stat, TarEntry.Type.DIRECTORY, 0, "");
        }
        children(upper, "", 0);
    }

    private void children(HostTree directory, String path, int depth) throws IOException {
        if (depth > budget.depth()) {
            throw new ImageException(
                    subject, "it is nested more than " + budget.depth() + " deep", "raise ImageLimits.depth");
        }
        if (LayerView.isOpaque(directory)) {
            tar.entry(marker(path + ".wh..wh..opq"));
        }
        List<String> names = directory.list();
        Collections.sort(names);
        for (String name : names) {
            HostTree.Stat stat = directory.stat(name);
            if (stat != null) {
                child(directory, name, path, stat, depth);
            }
        }
    }

    private void child(HostTree directory, String name, String path, HostTree.Stat stat, int depth) throws IOException {
        if (name.startsWith(".wh.")) {
            throw new ImageException(
                    subject, Names.shown(path + name) + " has a name that layers use for deletions", "remove it");
        }
        if (stat.isWhiteout()) {
            tar.entry(marker(path + ".wh." + name));
            return;
        }
        if (stat.type() == HostTree.S_IFSOCK) {
            return; // means nothing without its process
        }
        if (stat.isDirectory()) {
            entry(directory, name, path + name, stat, TarEntry.Type.DIRECTORY, 0, "");
            try (HostTree inside = directory.beneath(name)) {
                children(inside, path + name + "/", depth + 1);
            }
            return;
        }
        String first = stat.links() > 1 ? linked.putIfAbsent(stat.inode(), path + name) : null;
        if (first != null) {
            entry(directory, name, path + name, stat, TarEntry.Type.HARD_LINK, 0, first);
        } else if (stat.type() == HostTree.S_IFLNK) {
            entry(directory, name, path + name, stat, TarEntry.Type.SYMLINK, 0, directory.readlink(name));
        } else if (stat.type() == HostTree.S_IFREG) {
            entry(directory, name, path + name, stat, TarEntry.Type.FILE, stat.size(), "");
            content(directory, name, stat.size());
        } else {
            entry(directory, name, path + name, stat, special(stat), 0, "");
        }
    }

    private static TarEntry.Type special(HostTree.Stat stat) {
        return switch (stat.type()) {
            case HostTree.S_IFCHR -> TarEntry.Type.CHARACTER_DEVICE;
            case HostTree.S_IFBLK -> TarEntry.Type.BLOCK_DEVICE;
            default -> TarEntry.Type.FIFO;
        };
    }

    private static TarEntry marker(String name) {
        return new TarEntry(name, TarEntry.Type.FILE, 0, 0, 0, 0, 0, 0, "", 0, 0, Map.of(), false);
    }

    private void entry(
            HostTree directory,
            String name,
            String path,
            HostTree.Stat stat,
            TarEntry.Type type,
            long size,
            String link)
            throws IOException {
        TarEntry entry = new TarEntry(
                path,
                type,
                stat.mode() & 07777,
                owner(uids, stat.uid(), path),
                owner(gids, stat.gid(), path),
                size,
                stat.seconds(),
                stat.nanoseconds(),
                link,
                stat.major(),
                stat.minor(),
                type == TarEntry.Type.HARD_LINK ? Map.of() : attributes(directory, name, path),
                false);
        budget.entry(entry);
        tar.entry(entry);
    }

    private long owner(LongUnaryOperator ids, long id, String path) throws ImageException {
        long inside = ids.applyAsLong(id);
        if (inside < 0) {
            throw new ImageException(
                    subject,
                    Names.shown(path) + " belongs to id " + id
                            + ", which is not among the subordinate ids of this user",
                    "commit as the user that has run the sandbox");
        }
        return inside;
    }

    private Map<String, byte[]> attributes(HostTree directory, String name, String path) throws IOException {
        Map<String, byte[]> kept = new HashMap<>();
        for (String attribute : directory.xattrs(name)) {
            if (UNREADABLE.stream().anyMatch(attribute::endsWith)) {
                throw new ImageException(
                        subject, Names.shown(path) + " is only a reference to a lower layer (" + attribute + ")", "");
            }
            byte @Nullable [] value = Attributes.isKept(attribute) ? directory.xattr(name, attribute) : null;
            if (value != null) {
                kept.put(attribute, value);
            }
        }
        return kept;
    }

    private void content(HostTree directory, String name, long size) throws IOException {
        long written = 0;
        try (InputStream in = directory.read(name).content()) {
            for (int n = in.read(buffer); n >= 0 && written + n <= size; n = in.read(buffer)) {
                tar.write(buffer, 0, n);
                written += n;
            }
        }
        if (written != size) {
            throw new ImageException(
                    subject, Names.shown(name) + " changed while it was read", "wait for the end of the sandbox");
        }
    }
}
