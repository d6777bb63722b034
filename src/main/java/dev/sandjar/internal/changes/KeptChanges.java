package dev.sandjar.internal.changes;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostDirectory;
import dev.sandjar.internal.hostfs.SubordinateFiles;
import dev.sandjar.internal.hostfs.UpperDirectory;
import dev.sandjar.internal.util.IoErrors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The new directory of one start under an overlay root whose changes stay: {@code upper} and {@code work} in it. */
final class KeptChanges {
    private static final byte[] UPPER = "upper".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] WORK = "work".getBytes(StandardCharsets.US_ASCII);

    private final Path directory;
    private @Nullable UpperDirectory upper;
    private int mode = 0755;

    private KeptChanges(Path directory) {
        this.directory = directory;
    }

    static KeptChanges create(Path parent) throws IOException {
        KeptChanges changes = new KeptChanges(makeUnique(parent));
        try {
            // By descriptor: where a sandbox may write to the parent, the names lead where it wants.
            try (HostDirectory directory = HostDirectory.open(changes.directory)) {
                // The upper directory's mode is that of the root inside, where others than the owner have to get in.
                make(directory, UPPER, 0755);
                make(directory, WORK, 0700);
            }
            changes.upper = UpperDirectory.made(changes.directory.resolve("upper"));
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
            try (HostDirectory directory = upper().open()) {
                directory.changeMode(mode);
            }
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

    private static void make(HostDirectory directory, byte[] name, int mode) throws IOException {
        directory.makeDirectory(name);
        try (HostDirectory made = directory.directoryAsItIs(name)) {
            made.changeMode(mode);
        }
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
        UpperDirectory made = upper;
        SubordinateFiles.Use use = SubordinateFiles.use();
        try {
            if (made != null) {
                made.remove();
                return;
            }
            try (HostDirectory own = HostDirectory.openWithSubordinates(directory)) {
                own.clear();
            }
            Files.delete(directory);
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        } finally {
            use.close();
        }
    }
}
