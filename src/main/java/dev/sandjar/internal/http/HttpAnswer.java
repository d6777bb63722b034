package dev.sandjar.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a server has answered. Closing it keeps the connection for the next request if nothing of the body is left on the way. */
public final class HttpAnswer implements AutoCloseable {
    private final URI uri;
    private final HttpHead head;
    private final InputStream body;
    private final HttpConnection connection;
    private boolean closed;

    HttpAnswer(URI uri, HttpHead head, InputStream body, HttpConnection connection) {
        this.uri = uri;
        this.head = head;
        this.body = body;
        this.connection = connection;
    }

    /** What was asked for. */
    public URI uri() {
        return uri;
    }

    public int status() {
        return head.status();
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    public List<String> headers(String name) {
        return headers(head.fields(), name);
    }

    static List<String> headers(Map<String, List<String>> fields, String name) {
        return fields.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    /** Each read waits as long as nothing comes, at most the stall limit. */
    public InputStream body() {
        return body;
    }

    /** Once more it does nothing: the connection may have another answer on it then. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        body.close();
        connection.release(body instanceof Body known && known.isComplete() && head.keepsConnection());
    }
}
