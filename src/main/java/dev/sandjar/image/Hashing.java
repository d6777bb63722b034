package dev.sandjar.image;

import dev.sandjar.internal.IoThreads;
import dev.sandjar.internal.Nullable;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;

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
    synchronized byte[] buffer() {
        byte[] spare = empty.poll();
        return spare == null ? new byte[BUFFER] : spare;
    }

    /** The first bytes of one of the buffers, which is then no longer the caller's. */
    synchronized void add(byte[] buffer, int length) throws InterruptedIOException {
        while (behind == BLOCKS) {
            await();
        }
        full.add(new Block(buffer, length));
        behind++;
        if (!running) {
            running = true;
            IoThreads.background(this::work);
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

    private synchronized @Nullable Block next() {
        Block block = closed ? null : full.poll();
        if (block == null) {
            running = false;
            notifyAll();
        }
        return block;
    }

    private synchronized void done(Block block) {
        behind--;
        empty.add(block.bytes());
        notifyAll();
    }

    private synchronized void fail(Throwable e) {
        failure = e;
        running = false;
        notifyAll();
    }

    private void await() throws InterruptedIOException {
        if (failure != null) {
            throw new IllegalStateException("a content can't be hashed", failure);
        }
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while hashing");
        }
    }

    /** Forgets what it was given. */
    synchronized void restart() throws InterruptedIOException {
        settle();
        hash.reset();
    }

    /** Of all that it was given. */
    synchronized Digest result() throws InterruptedIOException {
        settle();
        return digest.is(hash.digest());
    }

    private void settle() throws InterruptedIOException {
        while (behind > 0) {
            await();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
    }
}
