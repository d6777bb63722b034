package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A directory of ours among cgroups, with a lock by which others know that it is in use ({@code flock(2)}): the lock ends with the last
 * process that holds it, however that ends, so that nothing has to be guessed.
 *
 * @param fd the open directory, locked
 */
public record LockedDirectory(Path path, int fd) {
    /** So that a name tells whose it was. */
    public static final String NAME = "sandjar-[0-9]+-[0-9a-f]{8}";

    /** Whoever could open it could lock it, before us or after our end. A sandbox that is shown its cgroup passes through it. */
    private static final Set<PosixFilePermission> PERMISSIONS = PosixFilePermissions.fromString("rwx--x--x");

    private static final FileAttribute<Set<PosixFilePermission>> OURS =
            PosixFilePermissions.asFileAttribute(PERMISSIONS);

    private static final String STEP = "make a cgroup for sandboxes";
    private static final int TRIES = 16;

    public static LockedDirectory make(Kernel kernel, Path parent) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            String name = String.format(
                    Locale.ROOT,
                    "sandjar-%d-%08x",
                    ProcessHandle.current().pid(),
                    ThreadLocalRandom.current().nextInt());
            Path path = Files.createDirectory(parent.resolve(name), OURS);
            Files.setPosixFilePermissions(path, PERMISSIONS); // whatever the umask of this process
            LockedDirectory made = lock(kernel, path);
            // Between making and locking, somebody who looks for what is left behind may have taken it for that.
            if (made != null && Files.isDirectory(path)) {
                return made;
            }
            if (made != null) {
                kernel.close(made.fd);
            }
        }
        throw new SandboxException(
                STEP,
                "flock",
                PathBytes.shown(parent),
                Errno.EAGAIN.number(),
                "another process removes it each time",
                "try again");
    }

    /** Null if somebody else has it, or it is gone. */
    public static @Nullable LockedDirectory lock(Kernel kernel, Path path) {
        int fd = kernel.open(PathBytes.of(path), Kernel.O_RDONLY | Kernel.O_NOFOLLOW, 0);
        if (fd < 0) {
            return null;
        }
        if (kernel.flock(fd, false) < 0) {
            kernel.close(fd);
            return null;
        }
        return new LockedDirectory(path, fd);
    }
}
