package dev.sandjar.internal.http;

import dev.sandjar.internal.util.Nullable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BiConsumer;

/** One connection to a server or proxy. One request at a time. */
final class HttpConnection {
    private static final int BUFFER = 1 << 13;

    /** Which server it leads to. */
    final String place;

    /** What closing ends for sure, below TLS. */
    final Socket raw;

    private final Socket socket;
    private final InputStream in;
    /** Empty for a proxy that wants none; null if requests don't go to a proxy, which wants whole addresses. */
    private final @Nullable String proxyAuthorization;

    private final BiConsumer<HttpConnection, Boolean> released;

    HttpConnection(
            String place,
            Socket raw,
            Socket socket,
            @Nullable String proxyAuthorization,
            BiConsumer<HttpConnection, Boolean> released)
            throws IOException {
        this.place = place;
        this.raw = raw;
        this.socket = socket;
        this.proxyAuthorization = proxyAuthorization;
        this.released = released;
        // It only holds the head: longer reads go by it.
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    }

    HttpAnswer send(URI uri, Map<String, String> headers, byte @Nullable [] form, long nanos) throws IOException {
        StringBuilder head = new StringBuilder(form == null ? "GET " : "POST ");
        head.append(proxyAuthorization == null ? target(uri) : uri.toASCIIString())
                .append(" HTTP/1.1\r\n");
        field(head, "Host", authority(uri));
        headers.forEach((name, value) -> field(head, name, value));
        if (proxyAuthorization != null && !proxyAuthorization.isEmpty()) {
            field(head, "Proxy-Authorization", proxyAuthorization);
        }
        if (form != null) {
            field(head, "Content-Type", "application/x-www-form-urlencoded");
            field(head, "Content-Length", Integer.toString(form.length));
        }
        byte[] text = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] request = new byte[text.length + (form == null ? 0 : form.length)];
        System.arraycopy(text, 0, request, 0, text.length);
        if (form != null) {
            System.arraycopy(form, 0, request, text.length, form.length);
        }
        socket.getOutputStream().write(request);
        HttpHead answer = HttpHead.read(in, nanos);
        return new HttpAnswer(uri, answer, answer.body(in), this);
    }

    static void field(StringBuilder head, String name, String value) {
        if (value.chars().anyMatch(c -> c < ' ' || c == 0x7f || c > 0xff)) {
            throw new IllegalArgumentException("the header field " + name + " has a character that none may have");
        }
        head.append(name).append(": ").append(value).append("\r\n");
    }

    private static String target(URI uri) {
        URI ascii = URI.create(uri.toASCIIString());
        String path = ascii.getRawPath() == null || ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath();
        return ascii.getRawQuery() == null ? path : path + "?" + ascii.getRawQuery();
    }

    private static String authority(URI uri) {
        return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
    }

    /** After an answer: for another request, or to be closed. */
    void release(boolean usable) {
        released.accept(this, usable);
    }
}
