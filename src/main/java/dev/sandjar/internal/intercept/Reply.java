package dev.sandjar.internal.intercept;

import dev.sandjar.internal.network.RequestHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a server's answer. What has not one reading is {@link ServerFailed}.
 *
 * @param status 200 to 599
 * @param phrase the words after it
 * @param headers in their order
 * @param framing of the body
 * @param closes whether the server ends the connection after it
 */
record Reply(int status, String phrase, List<RequestHead.Header> headers, Framing framing, boolean closes) {
    private static final int HEAD_MAX = 128 * 1024;
    private static final int INTERIM_MAX = 16;
    private static final int SWITCHING = 101;
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final Pattern LINE =
            Pattern.compile("HTTP/1\\.([01]) ([1-5][0-9]{2})(?: ([\t -~\u0080-\u00ff]*+))?");

    /** Of one connection, or said anew; and what would lead programs to other places. */
    private static final Set<String> DROPPED = Set.of(
            "alt-svc",
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** The next one but those that announce it. */
    static Reply read(Incoming in, Request request) throws IOException {
        for (int i = 0; i < INTERIM_MAX; i++) {
            Reply reply = one(in, request);
            if (reply.status == SWITCHING) {
                throw new ServerFailed("its answer is of another protocol", null);
            } else if (reply.status >= OK) {
                return reply;
            }
        }
        throw new ServerFailed("it announces its answer without an end", null);
    }

    private static Reply one(Incoming in, Request request) throws IOException {
        byte[] bytes = in.head(HEAD_MAX);
        if (bytes == null) {
            throw new ServerFailed("its answer has more than " + HEAD_MAX + " bytes before the body", null);
        }
        String text = new String(bytes, 0, bytes.length - 4, StandardCharsets.ISO_8859_1);
        String[] lines = text.split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        List<RequestHead.Header> headers = RequestHead.headers(lines);
        if (!line.matches() || headers == null) {
            throw new ServerFailed("its answer is malformed", null);
        }
        int status = Integer.parseInt(line.group(2));
        boolean old = line.group(1).equals("0");
        boolean bodiless =
                request.method().equals("HEAD") || status < OK || status == NO_CONTENT || status == NOT_MODIFIED;
        Framing framing = Framing.of(headers, Framing.UNTIL_END);
        if (framing == null || (old && framing.kind() == Framing.Kind.CHUNKED)) {
            throw new ServerFailed("the length of its answer is not clear", null);
        }
        framing = bodiless ? Framing.NONE : framing;
        boolean closes = old
                || framing.kind() == Framing.Kind.UNTIL_END
                || Framing.all(headers, "connection").stream()
                        .anyMatch(each -> each.toLowerCase(Locale.ROOT).contains("close"));
        String phrase = line.group(3) == null ? "" : line.group(3);
        return new Reply(status, phrase, headers, framing, closes);
    }

    /** As the program inside gets it. */
    byte[] head(boolean last) {
        Set<String> dropped = new HashSet<>(DROPPED);
        for (String list : Framing.all(headers, "connection")) {
            for (String name : list.split(",", -1)) {
                dropped.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        // Of a request for the head alone it says what the length would be.
        dropped.remove("content-length");
        StringBuilder text = new StringBuilder("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(phrase)
                .append("\r\n");
        for (RequestHead.Header header : headers) {
            if (!dropped.contains(header.name().toLowerCase(Locale.ROOT))) {
                text.append(header.name()).append(": ").append(header.value()).append("\r\n");
            }
        }
        return text.append(framing.kind() == Framing.Kind.CHUNKED ? framing.header() : "")
                .append(last ? "Connection: close\r\n" : "")
                .append("\r\n")
                .toString()
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
