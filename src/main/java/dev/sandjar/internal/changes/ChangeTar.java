package dev.sandjar.internal.changes;

import dev.sandjar.SandboxException;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.changes.ChangeSet.FileType;
import dev.sandjar.changes.ChangeSet.Kind;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.FileNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A change set as a tar archive, in which nothing depends on anything but the changes. */
final class ChangeTar {
    private static final String STEP = "export changes";
    private static final String WHITEOUT = ".wh.";

    private ChangeTar() {}

    static void write(ChangeSet changes, OutputStream out) throws IOException {
        // Names are bytes, which Latin-1 hands through; GNU's long names take them as they are, unlike pax headers.
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.ISO_8859_1.name());
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
        String removed = "/";
        for (Change change : changes.all()) {
            boolean below = change.path().startsWith(removed) && !removed.equals("/");
            if (!below && change.type() != FileType.SOCKET) {
                write(changes, change, tar);
            }
            if (change.kind() == Kind.DELETED && change.type() == FileType.DIRECTORY && !below) {
                removed = change.path() + "/"; // one mark stands for all of it
            }
        }
        tar.finish();
        tar.flush();
    }

    private static void write(ChangeSet changes, Change change, TarArchiveOutputStream tar) throws IOException {
        String path = latin(change.path().substring(1));
        int name = path.lastIndexOf('/') + 1;
        if (path.startsWith(WHITEOUT, name)) {
            throw new SandboxException(
                    STEP,
                    null,
                    change.path(),
                    0,
                    "in a layer, this name means that something was deleted",
                    "rename or remove it in the sandbox before the changes are exported");
        }
        if (change.kind() == Kind.DELETED) {
            put(
                    tar,
                    new TarArchiveEntry(
                            path.substring(0, name) + WHITEOUT + path.substring(name), TarConstants.LF_NORMAL),
                    0644,
                    0);
            tar.closeArchiveEntry();
            return;
        }
        switch (change.type()) {
            case DIRECTORY ->
                put(
                        tar,
                        new TarArchiveEntry(path.isEmpty() ? "./" : path + "/", TarConstants.LF_DIR),
                        change.mode(),
                        0);
            case FIFO -> put(tar, new TarArchiveEntry(path, TarConstants.LF_FIFO), change.mode(), 0);
            case SYMLINK -> {
                TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
                entry.setLinkName(latin(change.target()));
                put(tar, entry, change.mode(), 0);
            }
            case FILE -> {
                put(tar, new TarArchiveEntry(path, TarConstants.LF_NORMAL), change.mode(), change.size());
                try (InputStream in = changes.content(change.path())) {
                    BoundedReads.copy(in, tar, change.size(), change.path());
                }
            }
            default ->
                throw new SandboxException(
                        STEP,
                        null,
                        change.path(),
                        0,
                        "devices are not exported",
                        "remove it in the sandbox before the changes are exported");
        }
        tar.closeArchiveEntry();
    }

    private static String latin(String name) {
        return new String(FileNames.encode(name), StandardCharsets.ISO_8859_1);
    }

    private static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, int mode, long size) throws IOException {
        entry.setMode(mode);
        entry.setSize(size);
        entry.setModTime(FileTime.fromMillis(0));
        entry.setIds(0, 0);
        entry.setNames("", "");
        tar.putArchiveEntry(entry);
    }
}
