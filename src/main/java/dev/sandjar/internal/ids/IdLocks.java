package dev.sandjar.internal.ids;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoErrors;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.internal.util.UserCache;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file by whose locks the processes of a host share out ids: byte N belongs to whoever may use slot N. The locks are those of an
 * open file ({@code F_OFD_SETLK} of {@code fcntl(2)}): they end when nobody has it open any more. Not thread-safe.
 */
final class IdLocks {
    private static final Path RUN = Path.of("/run");
    private static final String NAME = "sandjar/ids.lock";

    private static final String STEP = "choose private ids";
    private static final String REMEDY =
            "make it writable for root alone; or name a directory that all JVMs of root here share with"
                    + " -Dsandjar.dir=DIRECTORY, which serves where /run can't be written; or use IdMapping.single()";
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final int NONE = -1;
    /** Nobody else may open it: a lock for reading would be enough to keep everybody from a slot. */
    private static final int MODE = 0600;

    private final Kernel kernel;
    private final Path file;
    private int fd = NONE;

    IdLocks(Kernel kernel, Path file) {
        this.kernel = kernel;
        this.file = file;
    }

    /** In /run, which every process of the host has in common; where that is not to be had, in the directory that was named for it. */
    static Path file() {
        return file(RUN, UserCache.configured());
    }

    static Path file(Path run, @Nullable Path configured) {
        Path usual = run.resolve(NAME);
        boolean usable = Files.isWritable(usual.resolveSibling("")) || Files.isWritable(run);
        return usable || configured == null ? usual : configured.resolve(NAME);
    }

    Path path() {
        return file;
    }

    int descriptor() throws SandboxException {
        if (fd == NONE) {
            makeDirectory(file.resolveSibling("").toAbsolutePath());
            int flags = Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_NOFOLLOW;
            int opened = kernel.open(PathBytes.of(file), flags, MODE);
            if (opened < 0) {
                throw new SandboxException(STEP, "open", PathBytes.shown(file), -opened, "", REMEDY);
            }
            fd = opened;
        }
        return fd;
    }

    /** False if another process has it. */
    boolean lock(int slot) throws SandboxException {
        int result = kernel.lockByte(descriptor(), slot);
        if (result < 0 && !Errno.EAGAIN.is(-result) && !Errno.EACCES.is(-result)) {
            throw new SandboxException(STEP, "fcntl(F_OFD_SETLK)", PathBytes.shown(file), -result, "", REMEDY);
        }
        return result >= 0;
    }

    void unlock(int slot) {
        kernel.unlockByte(fd, slot);
    }

    /** Gives all slots back. */
    void close() {
        if (fd != NONE) {
            kernel.close(fd);
            fd = NONE;
        }
    }

    private static void makeDirectory(Path directory) throws SandboxException {
        try {
            Path above = directory.getParent();
            if (above != null && !above.equals(RUN)) {
                Files.createDirectories(above, PRIVATE);
            }
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new SandboxException(
                        STEP, null, PathBytes.shown(directory), Errno.ENOTDIR.number(), "", "remove it");
            }
        } catch (IOException e) {
            throw new SandboxException(
                    STEP, "mkdir", PathBytes.shown(directory), IoErrors.errno(e), IoErrors.reason(e), REMEDY);
        }
    }
}
