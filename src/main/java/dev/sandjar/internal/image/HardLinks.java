package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Makes the hard links of a layer. */
final class HardLinks {
    private final HostTree root;
    private final LayerView view;
    private final LayerDirectories directories;
    private final Ownership ownership;
    private final Budget budget;
    private final LayerNotes notes;
    private final byte[] buffer;

    /**
     * @param view of the layer, whose root is {@code root}, and those below
     * @param buffer that others may use between the links
     */
    HardLinks(
            HostTree root,
            LayerView view,
            LayerDirectories directories,
            Ownership ownership,
            Budget budget,
            LayerNotes notes,
            byte[] buffer) {
        this.root = root;
        this.view = view;
        this.directories = directories;
        this.ownership = ownership;
        this.budget = budget;
        this.notes = notes;
        this.buffer = buffer;
    }

    /** Whether something had to give way to it. */
    boolean make(LayerDirectories.Opened place, String name, TarEntry entry, EntrySubject about) throws IOException {
        HostTree directory = place.directory();
        String path = Names.join(place.path(), name);
        HostTree.Stat there = directory.stat(name);
        List<String> target = target(entry, about);
        LayerView.Found found = view.find(target);
        if (found == null) {
            if (notes.has(Names.join(target))) {
                notes.add(path + ": a hard link to what was left out");
                return false;
            }
            throw new ImageException(
                    about.toString(), "it is a hard link to " + Names.shown(entry.link()) + ", which is not there", "");
        }
        if (found.stat().isDirectory()) {
            throw new ImageException(about.toString(), "it is a hard link to a directory", "");
        }
        if (Names.join(target).equals(path)) {
            return false;
        }
        if (there != null) {
            directories.remove(directory, name, path, there);
        }
        List<String> parent = target.subList(0, target.size() - 1);
        String last = target.get(target.size() - 1);
        HostTree source = directories.open(parent, about).directory();
        if (found.layer() > 0) {
            copyUp(found, target, source, last);
        }
        // Opening the other may have closed this one.
        try (HostTree to = root.beneath(place.path());
                HostTree from = root.beneath(Names.join(parent))) {
            to.link(from, last, name);
        }
        return there != null;
    }

    /** What it leads to, without symbolic links on the way. */
    private List<String> target(TarEntry entry, EntrySubject about) throws IOException {
        EntrySubject link = new EntrySubject(about.layer(), entry.name() + ", a link,");
        List<String> wanted = Names.split(entry.link(), link, budget.depth());
        if (wanted.isEmpty()) {
            throw new ImageException(about.toString(), "it is a hard link to the root", "");
        }
        List<String> target = new ArrayList<>(view.resolve(wanted.subList(0, wanted.size() - 1), about));
        target.add(wanted.get(wanted.size() - 1));
        return target;
    }

    /** A file of a lower layer that gets a further name in this one, as overlayfs does it. */
    private void copyUp(LayerView.Found found, List<String> path, HostTree to, String name) throws IOException {
        HostTree.Stat stat = found.stat();
        try (HostTree from = view.layer(found.layer()).beneath(Names.join(path.subList(0, path.size() - 1)))) {
            switch (stat.type()) {
                case HostTree.S_IFREG -> {
                    budget.take(stat.size());
                    Copying.content(from, name, to, name, buffer);
                }
                case HostTree.S_IFLNK -> to.symlink(from.readlink(name), name);
                default -> to.mknod(name, (stat.mode() & HostTree.S_IFMT) | 0600, stat.major(), stat.minor());
            }
            Copying.description(from, name, stat, to, name, ownership.keepsOwners());
        }
    }
}
