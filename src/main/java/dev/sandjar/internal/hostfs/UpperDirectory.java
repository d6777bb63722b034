package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The writable layer of a sandbox in the host's files. One that this library has made is known again: whoever may write to the
 * directory above it can put another in its place, or a link, whose content would pass for what the sandbox wrote. Immutable.
 */
public final class UpperDirectory {
    private static final String STEP = "open a writable layer";

    private final Path path;
    /** Null if the caller named it, who may exchange it. */
    private final GuestWritable.@Nullable Identity identity;

    private UpperDirectory(Path path, GuestWritable.@Nullable Identity identity) {
        this.path = path;
        this.identity = identity;
    }

    /** One that the caller has named. */
    public static UpperDirectory given(Path path) {
        return new UpperDirectory(path, null);
    }

    /** One that was made just now. */
    public static UpperDirectory made(Path path) throws SandboxException {
        try (HostWalk walk = HostWalk.to(path, STEP, HostWalk.Last.NOT_FOLLOWED)) {
            walk.require();
            return new UpperDirectory(
                    path, Objects.requireNonNull(walk.leafStat()).identity());
        }
    }

    public Path path() {
        return path;
    }

    /** What lies in it and belongs to subordinate ids of this user can be read and removed too. */
    public HostDirectory open() throws IOException {
        HostDirectory directory = HostDirectory.openWithSubordinates(path);
        try {
            check(directory.descriptor());
            return directory;
        } catch (IOException | RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    /** The same. */
    public HostTree tree() throws SandboxException {
        HostTree tree = HostTree.openWithSubordinates(path);
        try {
            check(tree.descriptor());
            return tree;
        } catch (SandboxException | RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    /**
     * Removes what was written. Of one that this library has made nothing stays, nor of the directory that was made for it and its work
     * directory; one that the caller has named stays, empty.
     */
    public void remove() throws IOException {
        try (HostDirectory directory = open()) {
            directory.clear();
        }
        Path parent = path.getParent();
        if (identity == null || parent == null) {
            return;
        }
        try (HostDirectory above = HostDirectory.openWithSubordinates(parent)) {
            check(HostStat.of(above.descriptor(), PathBytes.ofLink(path.getFileName())));
            above.clear();
        }
        Files.delete(parent);
    }

    private void check(int fd) throws SandboxException {
        check(HostStat.of(fd, new byte[0]));
    }

    private void check(@Nullable HostStat stat) throws SandboxException {
        if (identity == null) {
            return;
        }
        if (stat == null || !stat.identity().equals(identity)) {
            throw new SandboxException(
                    STEP,
                    "openat",
                    PathBytes.shown(path),
                    Errno.ESTALE.number(),
                    "the directory that was made for this start is no longer there: something else has its name",
                    "keep changes where nobody else, and no sandbox, may write");
        }
    }
}
