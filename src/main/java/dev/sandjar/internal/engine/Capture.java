package dev.sandjar.internal.engine;

import dev.sandjar.internal.GroundAccess.Captured;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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

    void drain(InputStream stream) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
            add(buffer, read);
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
