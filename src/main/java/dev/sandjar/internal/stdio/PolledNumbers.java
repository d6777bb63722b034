package dev.sandjar.internal.stdio;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.UsedDescriptor;

/** The numbers of a {@link PolledFd}: of the descriptor, and of a pipe by which those that wait for it are woken. */
final class PolledNumbers extends UsedDescriptor {
    private static final byte[] BYTE = {1};

    final KeptOutput kept = new KeptOutput();
    final int fd;
    final int wakeRead;

    private final Kernel kernel;
    private final int wakeWrite;

    PolledNumbers(Kernel kernel, int fd, int wakeRead, int wakeWrite) {
        this.kernel = kernel;
        this.fd = fd;
        this.wakeRead = wakeRead;
        this.wakeWrite = wakeWrite;
    }

    @Override
    protected void wake() {
        kernel.write(wakeWrite, BYTE, 0, 1);
    }

    @Override
    protected void closeNow() {
        kernel.close(fd);
        kernel.close(wakeRead);
        kernel.close(wakeWrite);
    }
}
