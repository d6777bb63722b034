package dev.sandjar.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * Output of a program as far as a limit allows it. Beyond that it ends, without waiting for more; the pipe behind it stays open, so
 * that the program is ended by the limit and not by a signal of the pipe's.
 */
final class LimitedInput extends InputStream {
    private final InputStream in;
    private final OutputLimit limit;

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
        if (limit.isExceeded()) {
            return -1;
        }
        int read = in.read(buffer, offset, length);
        if (read <= 0) {
            return read;
        }
        int allowed = limit.take(read);
        return allowed == 0 ? -1 : allowed;
    }

    @Override
    public int available() throws IOException {
        return limit.isExceeded() ? 0 : (int) Math.min(in.available(), limit.left());
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
