package dev.sandjar.internal.engine;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies of small directories in memory, whose entries are made in one order or the other: tmpfs lists them in that order. A guest may
 * change what is copied meanwhile: nothing is opened through a link that it could have made, and what turns out to be too large ends it.
 */
final class OrderedCopies implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long BYTES_MAX = 32L << 20;
    private static final int ENTRIES_MAX = 5_000;
    private static final int PERMISSIONS = 07777;

    private final ScratchDirectory scratch;
    private final boolean backwards;
    private final Map<Path, Path> copies = new LinkedHashMap<>();
    private final Map<Path, String> leftOut = new LinkedHashMap<>();
    private long bytes;
    private int entries;
    private int begun;

    private OrderedCopies(ScratchDirectory scratch, boolean backwards) {
        this.scratch = scratch;
        this.backwards = backwards;
    }

    static OrderedCopies of(List<Path> sources, boolean backwards) throws IOException, Perturber.NotTriedException {
        if (!Files.isWritable(MEMORY) || !Files.getFileStore(MEMORY).type().equals("tmpfs")) {
            throw new Perturber.NotTriedException(MEMORY + " is not a tmpfs that this process may write to");
        }
        OrderedCopies made = new OrderedCopies(ScratchDirectory.below(MEMORY), backwards);
        try {
            Files.setPosixFilePermissions(made.scratch.path(), PosixFilePermissions.fromString("rwx--x--x"));
            try (HostTree place = HostTree.open(made.scratch.path())) {
                for (Path source : sources) {
                    made.add(source, place);
                }
            }
            return made;
        } catch (IOException | RuntimeException | Error e) {
            made.close();
            throw e;
        }
    }

    private void add(Path source, HostTree place) throws IOException {
        if (!Files.isDirectory(source)) {
            return;
        }
        try (HostTree from = HostTree.open(source)) {
            bytes = 0;
            entries = 0;
            String reason = unsuited(from);
            if (!reason.isEmpty()) {
                leftOut.put(source, reason);
                return;
            }
            bytes = 0;
            entries = 0;
            String name = "copy" + ++begun;
            copy(from, place, name);
            copies.put(source, scratch.path().resolve(name));
        } catch (SandboxException e) {
            if (!Errno.EACCES.is(e.errno())) {
                throw e;
            }
            leftOut.put(source, "this process may not read " + e.path().orElse("what is in it"));
        }
    }

    /** Why a directory is not copied; empty if it can be. */
    private String unsuited(HostTree directory) throws IOException {
        List<String> names = directory.list();
        entries += names.size();
        if (entries > ENTRIES_MAX) {
            return "it has more than " + ENTRIES_MAX + " entries";
        }
        for (String name : names) {
            HostTree.Stat stat = directory.stat(name);
            String reason = stat == null ? directory + " was changed meanwhile" : unsuited(directory, name, stat);
            if (!reason.isEmpty()) {
                return reason;
            }
        }
        return "";
    }

    private String unsuited(HostTree directory, String name, HostTree.Stat stat) throws IOException {
        return switch (stat.type()) {
            case HostTree.S_IFLNK -> "";
            case HostTree.S_IFREG -> {
                bytes += stat.size();
                yield bytes <= BYTES_MAX ? "" : "its files have more than " + (BYTES_MAX >> 20) + " MiB";
            }
            case HostTree.S_IFDIR -> unsuitedInside(directory, name);
            default -> directory.shown(name) + " is not a regular file, directory or link";
        };
    }

    private String unsuitedInside(HostTree directory, String name) throws IOException {
        try (HostTree inside = directory.beneath(name)) {
            return unsuited(inside);
        } catch (SandboxException e) {
            if (Errno.EXDEV.is(e.errno())) {
                return directory.shown(name) + " is on another file system"; // of any size
            }
            throw e;
        }
    }

    private void copy(HostTree from, HostTree parent, String name) throws IOException {
        parent.mkdir(name, 0700);
        try (HostTree to = parent.beneath(name)) {
            List<String> names = from.list();
            Collections.sort(names);
            if (backwards) {
                Collections.reverse(names);
            }
            for (String entry : names) {
                copyEntry(from, to, entry);
            }
            HostTree.Stat stat = from.stat("");
            if (stat != null) {
                to.chmod(".", stat.mode() & PERMISSIONS);
                to.times("", stat.seconds(), stat.nanoseconds());
            }
        }
    }

    private void copyEntry(HostTree from, HostTree to, String name) throws IOException {
        HostTree.Stat stat = from.stat(name);
        if (stat == null || ++entries > ENTRIES_MAX) {
            throw changed(from, name);
        }
        switch (stat.type()) {
            case HostTree.S_IFDIR -> {
                try (HostTree inside = from.beneath(name)) {
                    copy(inside, to, name);
                }
                return;
            }
            case HostTree.S_IFLNK -> {
                to.symlink(from.readlink(name), name);
                own(to, name, stat);
            }
            case HostTree.S_IFREG -> {
                content(from, to, name);
                own(to, name, stat);
                to.chmod(name, stat.mode() & PERMISSIONS);
            }
            default -> throw changed(from, name);
        }
        to.times(name, stat.seconds(), stat.nanoseconds());
    }

    /** Who may not give files away has all copies for its own, in the one order as in the other. */
    private static void own(HostTree to, String name, HostTree.Stat stat) throws SandboxException {
        try {
            to.chown(name, stat.uid(), stat.gid());
        } catch (SandboxException e) {
            if (!Errno.EPERM.is(e.errno()) && !Errno.EINVAL.is(e.errno())) {
                throw e;
            }
        }
    }

    private void content(HostTree from, HostTree to, String name) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = from.read(name).content();
                HostFile file = to.create(name);
                OutputStream out = file.output()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                bytes += n;
                if (bytes > BYTES_MAX) {
                    throw changed(from, name);
                }
                out.write(buffer, 0, n);
            }
        }
    }

    private static SandboxException changed(HostTree directory, String name) {
        return new SandboxException(
                "copy the inputs",
                null,
                directory + "/" + name,
                0,
                "somebody has changed it while it was copied",
                "let nobody write to the inputs of a program while its hermeticity is checked");
    }

    /** Directories of which there is no copy, with the reason. */
    Map<Path, String> leftOut() {
        return leftOut;
    }

    /** From each source that was small enough to its copy. */
    Map<Path, Path> copies() {
        return copies;
    }

    @Override
    public void close() throws IOException {
        scratch.close();
    }
}
