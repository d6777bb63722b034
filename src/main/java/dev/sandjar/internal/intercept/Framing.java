package dev.sandjar.internal.intercept;

import dev.sandjar.internal.network.RequestHead;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a body ends (RFC 9112, section 6): of which there is one reading, or none. Bodies are passed on piece by piece, chunks as chunks of
 * our own, and kept nowhere.
 *
 * @param kind how it is told
 * @param length with {@link Kind#LENGTH}
 */
record Framing(Kind kind, long length) {
    enum Kind {
        NONE,
        LENGTH,
        CHUNKED,
        /** Of answers alone. */
        UNTIL_END
    }

    static final Framing NONE = new Framing(Kind.NONE, 0);
    static final Framing CHUNKED = new Framing(Kind.CHUNKED, 0);
    static final Framing UNTIL_END = new Framing(Kind.UNTIL_END, 0);

    private static final int PIECE = 16 * 1024;
    private static final int SIZE_MAX = 15;
    private static final int HEX = 16;
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");
    private static final Pattern SIZE = Pattern.compile("[0-9A-Fa-f]{1,15}");
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** What headers say; null if they say it in two ways, or in one that is not known. {@code otherwise} is what they mean if they say nothing. */
    static @Nullable Framing of(List<RequestHead.Header> headers, Framing otherwise) {
        List<String> lengths = all(headers, "content-length");
        List<String> codings = all(headers, "transfer-encoding");
        if (lengths.size() + codings.size() > 1) {
            return null;
        } else if (lengths.size() == 1) {
            String length = lengths.get(0);
            return LENGTH.matcher(length).matches() ? new Framing(Kind.LENGTH, Long.parseLong(length)) : null;
        } else if (codings.size() == 1) {
            return codings.get(0).equalsIgnoreCase("chunked") ? CHUNKED : null;
        }
        return otherwise;
    }

    static List<String> all(List<RequestHead.Header> headers, String name) {
        return headers.stream()
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
                .map(RequestHead.Header::value)
                .toList();
    }

    /** The header that says it, with the end of its line; empty if there is none. */
    String header() {
        return switch (kind) {
            case LENGTH -> "Content-Length: " + length + "\r\n";
            case CHUNKED -> "Transfer-Encoding: chunked\r\n";
            default -> "";
        };
    }

    /**
     * Passes a body on.
     *
     * @param malformed makes the exception for chunks that have not one reading
     */
    void copy(Incoming from, OutputStream to, Function<String, IOException> malformed) throws IOException {
        switch (kind) {
            case LENGTH -> copyLength(from, to, length, malformed);
            case CHUNKED -> copyChunks(from, to, malformed);
            case UNTIL_END -> {
                byte[] piece = new byte[PIECE];
                for (int n = from.read(piece, 0, PIECE); n >= 0; n = from.read(piece, 0, PIECE)) {
                    to.write(piece, 0, n);
                }
            }
            default -> {
                // There is none.
            }
        }
    }

    private static void copyLength(Incoming from, OutputStream to, long length, Function<String, IOException> malformed)
            throws IOException {
        byte[] piece = new byte[(int) Math.min(PIECE, length)];
        for (long left = length; left > 0; ) {
            int n = from.read(piece, 0, (int) Math.min(piece.length, left));
            if (n < 0) {
                throw malformed.apply("its body ended too early");
            }
            to.write(piece, 0, n);
            left -= n;
        }
    }

    private static void copyChunks(Incoming from, OutputStream to, Function<String, IOException> malformed)
            throws IOException {
        byte[] piece = new byte[SIZE_MAX + PIECE + 2 * LINE_END.length];
        while (true) {
            String size = from.line(SIZE_MAX);
            if (size == null || !SIZE.matcher(size).matches()) {
                throw malformed.apply("a chunk of its body is malformed");
            }
            long left = Long.parseLong(size, HEX);
            if (left == 0) {
                if (!"".equals(from.line(0))) {
                    throw malformed.apply("its body has trailers, which are not passed on");
                }
                to.write(LAST_CHUNK);
                return;
            }
            while (left > 0) {
                int read = from.read(piece, SIZE_MAX + LINE_END.length, (int) Math.min(PIECE, left));
                if (read < 0) {
                    throw malformed.apply("its body ended too early");
                }
                writeChunk(piece, read, to);
                left -= read;
            }
            if (!"".equals(from.line(0))) {
                throw malformed.apply("a chunk of its body is malformed");
            }
        }
    }

    /** As one write, and so one record of TLS. */
    private static void writeChunk(byte[] piece, int length, OutputStream to) throws IOException {
        byte[] size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        int data = SIZE_MAX + LINE_END.length;
        int begin = data - size.length;
        System.arraycopy(size, 0, piece, begin, size.length);
        System.arraycopy(LINE_END, 0, piece, data + length, LINE_END.length);
        to.write(piece, begin, size.length + length + LINE_END.length);
    }
}
