package dev.sandjar.internal.changes;

import dev.sandjar.SandboxException;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.changes.ChangeSet.Change;
import dev.sandjar.changes.ChangeSet.FileType;
import dev.sandjar.changes.ChangeSet.Kind;
import dev.sandjar.internal.hostfs.FileStatus;
import dev.sandjar.internal.hostfs.HostDirectory;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.FileNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Does the changes of a sandbox once more, to a directory of the host. */
final class ChangeCommit {
    private static final String STEP = "commit changes";
    private static final int PERMISSIONS = 01777;

    private final ChangeSet changes;

    ChangeCommit(ChangeSet changes) {
        this.changes = changes;
    }

    /** What is done in the directory that holds an entry. */
    private interface Work {
        void in(HostDirectory directory, byte[] name) throws IOException;
    }

    void to(Path target) throws IOException {
        for (Change change : changes.all()) {
            check(change);
        }
        List<Change> directories = new ArrayList<>();
        try (HostDirectory root = HostDirectory.open(target)) {
            for (Change change : changes.all()) {
                if (!change.path().equals("/")) {
                    apply(root, change);
                }
                if (change.kind() != Kind.DELETED && change.type() == FileType.DIRECTORY) {
                    directories.add(change);
                }
            }
            // Last and from below: they may take away the permission to write.
            Collections.reverse(directories);
            for (Change change : directories) {
                if (change.path().equals("/")) {
                    root.changeMode(change.mode() & PERMISSIONS);
                    continue;
                }
                within(root, change.path().substring(1), change, (directory, name) -> {
                    try (HostDirectory own = directory.directoryAsItIs(name)) {
                        own.changeMode(change.mode() & PERMISSIONS);
                    }
                });
            }
        }
    }

    private static void check(Change change) throws SandboxException {
        if (change.kind() == Kind.DELETED) {
            return;
        }
        switch (change.type()) {
            case FILE, DIRECTORY -> {}
            case SYMLINK -> {
                if (leadsOut(change)) {
                    throw refused(change, "the link to " + change.target() + " could lead out of the directory");
                }
            }
            default -> throw refused(change, "a " + change.type() + " is not committed");
        }
    }

    private static SandboxException refused(Change change, String reason) {
        return new SandboxException(STEP, null, change.path(), 0, reason, "use exportTar, or content for single files");
    }

    /** ".." is safe only at the beginning, where it goes up from real directories: behind a name it would from what a link leads to. */
    private static boolean leadsOut(Change change) {
        String target = change.target();
        if (target.startsWith("/") || target.isEmpty()) {
            return true;
        }
        long above = change.path().chars().filter(c -> c == '/').count() - 1;
        boolean leading = true;
        for (String name : target.split("/")) {
            boolean up = name.equals("..");
            if (up && (!leading || --above < 0)) {
                return true;
            }
            leading &= up || name.equals(".") || name.isEmpty();
        }
        return false;
    }

    private void apply(HostDirectory root, Change change) throws IOException {
        within(root, change.path().substring(1), change, (directory, name) -> {
            if (change.kind() == Kind.DELETED) {
                directory.remove(name);
                return;
            }
            FileStatus there = directory.status(name);
            switch (change.type()) {
                case DIRECTORY -> {
                    if (there != null && !there.isDirectory()) {
                        directory.remove(name);
                        there = null;
                    }
                    if (there == null) {
                        directory.makeDirectory(name);
                    }
                }
                case SYMLINK ->
                    replace(
                            directory,
                            name,
                            there,
                            fresh -> directory.makeLink(FileNames.encode(change.target()), fresh));
                default ->
                    replace(directory, name, there, fresh -> {
                        try (InputStream in = changes.content(change.path());
                                OutputStream out = directory.create(fresh, change.mode())) {
                            BoundedReads.copy(in, out, change.size(), change.path());
                        }
                    });
            }
        });
    }

    /** Makes an entry under a name that nobody uses. */
    private interface Making {
        void as(byte[] fresh) throws IOException;
    }

    private static void replace(HostDirectory directory, byte[] name, @Nullable FileStatus there, Making making)
            throws IOException {
        String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
        byte[] fresh = (".sandjar-commit-" + random).getBytes(StandardCharsets.US_ASCII);
        try {
            making.as(fresh);
            if (there != null && there.isDirectory()) {
                directory.remove(name);
            }
            directory.rename(fresh, name);
        } catch (IOException | RuntimeException | Error e) {
            try {
                directory.remove(fresh);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static void within(HostDirectory directory, String path, Change change, Work work) throws IOException {
        int slash = path.indexOf('/');
        if (slash < 0) {
            work.in(directory, FileNames.encode(path));
            return;
        }
        byte[] name = FileNames.encode(path.substring(0, slash));
        FileStatus there = directory.status(name);
        if (there == null && change.kind() == Kind.DELETED) {
            return; // it is gone already
        }
        if (there == null) {
            // It lies in a directory that the sandbox found there, and this one lacks.
            directory.makeDirectory(name);
            try (HostDirectory made = directory.directoryAsItIs(name)) {
                made.changeMode(0755);
                within(made, path.substring(slash + 1), change, work);
            }
            return;
        }
        try (HostDirectory inner = directory.directoryAsItIs(name)) {
            within(inner, path.substring(slash + 1), change, work);
        }
    }
}
