package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.Errno;
import dev.sandjar.internal.Nullable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A copy of the launcher on disk, in a directory that only this user can write to. */
final class LauncherCache {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("r-x------");

    private LauncherCache() {}

    /** The cached file with exactly these bytes, written if need be. */
    static Path file(byte[] program, String sha256) throws SandboxException {
        Path directory = base().resolve("launcher-" + sha256.substring(0, 16));
        Path file = directory.resolve("sandjar-launcher");
        try {
            Path parent = directory.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            createPrivate(directory);
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || !sha256.equals(LauncherBinary.sha256(Files.readAllBytes(file)))) {
                Path fresh = Files.createTempFile(directory, ".new", null);
                try {
                    Files.write(fresh, program);
                    Files.setPosixFilePermissions(fresh, PROGRAM);
                    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                } finally {
                    Files.deleteIfExists(fresh);
                }
            }
            return file;
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            throw problem(directory, "the cache directory can't be used: " + e.getMessage());
        }
    }

    private static void createPrivate(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
        } catch (FileAlreadyExistsException e) {
            // Made by an earlier run, or planted: then whoever owns it could swap the program between check and start.
            Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            boolean safe = Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    && owner.equals(self)
                    && Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS).equals(PRIVATE);
            if (!safe) {
                throw problem(directory, "it does not belong to this user alone");
            }
        }
    }

    private static SandboxException problem(Path directory, String reason) {
        return new SandboxException(
                "unpack the launcher",
                null,
                directory.toString(),
                Errno.EACCES.number(),
                reason,
                "name a directory of your own with -Dsandjar.dir=DIRECTORY");
    }

    private static Path base() {
        String configured = System.getProperty("sandjar.dir");
        if (configured != null) {
            return Path.of(configured).toAbsolutePath();
        }
        return xdg(System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home", "/"));
    }

    static Path xdg(@Nullable String cacheHome, String home) {
        // The specification has relative values ignored.
        Path base = cacheHome != null && cacheHome.startsWith("/") ? Path.of(cacheHome) : Path.of(home, ".cache");
        return base.resolve("sandjar");
    }
}
