package dev.sandjar.internal.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Status line and header fields of an answer (RFC 9112, 4 and 5): hostile, so bounded in size and in time, and refused where two readers
 * could understand two things.
 *
 * @param fields by name in lower case
 */
record HttpHead(int minor, int status, Map<String, List<String>> fields) {
    static final int FIELDS_MAX = 256;
    private static final int SIZE_MAX = 1 << 16;
    private static final int INTERIM_MAX = 16;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.([01]) ([1-9][0-9]{2})(?: .*)?");
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*");

    /** The server has closed a connection before it had said anything. */
    static final class Closed extends EOFException {
        private static final long serialVersionUID = 1;

        Closed() {
            super("the connection is closed without an answer");
        }
    }

    /** The first that is not about how far the server is. */
    static HttpHead read(InputStream in, long nanos) throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < INTERIM_MAX; i++) {
            HttpHead head = readOne(in, start, nanos);
            if (head.status >= 200) {
                return head;
            }
        }
        throw new IOException("the server says again and again that it will answer");
    }

    private static HttpHead readOne(InputStream in, long start, long nanos) throws IOException {
        List<String> lines = lines(in, start, nanos);
        Matcher status = STATUS.matcher(lines.get(0));
        if (!status.matches()) {
            throw new IOException("what answers there does not speak HTTP/1.1");
        }
        Map<String, List<String>> fields = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            Matcher field = FIELD.matcher(line);
            if (!field.matches()) {
                throw new IOException("a header field of the answer is malformed");
            }
            fields.computeIfAbsent(field.group(1).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(field.group(2));
        }
        return new HttpHead(Integer.parseInt(status.group(1)), Integer.parseInt(status.group(2)), fields);
    }

    private static List<String> lines(InputStream in, long start, long nanos) throws IOException {
        List<String> lines = new ArrayList<>();
        byte[] line = new byte[SIZE_MAX];
        int length = 0;
        for (int size = 0; size < SIZE_MAX; size++) {
            int c = in.read();
            if (c < 0) {
                throw size == 0 ? new Closed() : new EOFException("the answer breaks off before its body");
            }
            if (System.nanoTime() - start > nanos) {
                throw new SocketTimeoutException("the answer does not begin in time");
            }
            if (c != '\n') {
                line[length++] = (byte) c;
                continue;
            }
            int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
            if (end == 0) {
                if (!lines.isEmpty()) {
                    return lines;
                }
            } else {
                lines.add(new String(line, 0, end, StandardCharsets.ISO_8859_1));
            }
            if (lines.size() > FIELDS_MAX) {
                throw new IOException("the answer has more than " + FIELDS_MAX + " header fields");
            }
            length = 0;
        }
        throw new IOException("the header of the answer has more than " + SIZE_MAX + " bytes");
    }

    boolean keepsConnection() {
        List<String> connection = HttpAnswer.headers(fields, "connection");
        boolean close = connection.stream()
                .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains("close"));
        return minor == 1 && !close;
    }

    /** The body that follows. */
    Body body(InputStream in) throws IOException {
        if (Set.of(204, 304).contains(status)) {
            return new Body.Fixed(in, 0);
        }
        List<String> encodings = HttpAnswer.headers(fields, "transfer-encoding");
        Set<String> lengths = Set.copyOf(HttpAnswer.headers(fields, "content-length"));
        if (!encodings.isEmpty()) {
            if (!lengths.isEmpty() || encodings.size() > 1 || !encodings.get(0).equalsIgnoreCase("chunked")) {
                throw new IOException("where the answer ends is not clear");
            }
            return new Body.Chunked(in);
        }
        if (lengths.isEmpty()) {
            return new Body.Rest(in);
        }
        String length = lengths.iterator().next();
        if (lengths.size() > 1 || !length.matches("[0-9]{1,18}")) {
            throw new IOException("where the answer ends is not clear");
        }
        return new Body.Fixed(in, Long.parseLong(length));
    }
}
