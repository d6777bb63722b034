package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Memory that is shared with a program: a memfd whose size is sealed, so that the program can't take away what is mapped here
 * (memfd_create(2), F_SEAL_SHRINK). It takes no memory before it is written to.
 */
public final class SharedFile implements AutoCloseable {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_NOEXEC_SEAL = 8;
    private static final int F_ADD_SEALS = 1033;
    private static final int SEAL_SEAL = 1;
    private static final int SEAL_SHRINK = 2;
    private static final int SEAL_GROW = 4;
    private static final int PUNCH_HOLE_KEEP_SIZE = 3;
    private static final String STEP = "share memory with a plugin";

    private final Kernel kernel;
    private final long size;
    private int fd;

    private SharedFile(Kernel kernel, int fd, long size) {
        this.kernel = kernel;
        this.fd = fd;
        this.size = size;
    }

    public static SharedFile open(long size) throws IOException {
        Kernel kernel = Kernel.get();
        int fd = kernel.memfd("sandjar-shared", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
        if (Errno.EINVAL.is(-fd)) {
            // Before Linux 6.3.
            fd = kernel.memfd("sandjar-shared", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        }
        SharedFile file = new SharedFile(kernel, Calls.check(fd, STEP, "memfd_create", null), size);
        try {
            try (RandomAccessFile whole = new RandomAccessFile(file.path().toFile(), "rw")) {
                whole.setLength(size);
            }
            int sealed = kernel.fcntl(fd, F_ADD_SEALS, SEAL_SEAL | SEAL_SHRINK | SEAL_GROW);
            Calls.check(sealed, STEP, "fcntl", null);
            return file;
        } catch (SandboxException e) {
            file.close();
            throw e;
        } catch (IOException e) {
            String path = file.path().toString();
            file.close();
            throw new SandboxException(
                    STEP,
                    "ftruncate",
                    path,
                    0,
                    "it can't be made " + size + " bytes long: " + e.getMessage(),
                    "mount /proc for this process, whose files /proc/self/fd names, and leave it memory and a limit of file sizes"
                            + " (ulimit -f) for that");
        }
    }

    /** While this is open. */
    public synchronized Path path() {
        if (fd < 0) {
            throw new IllegalStateException("the shared file is closed");
        }
        return Path.of("/proc/self/fd", Integer.toString(fd));
    }

    /** All of it. The mapping lives until nobody knows it any more, also after {@link #close}. */
    public synchronized MappedByteBuffer map() throws IOException {
        try (RandomAccessFile whole = new RandomAccessFile(path().toFile(), "rw")) {
            return whole.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, size);
        }
    }

    /** Gives the memory back, whoever still maps it. */
    @Override
    public synchronized void close() {
        if (fd >= 0) {
            int unused = kernel.fallocate(fd, PUNCH_HOLE_KEEP_SIZE, 0, size);
            kernel.close(fd);
            fd = -1;
        }
    }
}
