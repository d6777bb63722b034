package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A directory of the host for the programs of one start, which nobody but their user can enter. */
public final class PrivateDirectory implements AutoCloseable {
    private static final int EXECUTE = 01;

    private final ScratchDirectory scratch;
    private final Path path;

    private PrivateDirectory(ScratchDirectory scratch, Path path) {
        this.scratch = scratch;
        this.path = path;
    }

    /**
     * Makes one.
     *
     * @param uid whose it is; -1 for this process's
     * @param gid the same of its group
     */
    public static PrivateDirectory make(long uid, long gid) throws IOException {
        ScratchDirectory scratch = ScratchDirectory.make();
        try {
            Path path = scratch.path();
            if (uid >= 0) {
                // Its own stays this process's, so that a later one knows it by its owner, should this one be killed.
                path = Files.createDirectory(
                        path.resolve("tmp"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                Files.setAttribute(path, "unix:gid", (int) gid, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(path, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
                Files.setPosixFilePermissions(scratch.path(), PosixFilePermissions.fromString("rwx--x--x"));
            }
            Path real = path.toRealPath();
            if (uid >= 0) {
                passable(real, uid);
            }
            GuestWritable.OF_THIS_JVM.remember(List.of(real));
            return new PrivateDirectory(scratch, real);
        } catch (IOException | RuntimeException | Error e) {
            scratch.close();
            throw e;
        }
    }

    /** Whoever is neither owner nor of the group has to get there. */
    private static void passable(Path path, long uid) throws IOException {
        for (Path above = path.getParent(); above != null; above = above.getParent()) {
            int mode = (Integer) Files.getAttribute(above, "unix:mode");
            if ((mode & EXECUTE) == 0) {
                throw new SandboxException(
                        "make a directory in place of /tmp",
                        null,
                        PathBytes.shown(above),
                        0,
                        "user " + uid + ", whom the program runs as, may not enter it",
                        "name a directory that everybody may enter by -Djava.io.tmpdir=DIRECTORY, such as /tmp");
            }
        }
    }

    /** Where it is. */
    public String path() {
        return new String(PathBytes.of(path), StandardCharsets.UTF_8);
    }

    /** Removes it, on another thread; completes when that has been done, or can't be. */
    public CompletableFuture<Void> removed() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                close();
            } finally {
                done.complete(null);
            }
        });
        return done;
    }

    /** What can't be removed is said in the log, and tried again when the next is made. */
    @Override
    public void close() throws IOException {
        scratch.close();
    }
}
