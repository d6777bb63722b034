package dev.sandjar.internal.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, which another thread reads: one that reads from a {@link java.net.HttpURLConnection} can't be interrupted, and
 * no other can end the connection under it, but one that waits for it can leave. For one reader.
 */
final class HttpBody extends InputStream {
    private static final int BLOCK = 1 << 17;
    /** How far the other thread may be ahead. */
    private static final int BLOCKS = 8;

    // Not a monitor: waiting in one holds up the carrier of a virtual thread.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Block> full = new ArrayDeque<>();
    private final Deque<byte[]> empty = new ArrayDeque<>();
    private boolean complete;
    private boolean left;
    private @Nullable IOException failure;
    private @Nullable Block current;
    private int at;

    @SuppressWarnings("ArrayRecordComponent") // handed over
    private record Block(byte[] bytes, int length) {}

    // ---- the other thread

    /** Passes on all of a stream; false if nobody wants it any more. */
    boolean pass(InputStream in) throws IOException {
        for (byte[] bytes = free(); bytes != null; bytes = free()) {
            int n = in.read(bytes);
            if (n < 0) {
                end(null);
                return true;
            }
            hand(new Block(bytes, n));
        }
        return false;
    }

    void end(@Nullable IOException e) {
        lock.lock();
        try {
            complete = true;
            failure = e;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Once there is room; null if nobody waits. */
    private byte @Nullable [] free() {
        lock.lock();
        try {
            while (full.size() >= BLOCKS && !left) {
                changed.awaitUninterruptibly();
            }
            if (left) {
                return null;
            }
            byte[] known = empty.poll();
            return known == null ? new byte[BLOCK] : known;
        } finally {
            lock.unlock();
        }
    }

    private void hand(Block block) {
        lock.lock();
        try {
            full.add(block);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- the reader

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        Block block = current;
        if (block == null || at == block.length()) {
            block = next(block);
            if (block == null) {
                return -1;
            }
        }
        int n = Math.min(length, block.length() - at);
        System.arraycopy(block.bytes(), at, bytes, offset, n);
        at += n;
        return n;
    }

    private @Nullable Block next(@Nullable Block used) throws IOException {
        lock.lock();
        try {
            if (used != null) {
                empty.add(used.bytes());
            }
            current = null;
            at = 0;
            while (full.isEmpty() && !complete && !left) {
                changed.await();
            }
            if (left) {
                throw new IOException("the answer is closed");
            }
            if (full.isEmpty() && failure != null) {
                throw failure;
            }
            current = full.poll();
            changed.signalAll();
            return current;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while an answer is received");
        } finally {
            lock.unlock();
        }
    }

    /** Leaves the rest to nobody. */
    @Override
    public void close() {
        lock.lock();
        try {
            left = true;
            full.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
