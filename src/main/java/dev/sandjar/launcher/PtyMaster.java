package dev.sandjar.launcher;

import dev.sandjar.internal.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The host's side of a pseudo-terminal. It can't be opened again by path (that makes a new terminal), so it is read and written by
 * number. The number is closed only when no thread is using it: closing wakes a blocked reader first.
 */
final class PtyMaster {
    private static final int POLLIN = 1;
    private static final byte[] WAKE = {1};

    private final Kernel kernel;
    private final int fd;
    private final int wakeRead;
    private final int wakeWrite;
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private final AtomicBoolean closing = new AtomicBoolean();
    private boolean closed;

    PtyMaster(Kernel kernel, int fd) throws IOException {
        this.kernel = kernel;
        this.fd = fd;
        int[] wake = new int[2];
        int made = kernel.pipe(wake);
        if (made < 0) {
            kernel.close(fd);
            throw new IOException("pipe2: " + Errno.describe(-made));
        }
        wakeRead = wake[0];
        wakeWrite = wake[1];
    }

    void resize(int rows, int columns) {
        use.readLock().lock();
        try {
            if (!closed) {
                kernel.windowSize(fd, rows, columns);
            }
        } finally {
            use.readLock().unlock();
        }
    }

    void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        kernel.write(wakeWrite, WAKE, 0, 1);
        use.writeLock().lock();
        try {
            closed = true;
            kernel.close(fd);
            kernel.close(wakeRead);
            kernel.close(wakeWrite);
        } finally {
            use.writeLock().unlock();
        }
    }

    InputStream input() {
        return new Input();
    }

    OutputStream output() {
        return new Output();
    }

    private int read(byte[] buffer, int offset, int length) throws IOException {
        use.readLock().lock();
        try {
            while (!closed && !closing.get()) {
                int ready = kernel.pollTwo(fd, POLLIN, wakeRead);
                if ((ready < 0 && !Errno.EINTR.is(-ready)) || (ready > 0 && (ready & 2) != 0)) {
                    return -1;
                }
                if (ready > 0) {
                    int n = kernel.read(fd, buffer, offset, length);
                    if (!Errno.EINTR.is(-n) && !Errno.EAGAIN.is(-n)) {
                        // EIO: the last process has closed its side.
                        return n > 0 ? n : -1;
                    }
                }
            }
            return -1;
        } finally {
            use.readLock().unlock();
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            java.util.Objects.checkFromIndexSize(offset, length, buffer.length);
            return length == 0 ? 0 : PtyMaster.this.read(buffer, offset, Math.min(length, 65536));
        }

        @Override
        public void close() {
            PtyMaster.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            java.util.Objects.checkFromIndexSize(offset, length, buffer.length);
            int done = 0;
            while (done < length) {
                int n = writeSome(buffer, offset + done, Math.min(length - done, 4096));
                if (n < 0 && !Errno.EINTR.is(-n)) {
                    throw new IOException("write to the terminal: " + Errno.describe(-n));
                }
                done += Math.max(n, 0);
            }
        }

        private int writeSome(byte[] buffer, int offset, int length) {
            use.readLock().lock();
            try {
                return closed ? -Errno.EBADF.number() : kernel.write(fd, buffer, offset, length);
            } finally {
                use.readLock().unlock();
            }
        }
    }
}
