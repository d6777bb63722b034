package dev.sandjar.adapters.engine;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/**
 * What came from a container and was not read yet. As with a pipe, the writer waits when it is full; not any more when the program has
 * ended, since what it has left is bounded, and its report must not wait for a reader.
 */
final class StreamBuffer extends InputStream {
    private static final int CAPACITY = 1 << 16;

    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private int offset;
    private long size;
    private boolean unbounded;
    private boolean complete;
    private boolean closed;

    synchronized void put(byte[] piece) throws InterruptedException {
        while (size >= CAPACITY && !unbounded && !closed) {
            wait();
        }
        if (!closed && piece.length > 0) {
            pieces.add(piece);
            size += piece.length;
            notifyAll();
        }
    }

    synchronized void release() {
        unbounded = true;
        notifyAll();
    }

    synchronized void complete() {
        complete = true;
        notifyAll();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] bytes, int start, int length) throws IOException {
        Objects.checkFromIndexSize(start, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        while (pieces.isEmpty() && !complete && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while reading", e);
            }
        }
        if (closed) {
            throw new IOException("Stream closed");
        }
        byte[] piece = pieces.peek();
        if (piece == null) {
            return -1;
        }
        int count = Math.min(length, piece.length - offset);
        System.arraycopy(piece, offset, bytes, start, count);
        offset += count;
        size -= count;
        if (offset == piece.length) {
            pieces.remove();
            offset = 0;
        }
        notifyAll();
        return count;
    }

    @Override
    public synchronized int available() {
        return (int) Math.min(size, Integer.MAX_VALUE);
    }

    @Override
    public synchronized void close() {
        closed = true;
        pieces.clear();
        size = 0;
        notifyAll();
    }
}
