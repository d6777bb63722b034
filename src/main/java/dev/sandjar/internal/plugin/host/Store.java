package dev.sandjar.internal.plugin.host;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.IoErrors;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.UserCache;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Files that workers see, by the hash of their content, in a directory of this user alone. A plugin's jar is copied here, so that every
 * user of a sandbox may read it, and nobody changes it below a worker.
 */
final class Store {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Set<PosixFilePermission> SHOWN = PosixFilePermissions.fromString("r--r--r--");
    private static final int OTHERS = 0077;
    /** A jar that lies about the time of its last change would not fit its archive. */
    private static final FileTime THEN = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

    private static final Duration KEPT = Duration.ofDays(30);
    /** Files of one virtual machine can't lock each other out. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private final Path directory;
    private final InstantSource clock;

    private Store(Path directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    static Store open() throws IOException {
        Path directory = UserCache.directory().resolve("sandjar").resolve("plugins");
        try {
            return in(directory, InstantSource.system());
        } catch (FileSystemException e) {
            SandboxException failure = new SandboxException(
                    "keep the jars of a plugin",
                    null,
                    PathBytes.shown(directory),
                    IoErrors.errno(e),
                    "they are copied to a directory of this user's, which can't be made or written to"
                            + (IoErrors.reason(e).isEmpty() ? "" : ": " + IoErrors.reason(e)),
                    "name another place with -Dsandjar.dir=DIRECTORY");
            failure.initCause(e);
            throw failure;
        }
    }

    static Store in(Path directory, InstantSource clock) throws IOException {
        Files.createDirectories(directory.getParent(), PRIVATE);
        if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.createDirectory(directory, PRIVATE);
            } catch (FileAlreadyExistsException e) {
                return checked(directory, clock); // by another process, meanwhile
            }
        }
        return checked(directory, clock);
    }

    /** Made by an earlier run, or planted: then whoever owns it could change what workers execute. */
    private static Store checked(Path directory, InstantSource clock) throws IOException {
        int mode = (int) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        Path own = Files.createTempFile(directory, ".new", null);
        boolean ours = Files.getOwner(own, LinkOption.NOFOLLOW_LINKS)
                .equals(Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS));
        Files.delete(own);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || (mode & OTHERS) != 0 || !ours) {
            throw new IOException(
                    directory + " does not belong to this user alone (mode 0700): remove it, or name another"
                            + " place with -Dsandjar.dir=DIRECTORY");
        }
        return new Store(directory, clock);
    }

    /** A file of the store. */
    record Kept(Path path, String hash) {}

    /** What is written at the first use. */
    interface Content {
        void write(OutputStream out) throws IOException;
    }

    Kept jar(byte[] bytes) throws IOException {
        return keep(out -> out.write(bytes));
    }

    /** A jar, or a directory of classes as one. */
    Kept jar(Path entry) throws IOException {
        return keep(new ClassPathEntry(entry, ClassPathEntry.BYTES_MAX)::write);
    }

    private Kept keep(Content content) throws IOException {
        MessageDigest digest = sha256();
        Path fresh = Files.createTempFile(directory, ".new", null);
        try {
            try (OutputStream out = new DigestOutputStream(Files.newOutputStream(fresh), digest)) {
                content.write(out);
            }
            String hash = HexFormat.of().formatHex(digest.digest());
            Path path = directory.resolve(hash + ".jar");
            if (Files.exists(path)) {
                touch(path);
            } else {
                publish(fresh, path);
            }
            return new Kept(path, hash);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void publish(Path fresh, Path path) throws IOException {
        Files.setPosixFilePermissions(fresh, SHOWN);
        Files.setLastModifiedTime(fresh, THEN);
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Its time of change has to stay. */
    private void touch(Path path) throws IOException {
        Files.getFileAttributeView(path, BasicFileAttributeView.class)
                .setTimes(null, FileTime.from(clock.instant()), null);
    }

    /** What makes a file that doesn't follow from its content. */
    interface Maker {
        /** Fills an empty file; false if there is to be none. */
        boolean make(Path file) throws IOException;
    }

    /** A file by a key, which one process at a time makes; null if its maker did not. */
    @Nullable
    Path archive(String key, Maker maker) throws IOException {
        Path path = directory.resolve(key + ".jsa");
        if (Files.exists(path)) {
            touch(path);
            return path;
        }
        LOCK.lock();
        try (FileChannel file =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock unused = file.lock(); // until the file is closed
            if (Files.exists(path)) {
                return path;
            }
            sweep();
            Path fresh = Files.createTempFile(directory, ".new", null);
            try {
                if (!maker.make(fresh)) {
                    return null;
                }
                publish(fresh, path);
                return path;
            } finally {
                Files.deleteIfExists(fresh);
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** Removes what nobody has read for long; workers that have it open keep it. */
    private void sweep() throws IOException {
        Instant old = clock.instant().minus(KEPT);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.{jar,jsa}")) {
            for (Path file : files) {
                FileTime read = (FileTime) Files.getAttribute(file, "lastAccessTime");
                FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
                if (read.toInstant().isBefore(old) && changed.toInstant().isBefore(old)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
