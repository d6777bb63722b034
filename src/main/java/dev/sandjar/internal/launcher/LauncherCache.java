package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoErrors;
import dev.sandjar.internal.util.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A copy of the launcher on disk, in a directory that only this user can write to. */
final class LauncherCache {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("r-x------");
    private static final int OTHERS = 0077;
    private static final int CHUNK = 1 << 16;

    private final Kernel kernel;
    private final LauncherResource program;
    private final Path directory;
    private final Path path;

    LauncherCache(Kernel kernel, Path directory, LauncherResource program) {
        this.kernel = kernel;
        this.program = program;
        String name = program.version() + "-" + program.sha256().substring(0, 16);
        this.directory = directory.resolve("sandjar").resolve(name);
        this.path = this.directory.resolve("sandjar-launcher");
    }

    Path path() {
        return path;
    }

    /** The file, open for reading, with exactly the right bytes; it is written if need be. */
    int open() throws SandboxException {
        try {
            makePrivate();
            int fd = openChecked();
            if (fd < 0) {
                write();
                fd = openChecked();
            }
            if (fd < 0) {
                throw problem(-fd, "it does not hold what was just written to it");
            }
            return fd;
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            SandboxException failure = problem(IoErrors.errno(e), "the cache directory can't be used: " + e);
            failure.initCause(e);
            throw failure;
        }
    }

    private int openChecked() {
        int opened = kernel.open(PathBytes.of(path), Kernel.O_RDONLY | Kernel.O_NOFOLLOW | Kernel.O_NONBLOCK, 0);
        if (opened < 0) {
            return opened;
        }
        // The child gets its standard descriptors before it executes: the program may not have one of their numbers.
        int fd = kernel.raise(opened);
        kernel.close(opened);
        if (fd < 0) {
            return fd;
        }
        if (program.sha256().equals(LauncherResource.sha256(read(fd)))) {
            return fd;
        }
        kernel.close(fd);
        return -Errno.EBADMSG.number();
    }

    /** No more than one byte beyond what is expected, whatever the file has become. */
    private byte[] read(int fd) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(program.bytes().length + 1);
        byte[] buffer = new byte[CHUNK];
        while (bytes.size() <= program.bytes().length) {
            int n = kernel.read(fd, buffer, 0, buffer.length);
            if (n <= 0) {
                break;
            }
            bytes.write(buffer, 0, n);
        }
        return bytes.toByteArray();
    }

    private void write() throws IOException {
        Path fresh = Files.createTempFile(directory, ".new", null);
        try {
            Files.write(fresh, program.bytes());
            Files.setPosixFilePermissions(fresh, PROGRAM);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private void makePrivate() throws IOException {
        try {
            Files.createDirectories(directory.resolveSibling(""), PRIVATE);
            Files.createDirectory(directory, PRIVATE);
        } catch (FileAlreadyExistsException e) {
            // Made by an earlier run, or planted: then whoever owns it could write to the program that we execute.
            Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            int mode = (int) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    || (mode & OTHERS) != 0
                    || ((Integer) owner).longValue() != ownUid()) {
                throw problem(Errno.EACCES.number(), "its directory does not belong to this user alone (mode 0700)");
            }
        }
    }

    /** Not the owner of /proc/self, which is root for a process that may not be dumped. */
    private static int ownUid() throws IOException {
        for (String line : BoundedReads.lines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Uid:")) {
                return Integer.parseUnsignedInt(
                        line.substring("Uid:".length()).strip().split("\\s+", -1)[1]);
            }
        }
        throw new IOException("/proc/self/status has no Uid");
    }

    private SandboxException problem(int errno, String reason) {
        return new SandboxException(
                "unpack the launcher",
                null,
                PathBytes.shown(path),
                errno,
                reason,
                "name a directory of your own, where programs may be executed, with -Dsandjar.dir=DIRECTORY");
    }
}
