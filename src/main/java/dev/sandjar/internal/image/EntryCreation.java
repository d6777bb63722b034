package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.util.Locale;

/** Makes what a layer brings: files, directories, symbolic links and special files. Of two entries with one name the later counts. */
final class EntryCreation {
    private final LayerDirectories directories;
    private final DirectoryTimes times;
    private final OverlayMarks marks;
    private final EntryContent content;
    private final EntryAttributes attributes;
    private final Ownership ownership;
    private final LayerNotes notes;

    EntryCreation(
            LayerDirectories directories,
            DirectoryTimes times,
            OverlayMarks marks,
            EntryContent content,
            EntryAttributes attributes,
            Ownership ownership,
            LayerNotes notes) {
        this.directories = directories;
        this.times = times;
        this.marks = marks;
        this.content = content;
        this.attributes = attributes;
        this.ownership = ownership;
        this.notes = notes;
    }

    /** Whether something had to give way to it. */
    boolean create(LayerDirectories.Opened parent, String name, TarEntry entry, EntrySubject about, TarReader tar)
            throws IOException {
        HostTree directory = parent.directory();
        String path = Names.join(parent.path(), name);
        if (isLeftOut(entry)) {
            notes.add(path + ": " + entry.type().name().toLowerCase(Locale.ROOT) + " " + entry.major() + ":"
                    + entry.minor() + " left out");
            return false;
        }
        boolean isDirectory = entry.type() == TarEntry.Type.DIRECTORY;
        boolean replaces = false;
        // Nothing is there as a rule, which making it tells.
        if (!make(directory, name, entry, about, tar)) {
            HostTree.Stat there = directory.stat(name);
            boolean merges = isDirectory && there != null && there.isDirectory();
            if (there != null && !merges) {
                directories.remove(directory, name, path, there);
                replaces = true;
            }
            if (!merges && !make(directory, name, entry, about, tar)) {
                throw new ImageException(
                        about.toString(), "somebody else changes the image store meanwhile", "try again");
            }
            if (isDirectory && there != null && there.isWhiteout()) {
                marks.opaque(directory, name);
            }
        }
        if (isDirectory) {
            times.put(path, entry);
        }
        if (!attributes.areSetOpen(entry)) {
            attributes.set(directory, name, entry, about);
        }
        return replaces;
    }

    private boolean isLeftOut(TarEntry entry) {
        return !ownership.isExact()
                && (entry.type() == TarEntry.Type.CHARACTER_DEVICE || entry.type() == TarEntry.Type.BLOCK_DEVICE);
    }

    /** False if something has that name. */
    private boolean make(HostTree directory, String name, TarEntry entry, EntrySubject about, TarReader tar)
            throws IOException {
        return switch (entry.type()) {
            case FILE -> file(directory, name, entry, about, tar);
            case DIRECTORY -> directory.tryMkdir(name, 0700);
            case SYMLINK -> directory.trySymlink(entry.link(), name);
            case CHARACTER_DEVICE -> device(directory, name, HostTree.S_IFCHR, entry, about);
            case BLOCK_DEVICE -> device(directory, name, HostTree.S_IFBLK, entry, about);
            case FIFO -> mknod(directory, name, HostTree.S_IFIFO | 0600, 0, 0);
            case HARD_LINK -> throw new IllegalStateException("made by HardLinks");
        };
    }

    private boolean file(HostTree directory, String name, TarEntry entry, EntrySubject about, TarReader tar)
            throws IOException {
        try (HostFile file = directory.tryCreate(name)) {
            if (file == null) {
                return false;
            }
            content.write(file, entry, about, tar);
            if (attributes.areSetOpen(entry)) {
                attributes.set(file, directory, name, entry, about);
            }
            return true;
        }
    }

    private static boolean device(HostTree directory, String name, int type, TarEntry entry, EntrySubject about)
            throws IOException {
        if (type == HostTree.S_IFCHR && entry.major() == 0 && entry.minor() == 0) {
            throw new ImageException(
                    about.toString(),
                    "device 0:0 is what overlayfs takes for a deleted file",
                    "delete by .wh. entries");
        }
        return mknod(directory, name, type | 0600, entry.major(), entry.minor());
    }

    private static boolean mknod(HostTree directory, String name, int mode, long major, long minor) throws IOException {
        int result = directory.tryMknod(name, mode, major, minor);
        if (Errno.EEXIST.is(-result)) {
            return false;
        }
        if (result < 0) {
            throw new SandboxException("make a special file", "mknodat", directory.shown(name), -result, "", "");
        }
        return true;
    }
}
