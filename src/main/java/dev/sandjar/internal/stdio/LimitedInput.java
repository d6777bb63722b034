package dev.sandjar.internal.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Output of a program as far as a limit allows it. Beyond that it ends, without waiting for more; the pipe behind it stays open, so
 * that the program is ended by the limit and not by a signal of the pipe's.
 */
final class LimitedInput extends InputStream {
    private final InputStream in;
    private final OutputLimit limit;
    /** Held from before a read until the limit knows of it. */
    private final ReentrantLock reading = new ReentrantLock();

    LimitedInput(InputStream in, OutputLimit limit) {
        this.in = in;
        this.limit = limit;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        reading.lock();
        try {
            if (limit.isPassed()) {
                return -1;
            }
            int read = in.read(buffer, offset, length);
            if (read <= 0) {
                return read;
            }
            int allowed = limit.take(read);
            return allowed == 0 ? -1 : allowed;
        } finally {
            reading.unlock();
        }
    }

    /**
     * How many bytes the limit does not know of yet, when nobody writes any more: 0 if somebody waits for more in vain, or has closed
     * the stream.
     *
     * @param patience in milliseconds, for a read that is about to return
     */
    int unread(long patience) throws InterruptedException {
        if (!reading.tryLock(patience, TimeUnit.MILLISECONDS)) {
            return 0;
        }
        try {
            return in.available();
        } catch (IOException e) {
            return 0;
        } finally {
            reading.unlock();
        }
    }

    /** Whether {@link #unread} would have to wait. */
    boolean isBusy() {
        return reading.isLocked();
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(in.available(), limit.left());
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
