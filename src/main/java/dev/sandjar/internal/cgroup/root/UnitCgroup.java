package dev.sandjar.internal.cgroup.root;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.cgroup.ProcessMoves;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A cgroup of v2 that was given to the processes in it, while roots are made there. A cgroup that hands controllers down may hold no
 * processes itself, so they move into one directory beside the roots, whoever comes first, and back when the last root is gone. All of
 * that happens under a lock on the cgroup, since several JVMs may be in it.
 */
final class UnitCgroup {
    /** One for all roots. */
    static final String HOST = "sandjar-host";

    /** For {@code fnmatch(3)}: the roots, and not what is above. */
    private static final String ROOTS = "sandjar-[0-9]*";

    private static final int ROUNDS = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final String LOCK = "lock the cgroup of this process";

    /** Somebody keeps the lock, who need not be another host of sandboxes. */
    static final class LockedException extends SandboxException {
        private static final long serialVersionUID = 1L;

        private LockedException(Path top, Duration patience) {
            super(
                    LOCK,
                    "flock",
                    PathBytes.shown(top),
                    Errno.EAGAIN.number(),
                    "another process has had the cgroup " + PathBytes.shown(top) + " locked for " + patience.toSeconds()
                            + " s",
                    "end that process; lsof(8) names it");
        }
    }

    private final Kernel kernel;
    private final Path top;
    private final Path host;
    private final boolean root;
    private final Duration patience;

    private UnitCgroup(Kernel kernel, Path top, boolean root, Duration patience) {
        this.kernel = kernel;
        this.top = top;
        this.host = top.resolve(HOST);
        this.root = root;
        this.patience = patience;
    }

    /** Of a process that is in it, or has been moved to the side. */
    static UnitCgroup of(Kernel kernel, OwnGroup own) {
        return of(kernel, own, PATIENCE);
    }

    /** @param patience how long somebody else may have the lock before {@link #lock} fails */
    static UnitCgroup of(Kernel kernel, OwnGroup own, Duration patience) {
        return new UnitCgroup(kernel, top(own), own.root(), patience);
    }

    /** The cgroup itself, from wherever in it this process has been moved to. */
    static Path top(OwnGroup own) {
        Path directory = own.directory();
        Path parent = directory.getParent();
        return directory.endsWith(HOST) && parent != null && parent.startsWith(own.mountPoint()) ? parent : directory;
    }

    Path top() {
        return top;
    }

    /** A descriptor that holds the lock, to be closed. */
    int lock() throws IOException {
        int fd = OpenFiles.open(kernel, LOCK, top, Kernel.O_RDONLY);
        long end = System.nanoTime() + patience.toNanos();
        int result = kernel.flock(fd, false);
        // Whoever may read the directory can have it for as long as they like.
        while (result < 0 && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(PAUSE.toNanos());
            result = kernel.flock(fd, false);
        }
        if (result < 0) {
            kernel.close(fd);
            throw new LockedException(top, patience);
        }
        return fd;
    }

    /** Moves the processes out of the way, if that is needed; to where. Under the lock. */
    @Nullable
    Path makeRoom() throws IOException {
        boolean moved = Files.isDirectory(host, LinkOption.NOFOLLOW_LINKS);
        if (root || (!moved && read(top.resolve("cgroup.procs")).isBlank())) {
            return null;
        }
        if (!moved) {
            Files.createDirectory(host);
        }
        moveAll(top, host);
        return host;
    }

    /** What a launcher does at its end, when its own root is gone. */
    List<EndAction> restoring() throws IOException {
        return List.of(
                EndAction.lock(top),
                EndAction.onlyIfNone(top, ROOTS),
                EndAction.write(top.resolve("cgroup.subtree_control"), takenBack()),
                EndAction.moveAll(host, top),
                EndAction.remove(host));
    }

    /** The same at once, with what dead launchers have left; does nothing while there are other roots. Under the lock. */
    void restore() throws IOException {
        new Leftovers(kernel).removeBelow(top);
        if (!Files.isDirectory(host, LinkOption.NOFOLLOW_LINKS) || hasAreas()) {
            return;
        }
        String control = takenBack();
        if (!control.isEmpty()) {
            write(top.resolve("cgroup.subtree_control"), control);
        }
        moveAll(host, top);
        Files.delete(host);
    }

    private boolean hasAreas() throws IOException {
        try (DirectoryStream<Path> roots = Files.newDirectoryStream(top, ROOTS)) {
            return roots.iterator().hasNext();
        }
    }

    private String takenBack() throws IOException {
        String enabled = read(top.resolve("cgroup.subtree_control")).strip();
        return enabled.isEmpty() ? "" : "-" + enabled.replace(" ", " -");
    }

    /** Again until none is left: they may fork meanwhile. */
    private static void moveAll(Path from, Path to) throws IOException {
        Supplier<Set<Long>> listed = () -> ProcessMoves.in(from);
        ProcessMoves moves = new ProcessMoves("move the processes of this cgroup", to, "", listed);
        for (int round = 0; round < ROUNDS; round++) {
            if (read(from.resolve("cgroup.procs")).isBlank()) {
                return;
            }
            moves.move(listed.get());
        }
        throw new IOException("processes keep coming into " + from + " while they are moved out of it");
    }

    private static String read(Path file) throws IOException {
        return BoundedReads.text(file);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.US_ASCII);
    }
}
