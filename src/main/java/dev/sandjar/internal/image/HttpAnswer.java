package dev.sandjar.internal.image;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server has answered. Closing it gives up what has not been read; nothing waits for the server then.
 *
 * @param uri what was asked for
 * @param fields by name in lower case
 * @param body ends with the answer; one that breaks off is an {@link java.io.EOFException} that says where
 */
record HttpAnswer(URI uri, int status, Map<String, List<String>> fields, HttpBody body) implements AutoCloseable {
    /** The first value of a header. */
    Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    List<String> headers(String name) {
        return fields.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    @Override
    public void close() {
        body.close();
    }
}
