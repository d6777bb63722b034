package dev.sandjar.internal.image;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/** A body as the JDK gives it, whose end may be one that came too early: for one with a length the JDK does not say so. */
final class HttpPieces extends FilterInputStream {
    private final long size;
    private long count;

    /**
     * @param size -1 if the answer does not say it
     */
    HttpPieces(InputStream in, long size) {
        super(in);
        this.size = size;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (count == size) {
            return -1;
        }
        int n = some(bytes, offset, size < 0 ? length : (int) Math.min(length, size - count));
        if (n > 0) {
            count += n;
        } else if (n < 0 && size >= 0) {
            throw broken(null);
        }
        return n;
    }

    private int some(byte[] bytes, int offset, int length) throws IOException {
        try {
            return in.read(bytes, offset, length);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw "Premature EOF".equals(e.getMessage()) ? broken(e) : e;
        }
    }

    private EOFException broken(@Nullable IOException cause) {
        EOFException e =
                new EOFException("the answer breaks off after " + count + (size < 0 ? "" : " of " + size) + " bytes");
        e.initCause(cause);
        return e;
    }
}
