package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Platform;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** A program of this jar in a sealed memfd, which other processes of this user can open and execute by its path. */
public final class ProgramInMemory implements AutoCloseable {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_EXEC = 0x10;
    private static final int F_ADD_SEALS = 1033;
    private static final int ALL_SEALS = 1 | 2 | 4 | 8;

    private final Kernel kernel;
    private final int fd;

    private ProgramInMemory(Kernel kernel, int fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /** @param name of a program beside the launcher */
    public static ProgramInMemory open(String name) throws IOException {
        byte[] bytes = read(name);
        Kernel kernel = Kernel.get();
        int fd = kernel.memfd(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
        if (Errno.EINVAL.is(-fd)) {
            fd = kernel.memfd(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        }
        Calls.check(fd, "load " + name, "memfd_create", name);
        int done = 0;
        while (done < bytes.length) {
            int n = kernel.write(fd, bytes, done, bytes.length - done);
            if (n < 0) {
                kernel.close(fd);
                Calls.check(n, "load " + name, "write", name);
            }
            done += n;
        }
        kernel.fcntl(fd, F_ADD_SEALS, ALL_SEALS);
        return new ProgramInMemory(kernel, fd);
    }

    private static byte[] read(String name) throws IOException {
        Platform.require();
        String resource = "/" + Platform.platform(System.getProperty("os.arch", "")) + "/" + name;
        try (InputStream in = ProgramInMemory.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new SandboxException(
                        "read " + name,
                        null,
                        resource,
                        0,
                        "this jar has no such program for this machine",
                        "build it on such a machine");
            }
            return BoundedReads.bytes(in, BoundedReads.RESOURCE_MAX, resource);
        }
    }

    /** For as long as this is open. */
    public Path path() {
        return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", Integer.toString(fd));
    }

    @Override
    public void close() {
        kernel.close(fd);
    }
}
