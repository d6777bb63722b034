package dev.sandjar.internal.image;

import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Copies what a stack of layers shows into one directory, for hosts without overlayfs. */
final class Flattener {
    private static final int CHUNK = 1 << 17;

    private final HostTree target;
    private final boolean owners;
    private final byte[] buffer = new byte[CHUNK];
    /** Paths of files of the present layer that have several names, by inode. */
    private final Map<Long, String> linked = new HashMap<>();
    /** Which layer describes a directory: the topmost that has it. Said at the end, so that nothing of those below or above it is kept. */
    private final NavigableMap<String, Integer> directories = new TreeMap<>();

    private Flattener(HostTree target, boolean owners) {
        this.target = target;
        this.owners = owners;
    }

    /** @param layers topmost first */
    static void flatten(List<HostTree> layers, HostTree target, boolean owners) throws IOException {
        Flattener flattener = new Flattener(target, owners);
        for (int i = layers.size() - 1; i >= 0; i--) {
            flattener.linked.clear();
            flattener.merge(i, layers.get(i), target, "");
        }
        // What lies in a directory before the directory itself, whose time it would change.
        for (Map.Entry<String, Integer> one :
                flattener.directories.descendingMap().entrySet()) {
            try (HostTree source = layers.get(one.getValue()).beneath(one.getKey());
                    HostTree made = target.beneath(one.getKey())) {
                flattener.describe(source, made);
            }
        }
        if (!layers.isEmpty()) {
            flattener.describe(layers.get(0), target);
        }
    }

    /** Depth is bounded by what layers may have. */
    private void merge(int layer, HostTree from, HostTree to, String path) throws IOException {
        if (LayerView.isOpaque(from)) {
            TreeRemoval.removeAll(to);
            forget(path);
        }
        for (String name : from.list()) {
            HostTree.Stat stat = from.stat(name);
            if (stat == null) {
                continue;
            }
            HostTree.Stat there = to.stat(name);
            if (there != null && !(there.isDirectory() && stat.isDirectory())) {
                TreeRemoval.remove(to, name);
                directories.remove(path + name);
                forget(path + name + "/");
                there = null;
            }
            if (stat.isDirectory()) {
                directory(layer, from, to, name, path + name, there);
            } else if (!stat.isWhiteout()) {
                file(from, to, name, path + name, stat);
            }
        }
    }

    /** All whose paths begin so. */
    private void forget(String path) {
        directories.subMap(path, path + Character.MAX_VALUE).clear();
    }

    private void directory(
            int layer, HostTree from, HostTree to, String name, String path, HostTree.@Nullable Stat there)
            throws IOException {
        if (there == null) {
            to.mkdir(name, 0700);
        }
        directories.put(path, layer);
        try (HostTree source = from.beneath(name);
                HostTree made = to.beneath(name)) {
            merge(layer, source, made, path + "/");
        }
    }

    private void describe(HostTree source, HostTree made) throws IOException {
        HostTree.Stat stat = source.stat("");
        if (stat != null) {
            Copying.description(source, ".", stat, made, ".", owners);
        }
    }

    private void file(HostTree from, HostTree to, String name, String path, HostTree.Stat stat) throws IOException {
        String first = stat.links() > 1 ? linked.putIfAbsent(stat.inode(), path) : null;
        if (first != null) {
            int slash = first.lastIndexOf('/');
            try (HostTree parent = target.beneath(slash < 0 ? "" : first.substring(0, slash))) {
                to.link(parent, first.substring(slash + 1), name);
            }
            return;
        }
        switch (stat.type()) {
            case HostTree.S_IFREG -> Copying.content(from, name, to, name, buffer);
            case HostTree.S_IFLNK -> to.symlink(from.readlink(name), name);
            default -> to.mknod(name, (stat.mode() & HostTree.S_IFMT) | 0600, stat.major(), stat.minor());
        }
        Copying.description(from, name, stat, to, name, owners);
    }
}
