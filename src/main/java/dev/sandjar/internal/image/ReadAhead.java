package dev.sandjar.internal.image;

import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Has another thread read a stream a little ahead, so that decompressing takes place beside what is done with the result. */
final class ReadAhead extends InputStream {
    private static final int BLOCKS = 8;
    private static final int BLOCK = 1 << 17;
    private static final long LOOK_MILLIS = 50;

    private final InputStream in;
    private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS);
    private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(BLOCKS + 2);
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean closed;
    private @Nullable Block current;
    private int at;

    /**
     * @param length -1 at the end
     * @param failure that the other thread met, or null
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over
    private record Block(byte[] bytes, int length, @Nullable Throwable failure) {}

    ReadAhead(InputStream in) {
        this.in = in;
        IoThreads.background(() -> {
            try {
                readAll();
            } finally {
                done.countDown();
            }
        });
    }

    private void readAll() throws InterruptedException {
        boolean more = true;
        while (more && !closed) {
            byte[] free = empty.poll();
            byte[] bytes = free == null ? new byte[BLOCK] : free;
            Block block;
            try {
                int n = in.readNBytes(bytes, 0, BLOCK);
                block = new Block(bytes, n == 0 ? -1 : n, null);
            } catch (IOException | RuntimeException | Error e) {
                block = new Block(bytes, -1, e);
            }
            more = block.length() >= 0;
            while (!closed && !full.offer(block, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                // Until there is room, or nobody wants it any more.
            }
        }
    }

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
        Block block = next();
        if (block.length() < 0) {
            return end(block);
        }
        int n = Math.min(length, block.length() - at);
        System.arraycopy(block.bytes(), at, bytes, offset, n);
        at += n;
        return n;
    }

    private Block next() throws IOException {
        Block block = current;
        if (block != null && (block.length() < 0 || at < block.length())) {
            return block;
        }
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (block != null) {
            empty.offer(block.bytes());
        }
        try {
            block = full.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a layer is decompressed");
        }
        current = block;
        at = 0;
        return block;
    }

    private static int end(Block block) throws IOException {
        Throwable failure = block.failure();
        if (failure instanceof IOException e) {
            throw e;
        } else if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure instanceof Error e) {
            throw e;
        }
        return -1;
    }

    /** Waits for the other thread, after which nobody reads from the stream below. */
    @Override
    public void close() throws IOException {
        closed = true;
        full.clear();
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        in.close();
    }
}
