package dev.sandjar.internal.intercept;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What one side says, with a bound for each part of it. Not thread-safe. */
final class Incoming {
    private static final int BUFFER = 16 * 1024;

    private final InputStream in;
    private final UnaryOperator<IOException> failure;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;

    /** @param failure what becomes of a failure to read */
    Incoming(InputStream in, UnaryOperator<IOException> failure) {
        this.in = in;
        this.failure = failure;
    }

    /** Waits for a byte; false at the end. */
    boolean hasMore() throws IOException {
        if (at < end) {
            return true;
        }
        int n;
        try {
            n = in.read(buffer, 0, buffer.length);
        } catch (IOException e) {
            throw failure.apply(e);
        }
        at = 0;
        end = Math.max(n, 0);
        return end > 0;
    }

    /** Whether something is here that nobody has taken. */
    boolean isEmpty() {
        return at == end;
    }

    int read(byte[] into, int offset, int length) throws IOException {
        if (!hasMore()) {
            return -1;
        }
        int n = Math.min(length, end - at);
        System.arraycopy(buffer, at, into, offset, n);
        at += n;
        return n;
    }

    private int next() throws IOException {
        if (!hasMore()) {
            throw failure.apply(new EOFException("it ended in the middle"));
        }
        return buffer[at++] & 0xff;
    }

    /**
     * Until an empty line, with it.
     *
     * @return null if there is more without one
     */
    byte @Nullable [] head(int most) throws IOException {
        byte[] head = new byte[BUFFER];
        int size = 0;
        while (!endsHead(head, size)) {
            if (size == most) {
                return null;
            }
            if (size == head.length) {
                head = Arrays.copyOf(head, Math.min(most, 2 * size));
            }
            head[size++] = (byte) next();
        }
        return Arrays.copyOf(head, size);
    }

    private static boolean endsHead(byte[] head, int size) {
        return size >= 4
                && head[size - 1] == '\n'
                && head[size - 2] == '\r'
                && head[size - 3] == '\n'
                && head[size - 4] == '\r';
    }

    /**
     * A line without its end, of which only CR LF is one.
     *
     * @return null if it is longer, or ends otherwise
     */
    @Nullable
    String line(int most) throws IOException {
        byte[] line = new byte[most];
        for (int size = 0; ; ) {
            int next = next();
            if (next == '\r') {
                return next() == '\n' ? new String(line, 0, size, StandardCharsets.ISO_8859_1) : null;
            }
            if (next == '\n' || size == most) {
                return null;
            }
            line[size++] = (byte) next;
        }
    }
}
