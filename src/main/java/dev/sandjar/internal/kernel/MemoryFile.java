package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import java.nio.file.Path;

/** A file of this process alone, in memory and without a name ({@code memfd_create(2)}). Thread-safe but for {@link #close}. */
public final class MemoryFile implements AutoCloseable {
    private static final int CLOEXEC = 1;
    private static final String STEP = "make a file in memory";

    private final Kernel kernel;
    private final int fd;
    private boolean closed;

    private MemoryFile(Kernel kernel, int fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /** @param name for people, as /proc shows it */
    public static MemoryFile of(String name, byte[] content) throws SandboxException {
        Kernel kernel = Kernel.get();
        int fd = Calls.check(kernel.memfd(name, CLOEXEC), STEP, "memfd_create", null);
        MemoryFile file = new MemoryFile(kernel, fd);
        int written = Calls.writeAll(kernel, fd, content);
        if (written < 0) {
            file.close();
            throw Calls.failure(STEP, "write", null, -written);
        }
        return file;
    }

    /** By which this process opens it anew, at its beginning, while it is open. */
    public Path path() {
        return Path.of("/proc/self/fd", Integer.toString(fd));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            kernel.close(fd);
        }
    }
}
