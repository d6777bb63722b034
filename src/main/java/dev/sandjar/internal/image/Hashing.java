package dev.sandjar.internal.image;

import dev.sandjar.internal.util.IoThreads;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A digest that another thread computes while the next bytes are on their way. What it is given in its own buffers is not copied. For
 * one thread beside that.
 */
final class Hashing implements AutoCloseable {
    private static final int BUFFER = 1 << 17;
    /** How far the other thread may be behind. */
    private static final int BLOCKS = 8;

    private final Digest digest;
    private final MessageDigest hash;
    // Not a monitor: waiting in one holds up the carrier of a virtual thread.
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Block> full = new ArrayDeque<>();
    private final Deque<byte[]> empty = new ArrayDeque<>();
    /** Blocks that are not hashed yet, the present one among them. */
    private int behind;

    private boolean running;
    private boolean closed;
    private @Nullable Throwable failure;

    @SuppressWarnings("ArrayRecordComponent") // handed over
    private record Block(byte[] bytes, int length) {}

    Hashing(Digest digest) {
        this.digest = digest;
        this.hash = digest.start();
    }

    /** For the next bytes. */
    byte[] buffer() {
        lock.lock();
        try {
            byte[] spare = empty.poll();
            return spare == null ? new byte[BUFFER] : spare;
        } finally {
            lock.unlock();
        }
    }

    /** The first bytes of one of the buffers, which is then no longer the caller's. */
    void add(byte[] buffer, int length) throws InterruptedIOException {
        lock.lock();
        try {
            await(() -> behind < BLOCKS);
            full.add(new Block(buffer, length));
            behind++;
            if (!running) {
                running = true;
                IoThreads.background(this::work);
            }
        } finally {
            lock.unlock();
        }
    }

    /** As long as there is something to do; a new one is asked for when there is more. */
    private void work() {
        try {
            for (Block block = next(); block != null; block = next()) {
                hash.update(block.bytes(), 0, block.length());
                done(block);
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private @Nullable Block next() {
        lock.lock();
        try {
            Block block = closed ? null : full.poll();
            running = block != null;
            return block;
        } finally {
            lock.unlock();
        }
    }

    private void done(Block block) {
        lock.lock();
        try {
            behind--;
            empty.add(block.bytes());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable e) {
        lock.lock();
        try {
            failure = e;
            running = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedIOException {
        try {
            while (!condition.getAsBoolean()) {
                if (failure != null) {
                    throw new IllegalStateException("a content can't be hashed", failure);
                }
                changed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while hashing");
        }
    }

    /** Forgets what it was given. */
    void restart() throws InterruptedIOException {
        settle();
        hash.reset();
    }

    /** Of all that it was given. */
    Digest result() throws InterruptedIOException {
        settle();
        return digest.is(hash.digest());
    }

    private void settle() throws InterruptedIOException {
        lock.lock();
        try {
            await(() -> behind == 0);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }
}
