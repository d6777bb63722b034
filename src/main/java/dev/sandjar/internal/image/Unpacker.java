package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Unpacks one layer into an empty directory as overlayfs wants it: what the layer deletes becomes whiteouts and opaque directories.
 * Everything in the archive is hostile. Names are resolved in the view of this layer and those below it, and created beneath a directory
 * descriptor without following any link, so that nothing lands outside whatever the archive says.
 */
final class Unpacker implements AutoCloseable {
    private static final String AUFS = ".wh..wh.";
    private static final int CHUNK = 1 << 17;

    private final HostTree root;
    private final Budget budget;
    private final String subject;
    private final LayerNotes notes = new LayerNotes();
    private final DirectoryTimes times = new DirectoryTimes();
    private final EntryAttributes attributes;
    private final LayerDirectories directories;
    private final LayerDeletions deletions;
    private final EntryCreation creation;
    private final HardLinks hardLinks;

    /**
     * @param root the empty directory
     * @param lower the unpacked layers below, topmost first
     */
    Unpacker(HostTree root, List<HostTree> lower, Ownership ownership, Budget budget, String subject)
            throws IOException {
        this.root = root;
        this.budget = budget;
        this.subject = subject;
        List<HostTree> all = new ArrayList<>(List.of(root));
        all.addAll(lower);
        LayerView view = new LayerView(all);
        OverlayMarks marks = new OverlayMarks(ownership);
        byte[] buffer = new byte[CHUNK];
        this.attributes = new EntryAttributes(ownership, notes);
        this.directories = new LayerDirectories(root, view, ownership, marks, times);
        this.deletions = new LayerDeletions(view, directories, marks);
        this.hardLinks = new HardLinks(root, view, directories, ownership, budget, notes, buffer);
        this.creation =
                new EntryCreation(directories, times, marks, new EntryContent(buffer), attributes, ownership, notes);
        root.chmod(".", 0755);
        if (!lower.isEmpty()) {
            directories.copy(lower.get(0), "", root);
        }
    }

    /** The highest number of an owner that could be given. */
    long highest() {
        return attributes.highest();
    }

    /** What could not be kept, such as device nodes of an unprivileged caller; the first thousand. */
    List<String> notes() {
        return notes.all();
    }

    void unpack(TarReader tar) throws IOException {
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            budget.entry(entry);
            EntrySubject about = new EntrySubject(subject, entry.name());
            entry.check(about);
            apply(entry, about, tar);
        }
        times.set(root);
    }

    private void apply(TarEntry entry, EntrySubject about, TarReader tar) throws IOException {
        List<String> path = Names.split(entry.name(), about, budget.depth());
        if (path.isEmpty()) {
            describeRoot(entry, about);
            return;
        }
        String name = path.get(path.size() - 1);
        List<String> parent = path.subList(0, path.size() - 1);
        if (startsWith(parent, AUFS) || (name.startsWith(AUFS) && !name.equals(LayerDeletions.OPAQUE))) {
            return; // what aufs kept for itself
        }
        if (startsWith(parent, LayerDeletions.WHITEOUT)) {
            throw new ImageException(about.toString(), "it lies beneath a whiteout", "");
        }
        boolean changesWays = true;
        if (name.equals(LayerDeletions.OPAQUE)) {
            deletions.opaque(parent, about);
        } else if (name.startsWith(LayerDeletions.WHITEOUT)) {
            deletions.whiteout(parent, name.substring(LayerDeletions.WHITEOUT.length()), about);
        } else {
            LayerDirectories.Opened opened = directories.open(parent, about);
            boolean replaces = entry.type() == TarEntry.Type.HARD_LINK
                    ? hardLinks.make(opened, name, entry, about)
                    : creation.create(opened, name, entry, about, tar);
            changesWays = replaces || directories.mayDependOn(Names.join(opened.path(), name));
        }
        if (changesWays) {
            directories.forgetWays();
        }
    }

    private void describeRoot(TarEntry entry, EntrySubject about) throws IOException {
        if (entry.type() != TarEntry.Type.DIRECTORY) {
            throw new ImageException(about.toString(), "the root of an image is a directory", "");
        }
        attributes.set(root, ".", entry, about);
        times.put("", entry);
    }

    private static boolean startsWith(List<String> path, String prefix) {
        for (String part : path) {
            if (part.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        directories.close();
    }
}
