package dev.sandjar.internal.engine;

import dev.sandjar.internal.GroundAccess.Captured;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;

/** Reads a stream to its end, so that its writer never waits, and keeps no more than a limit of it. */
final class Capture {
    private static final int BUFFER = 16 * 1024;

    private final int limit;
    private final ReentrantLock lock = new ReentrantLock();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private boolean truncated;

    Capture(int limit) {
        this.limit = limit;
    }

    /** The stream itself, not what it is handed to. */
    static final class UnreadableException extends IOException {
        private static final long serialVersionUID = 1L;

        UnreadableException(IOException cause) {
            super(cause);
        }
    }

    /** @param sink gets all of it, and is closed */
    void drain(InputStream stream, OutputStream sink) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (sink) {
            for (int read = read(stream, buffer); read >= 0; read = read(stream, buffer)) {
                add(buffer, read);
                sink.write(buffer, 0, read);
            }
        }
    }

    private static int read(InputStream stream, byte[] buffer) throws UnreadableException {
        try {
            return stream.read(buffer);
        } catch (IOException e) {
            throw new UnreadableException(e);
        }
    }

    private void add(byte[] buffer, int length) {
        lock.lock();
        try {
            int room = Math.min(length, limit - kept.size());
            kept.write(buffer, 0, room);
            truncated |= room < length;
        } finally {
            lock.unlock();
        }
    }

    Captured content() {
        lock.lock();
        try {
            return new Captured(kept.toByteArray(), truncated);
        } finally {
            lock.unlock();
        }
    }
}
