package dev.sandjar.internal.image;

import dev.sandjar.SandboxException;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.util.Map;

/** Gives what was made of an entry its owner, permissions, extended attributes and times, and notes what can't be kept. */
final class EntryAttributes {
    private final Ownership ownership;
    private final LayerNotes notes;
    private long highest;

    EntryAttributes(Ownership ownership, LayerNotes notes) {
        this.ownership = ownership;
        this.notes = notes;
    }

    /** The highest number of an owner that could be given. */
    long highest() {
        return highest;
    }

    /** Whether all that a header says is set while the file is open, without looking for its name again. */
    boolean areSetOpen(TarEntry entry) {
        return entry.type() == TarEntry.Type.FILE && ownership.map() == null;
    }

    void set(HostTree directory, String name, TarEntry entry, EntrySubject about) throws IOException {
        // Before the permissions: a change of the owner takes set-user-ID and set-group-ID away.
        if (ownership.keepsOwners()) {
            directory.chown(name, ownership.uid(entry.userOnDisk()), ownership.gid(entry.groupOnDisk()));
        }
        noteOwner(entry);
        if (entry.type() != TarEntry.Type.SYMLINK) {
            directory.chmod(name, mode(entry));
        }
        extended(directory, name, entry, about);
        if (entry.type() != TarEntry.Type.DIRECTORY) {
            directory.times(name, entry.seconds(), entry.nanoseconds());
        }
    }

    /** The same of an open file, which has that name. */
    void set(HostFile file, HostTree directory, String name, TarEntry entry, EntrySubject about) throws IOException {
        if (ownership.keepsOwners()) {
            file.chown(ownership.uid(entry.userOnDisk()), ownership.gid(entry.groupOnDisk()));
        }
        noteOwner(entry);
        file.chmod(mode(entry));
        extended(directory, name, entry, about);
        file.times(entry.seconds(), entry.nanoseconds());
    }

    private void noteOwner(TarEntry entry) {
        if (entry.uid() != entry.userOnDisk() || entry.gid() != entry.groupOnDisk()) {
            notes.add(entry.name() + ": owner " + entry.uid() + ":" + entry.gid() + " is none, and became "
                    + entry.userOnDisk() + ":" + entry.groupOnDisk());
        }
        if (!ownership.has(entry.userOnDisk(), entry.groupOnDisk())) {
            notes.add(entry.name() + ": owner " + entry.uid() + ":" + entry.gid() + LayerNotes.NOT_IN_MAP);
        } else {
            highest = Math.max(highest, Math.max(entry.userOnDisk(), entry.groupOnDisk()));
        }
    }

    /** Who has one id alone has to be able to get at what is its own. */
    private int mode(TarEntry entry) {
        if (ownership.keepsOwners()) {
            return entry.mode();
        }
        return entry.mode() | (entry.type() == TarEntry.Type.DIRECTORY ? 0700 : 0400);
    }

    private void extended(HostTree directory, String name, TarEntry entry, EntrySubject about) throws IOException {
        if (entry.xattrs().isEmpty()) {
            return;
        }
        for (Map.Entry<String, byte[]> attribute : entry.xattrs().entrySet()) {
            extended(directory, name, about, attribute.getKey(), attribute.getValue());
        }
    }

    private void extended(HostTree directory, String name, EntrySubject about, String attribute, byte[] value)
            throws IOException {
        // The ids in an access control list are numbers of the namespace of whoever sets it.
        boolean needsMap = ownership.map() != null && attribute.startsWith("system.posix_acl_");
        if (needsMap || !Attributes.isKept(attribute)) {
            notes.add(about.name() + ": attribute " + attribute + " left out");
            return;
        }
        int result = directory.trySetXattr(name, attribute, value);
        boolean impossible = Errno.EOPNOTSUPP.is(-result)
                || (Errno.EPERM.is(-result) && (!ownership.isExact() || attribute.startsWith("user.")));
        if (impossible) {
            notes.add(about.name() + ": attribute " + attribute + " is not possible here");
        } else if (Errno.ENOSPC.is(-result) || Errno.E2BIG.is(-result) || Errno.ERANGE.is(-result)) {
            throw new ImageException(
                    about.toString(),
                    "its attributes are more than the file system of the image store has room for, at "
                            + Names.shown(attribute),
                    "");
        } else if (result < 0) {
            throw new SandboxException(
                    "set attribute " + Names.shown(attribute) + " of " + about, "lsetxattr", null, -result, "", "");
        }
    }
}
