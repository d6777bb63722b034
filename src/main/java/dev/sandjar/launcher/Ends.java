package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import java.util.ArrayList;
import java.util.List;

/** Descriptors that are open on behalf of one start; all are closed, whatever happens. */
final class Ends implements AutoCloseable {
    private final Kernel kernel;
    private final List<Integer> open = new ArrayList<>();

    Ends(Kernel kernel) {
        this.kernel = kernel;
    }

    int keep(int fd, String call, String what) throws SandboxException {
        if (fd < 0) {
            throw new SandboxException("open the streams", call, what, -fd, "", "");
        }
        open.add(fd);
        return fd;
    }

    /** Read and write ends of a new pipe. */
    int[] pipe() throws SandboxException {
        int[] ends = new int[2];
        int made = kernel.pipe(ends);
        if (made < 0) {
            throw new SandboxException(
                    "open the streams", "pipe2", null, -made, "", "raise the limit on open files (RLIMIT_NOFILE)");
        }
        open.add(ends[0]);
        open.add(ends[1]);
        return ends;
    }

    @Override
    public void close() {
        open.forEach(kernel::close);
        open.clear();
    }
}
