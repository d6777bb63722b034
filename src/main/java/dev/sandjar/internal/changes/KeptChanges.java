package dev.sandjar.internal.changes;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.UpperDirectory;
import dev.sandjar.internal.util.IoErrors;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The new directory of one start under an overlay root whose changes stay: {@code upper} and {@code work} in it. */
final class KeptChanges {
    private final Path directory;
    private @Nullable UpperDirectory upper;
    private int mode = 0755;

    private KeptChanges(Path directory) {
        this.directory = directory;
    }

    static KeptChanges create(Path parent) throws IOException {
        KeptChanges changes = new KeptChanges(makeUnique(parent));
        try {
            // The upper directory's mode is that of the root inside, where others than the owner have to get in.
            Path upper = changes.directory.resolve("upper");
            make(upper, "rwxr-xr-x");
            changes.upper = UpperDirectory.made(upper);
            make(changes.directory.resolve("work"), "rwx------");
            return changes;
        } catch (IOException | RuntimeException | Error e) {
            changes.remove(e);
            throw e;
        }
    }

    /** For what an image says of its root, which the layer hides. */
    KeptChanges like(Path lower) throws IOException {
        try {
            // All twelve bits.
            mode = Integer.parseInt(String.valueOf(Files.getAttribute(lower, "unix:mode"))) & 07777;
            Files.setAttribute(upper().path(), "unix:mode", mode);
            return this;
        } catch (IOException | RuntimeException | Error e) {
            remove(e);
            throw e;
        }
    }

    private static Path makeUnique(Path parent) throws SandboxException {
        try {
            return Files.createTempDirectory(parent, "sandjar-");
        } catch (IOException e) {
            SandboxException failure = new SandboxException(
                    "make a directory for kept changes",
                    "mkdir",
                    parent.toString(),
                    IoErrors.errno(e),
                    IoErrors.reason(e),
                    "give keepChanges(...) an existing directory that this process may write to");
            failure.initCause(e);
            throw failure;
        }
    }

    private static void make(Path path, String permissions) throws IOException {
        Files.createDirectory(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    Path directory() {
        return directory;
    }

    /** The permissions of the upper directory before anything was started with it. */
    int mode() {
        return mode;
    }

    UpperDirectory upper() {
        return Objects.requireNonNull(upper);
    }

    /** After a start that failed. What can't be removed is reported along with the failure. */
    void remove(Throwable failure) {
        try {
            delete(directory);
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static void delete(Path path) throws IOException {
        try {
            Files.delete(path);
        } catch (DirectoryNotEmptyException e) {
            empty(path);
            Files.delete(path);
        }
    }

    private static void empty(Path path) throws IOException {
        try {
            deleteEntries(path);
        } catch (AccessDeniedException e) {
            // overlayfs leaves a directory without any permission in its work directory.
            if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
            deleteEntries(path);
        }
    }

    private static void deleteEntries(Path path) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                delete(entry);
            }
        }
    }
}
