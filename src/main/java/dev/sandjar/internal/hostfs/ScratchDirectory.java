package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Cleaners;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of this process below {@code java.io.tmpdir} that only it can enter, and that goes with all it holds: when it is closed,
 * or when nobody holds it any more. One that can't be removed then is tried again whenever another is made. One that outlives its JVM,
 * which was killed or ended with somebody still holding it, goes when another JVM next makes such a directory, which knows by a lock
 * ({@code flock(2)}) that nobody uses it.
 */
public final class ScratchDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScratchDirectory.class);
    private static final String PREFIX = "sandjar-scratch-";
    private static final int TRIES = 16;
    private static final Set<Path> SWEPT = ConcurrentHashMap.newKeySet();
    /** Their locks are kept. */
    private static final Set<Removal> FAILED = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Removal removal;
    private final Cleaners.Cleaning cleanable;

    private ScratchDirectory(Path path, Removal removal) {
        this.path = path;
        this.removal = removal;
        this.cleanable = Cleaners.register(this, removal);
    }

    public static ScratchDirectory make() throws IOException {
        return below(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** The same in another place. */
    public static ScratchDirectory below(Path parent) throws IOException {
        Kernel kernel = Kernel.get();
        if (SWEPT.add(parent)) {
            sweep(kernel, parent);
        }
        for (Removal removal : List.copyOf(FAILED)) {
            // Only one thread at a time has its lock to give back.
            if (FAILED.remove(removal)) {
                removal.run();
            }
        }
        for (int i = 0; i < TRIES; i++) {
            String name = String.format(
                    Locale.ROOT,
                    "%s%d-%08x",
                    PREFIX,
                    ProcessHandle.current().pid(),
                    ThreadLocalRandom.current().nextInt());
            Path path = Files.createDirectory(
                    parent.resolve(name),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            LockedDirectory locked = LockedDirectory.lock(kernel, path);
            // Between making and locking, somebody who looks for what is left behind may have taken it for that.
            if (locked != null && Files.isDirectory(path)) {
                return new ScratchDirectory(path, new Removal(kernel, parent, name, locked.fd()));
            }
            if (locked != null) {
                kernel.close(locked.fd());
            }
            // Where there are no more descriptors it is there, without a lock.
            Files.deleteIfExists(path);
        }
        throw new SandboxException(
                "make a scratch directory",
                "flock",
                PathBytes.shown(parent),
                Errno.EAGAIN.number(),
                "another process removes it each time",
                "try again");
    }

    /** What killed processes of this user have left. */
    private static void sweep(Kernel kernel, Path parent) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path path : left) {
                LockedDirectory locked = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && isOurs(path)
                        ? LockedDirectory.lock(kernel, path)
                        : null;
                if (locked != null) {
                    new Removal(kernel, parent, String.valueOf(path.getFileName()), locked.fd()).run();
                }
            }
        } catch (IOException e) {
            LOG.debug("{} can't be searched for what is left", parent, e);
        }
    }

    /** Everybody may make such a name in a common directory; ours nobody else could have made. */
    private static boolean isOurs(Path path) throws IOException {
        Path self = Path.of("/proc/self");
        return Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                .equals(Files.getAttribute(self, "unix:uid"));
    }

    public Path path() {
        return path;
    }

    /** Removes it with all it holds. */
    @Override
    public void close() throws IOException {
        cleanable.clean();
        IOException failure = removal.failure;
        if (failure != null) {
            throw new IOException(path + " can't be removed", failure);
        }
    }

    /** Knows everything but the object itself. */
    private static final class Removal implements Runnable {
        private final Kernel kernel;
        private final Path parent;
        private final String name;
        private final int lock;
        private volatile @Nullable IOException failure;

        Removal(Kernel kernel, Path parent, String name, int lock) {
            this.kernel = kernel;
            this.parent = parent;
            this.name = name;
            this.lock = lock;
        }

        @Override
        public void run() {
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            SubordinateFiles.Use use = SubordinateFiles.use();
            try (HostDirectory above = HostDirectory.openWithSubordinates(parent)) {
                try (HostDirectory directory = above.directory(bytes)) {
                    directory.clear();
                }
                above.remove(bytes);
                failure = null;
                kernel.close(lock);
            } catch (IOException e) {
                Path path = parent.resolve(name);
                if (failure == null) {
                    LOG.warn("{} can't be removed, which is tried again when the next is made", path, e);
                }
                failure = e;
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                    FAILED.add(this);
                } else {
                    kernel.close(lock); // somebody else has done it
                }
            } finally {
                use.close();
            }
        }
    }
}
