package dev.sandjar.internal.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The body of an answer, which ends where its framing says (RFC 9112, 6). Closing it leaves the connection open. */
abstract class Body extends InputStream {
    /** What is left of an answer that nobody wants, and still cheaper to read than a new connection. */
    private static final int REST_MAX = 1 << 14;

    private static final int LINE_MAX = 4096;

    final InputStream in;

    Body(InputStream in) {
        this.in = in;
    }

    /** Whether nothing of it is left on the connection. */
    abstract boolean isComplete();

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] bytes, int offset, int length) throws IOException;

    static EOFException broken(long count, String of) {
        return new EOFException("the answer breaks off after " + count + of + " bytes");
    }

    /** As many bytes as the answer has announced. */
    static final class Fixed extends Body {
        private final long size;
        private long count;

        Fixed(InputStream in, long size) {
            super(in);
            this.size = size;
        }

        @Override
        boolean isComplete() {
            return count == size;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (count == size) {
                return -1;
            }
            int n = in.read(bytes, offset, (int) Math.min(length, size - count));
            if (n < 0) {
                throw broken(count, " of " + size);
            }
            count += n;
            return n;
        }

        @Override
        public void close() throws IOException {
            if (size - count <= Math.min(REST_MAX, in.available())) {
                count += in.skip(size - count);
            }
        }
    }

    /** Pieces, each behind its length. */
    static final class Chunked extends Body {
        private long count;
        private long left;
        private boolean begun;
        private boolean complete;

        Chunked(InputStream in) {
            super(in);
        }

        @Override
        boolean isComplete() {
            return complete;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (complete) {
                return -1;
            }
            if (left == 0) {
                next();
                if (complete) {
                    return -1;
                }
            }
            int n = in.read(bytes, offset, (int) Math.min(length, left));
            if (n < 0) {
                throw broken(count, "");
            }
            count += n;
            left -= n;
            return n;
        }

        private void next() throws IOException {
            if (begun && !line().isEmpty()) {
                throw new IOException("a piece of the answer does not end where it should");
            }
            begun = true;
            String text = line().replaceFirst("[ \t]*;.*", "");
            if (!text.matches("[0-9A-Fa-f]{1,15}")) {
                throw new IOException("the length of a piece of the answer is malformed");
            }
            left = Long.parseLong(text, 16);
            if (left == 0) {
                for (int i = 0; !line().isEmpty(); i++) {
                    if (i == HttpHead.FIELDS_MAX) {
                        throw new IOException("the answer has too many trailers");
                    }
                }
                complete = true;
            }
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw broken(count, "");
                }
                if (line.length() == LINE_MAX) {
                    throw new IOException("a line between the pieces of the answer is too long");
                }
                line.append((char) c);
            }
            int end = line.length();
            return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
        }
    }

    /** All until the server closes, which can't be told from an end that came too early. */
    static final class Rest extends Body {
        Rest(InputStream in) {
            super(in);
        }

        @Override
        boolean isComplete() {
            return false;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return in.read(bytes, offset, length);
        }
    }
}
