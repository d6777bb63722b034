package dev.sandjar.launcher;

import dev.sandjar.internal.Nullable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One end of a pipe, which becomes a stream of the JDK's when it is first used: most programs that start are never written to, and
 * many are not read from. Thread-safe.
 */
final class PipeEnd<S extends Closeable> {
    private static final long FIONREAD = 0x541B;

    /** How to make a stream of it; the number stays the caller's. */
    interface Opening<S> {
        S open(int fd) throws IOException;
    }

    private final Kernel kernel;
    private final Fd number;
    private final Opening<S> opening;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable S stream;
    private boolean closed;

    PipeEnd(Kernel kernel, int fd, Opening<S> opening) {
        this.kernel = kernel;
        this.number = new Fd(kernel, fd, new AtomicBoolean());
        this.opening = opening;
        Cleaners.CLEANER.register(this, number::close);
    }

    /** The stream, opened if need be. */
    S stream() throws IOException {
        S open = stream;
        return open != null ? open : open();
    }

    private S open() throws IOException {
        lock.lock();
        try {
            S open = stream;
            if (open != null) {
                return open;
            }
            if (closed) {
                throw new IOException("Stream closed");
            }
            open = opening.open(number.fd);
            stream = open;
            number.close();
            return open;
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes could be read at once, as long as nobody has used the stream; -1 then. */
    int unread() throws IOException {
        lock.lock();
        try {
            if (stream != null) {
                return -1;
            }
            byte[] count = new byte[Integer.BYTES];
            if (closed || kernel.ioctl(number.fd, FIONREAD, count) < 0) {
                throw new IOException("Stream closed");
            }
            return ByteBuffer.wrap(count).order(ByteOrder.nativeOrder()).getInt();
        } finally {
            lock.unlock();
        }
    }

    void close() throws IOException {
        S open;
        lock.lock();
        try {
            closed = true;
            open = stream;
            number.close();
        } finally {
            lock.unlock();
        }
        if (open != null) {
            open.close();
        }
    }

    /** Closed once: the next file to be opened gets the same number. */
    private record Fd(Kernel kernel, int fd, AtomicBoolean isClosed) {
        void close() {
            if (!isClosed.getAndSet(true)) {
                kernel.close(fd);
            }
        }
    }
}
