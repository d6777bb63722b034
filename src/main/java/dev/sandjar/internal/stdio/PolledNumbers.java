package dev.sandjar.internal.stdio;

import dev.sandjar.internal.kernel.Kernel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The numbers of a {@link PolledFd} and who uses them, apart from the object whose end may close them. They are closed when the last user
 * has left. Thread-safe.
 */
final class PolledNumbers {
    private static final byte[] BYTE = {1};

    final KeptOutput kept = new KeptOutput();

    private final Kernel kernel;
    final int fd;
    final int wakeRead;
    private final int wakeWrite;
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
    private boolean closing;

    PolledNumbers(Kernel kernel, int fd, int wakeRead, int wakeWrite) {
        this.kernel = kernel;
        this.fd = fd;
        this.wakeRead = wakeRead;
        this.wakeWrite = wakeWrite;
    }

    boolean enter() {
        lock.lock();
        try {
            if (!closing) {
                users++;
            }
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            users--;
            if (closing && users == 0) {
                closeAll();
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            if (closing) {
                return;
            }
            closing = true;
            if (users == 0) {
                closeAll();
            } else {
                kernel.write(wakeWrite, BYTE, 0, 1);
            }
        } finally {
            lock.unlock();
        }
    }

    private void closeAll() {
        kernel.close(fd);
        kernel.close(wakeRead);
        kernel.close(wakeWrite);
    }
}
