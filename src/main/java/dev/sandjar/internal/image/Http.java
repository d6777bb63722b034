package dev.sandjar.internal.image;

import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Authenticator;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Requests by the JDK's {@link HttpURLConnection}, whose connections the JDK keeps for the next ones. Redirects and challenges are the
 * caller's. An authenticator, a trust of certificates or a check of names that an application has set for its whole process has no part
 * in them; a {@link java.net.CookieHandler} has, for which the JDK knows no exception. Thread-safe.
 */
final class Http implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int PORT_HTTP = 80;
    private static final int PORT_HTTPS = 443;
    private static final int STATUS_MIN = 100;
    private static final int ERROR_MIN = 400;
    /** Otherwise the JDK asks the process's own, with which a server would choose who gets the password. */
    private static final Authenticator NOBODY = new Authenticator() {};

    private final @Nullable SSLContext tls;
    private final Proxies proxies;
    private final Duration stall;
    /** One for each proxy: the JDK keeps connections apart by it. */
    private final Map<String, HttpsSockets> sockets = new HashMap<>();
    /** Behind each of which a connection may wait for another request. */
    private final List<HttpURLConnection> used = new ArrayList<>();

    private boolean closed;

    /**
     * @param tls null for the JDK's own
     * @param stall how long a server may take to answer, and how long nothing of a body may come
     */
    Http(@Nullable SSLContext tls, Proxies proxies, Duration stall) {
        this.tls = tls;
        this.proxies = proxies;
        this.stall = stall;
    }

    /**
     * A GET, or a POST of a form. An interrupted thread leaves at once; the connection ends when the server sends something, or at the
     * stall limit.
     *
     * @param uri with a host, by http or https
     */
    HttpAnswer send(URI uri, Map<String, String> headers, byte @Nullable [] form) throws IOException {
        CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
        HttpBody body = new HttpBody();
        IoThreads.background(() -> exchange(uri, headers, form, answer, body));
        try {
            return answer.get();
        } catch (InterruptedException e) {
            body.close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for an answer");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("a request failed", e.getCause());
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whoever waits gets it
    private void exchange(
            URI uri,
            Map<String, String> headers,
            byte @Nullable [] form,
            CompletableFuture<HttpAnswer> answer,
            HttpBody body) {
        HttpURLConnection connection = null;
        boolean complete = false;
        try {
            connection = open(uri, headers);
            try (InputStream in = begin(connection, uri, form)) {
                Map<String, List<String>> fields = fields(connection);
                long size = fields.containsKey("transfer-encoding") ? -1 : connection.getContentLengthLong();
                answer.complete(new HttpAnswer(uri, connection.getResponseCode(), fields, body));
                complete = body.pass(new HttpPieces(in, size));
            }
        } catch (IOException e) {
            answer.completeExceptionally(e);
            body.end(e);
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
            body.end(new IOException("an answer can't be received", e));
        } finally {
            if (connection != null && !(complete && keep(connection))) {
                connection.disconnect();
            }
        }
    }

    private synchronized boolean keep(HttpURLConnection connection) {
        if (!closed) {
            used.add(connection);
        }
        return !closed;
    }

    /** Ends connections that wait for another request, which the JDK would do some seconds later. */
    @Override
    public void close() {
        List<HttpURLConnection> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(used);
            used.clear();
        }
        all.forEach(HttpURLConnection::disconnect);
    }

    private HttpURLConnection open(URI uri, Map<String, String> headers) throws IOException {
        URI proxy = proxies.of(uri);
        boolean secure = "https".equals(uri.getScheme());
        Proxy through = Proxy.NO_PROXY;
        if (proxy != null && !secure) {
            ProxyTunnel.refuseTls(proxy);
            through = new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port(proxy)));
        }
        if (!(URI.create(uri.toASCIIString()).toURL().openConnection(through)
                instanceof HttpURLConnection connection)) {
            throw new IOException("this process has another handler of http than the JDK's");
        }
        connection.setInstanceFollowRedirects(false);
        connection.setAuthenticator(NOBODY);
        connection.setUseCaches(false);
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout(millis(stall));
        // Else the JDK's, which prefers pages and pictures.
        connection.setRequestProperty("Accept", "*/*");
        headers.forEach(connection::setRequestProperty);
        if (proxy != null && !secure && proxy.getUserInfo() != null) {
            connection.setRequestProperty("Proxy-Authorization", Proxies.authorization(proxy));
        }
        if (connection instanceof HttpsURLConnection https) {
            https.setSSLSocketFactory(sockets(proxy));
        }
        return connection;
    }

    static int millis(Duration time) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, time.toMillis()));
    }

    private synchronized HttpsSockets sockets(@Nullable URI proxy) throws IOException {
        String key = String.valueOf(proxy);
        HttpsSockets known = sockets.get(key);
        if (known == null) {
            known = HttpsSockets.of(tls, proxy, stall);
            sockets.put(key, known);
        }
        return known;
    }

    /** Sends the request; the body of what is answered. */
    private InputStream begin(HttpURLConnection connection, URI uri, byte @Nullable [] form) throws IOException {
        connect(connection, uri, form != null);
        if (form != null) {
            try (OutputStream out = connection.getOutputStream()) {
                out.write(form);
            }
        }
        int status = connection.getResponseCode();
        if (status < STATUS_MIN) {
            throw new IOException("what answers there does not speak HTTP/1.1");
        }
        InputStream in = status < ERROR_MIN ? connection.getInputStream() : connection.getErrorStream();
        return in == null ? InputStream.nullInputStream() : in;
    }

    /** Apart, for what fails here has other reasons. */
    private void connect(HttpURLConnection connection, URI uri, boolean posts) throws IOException {
        if (posts) {
            connection.setRequestMethod("POST");
            connection.setDoOutput(true);
        }
        try {
            connection.connect();
        } catch (IOException e) {
            if (connection instanceof HttpsURLConnection) {
                throw e;
            }
            IOException failure = unconnected(e);
            URI proxy = proxies.of(uri);
            throw proxy == null ? failure : ProxyTunnel.unreached(proxy, failure);
        }
    }

    static IOException unconnected(IOException e) {
        return e instanceof SocketTimeoutException
                ? new ConnectException("no connection within " + CONNECT.toSeconds() + " s")
                : e;
    }

    private static Map<String, List<String>> fields(HttpURLConnection connection) {
        Map<String, List<String>> fields = new HashMap<>();
        // The first is the status line, without a name as what is malformed.
        for (int i = 1; connection.getHeaderField(i) != null; i++) {
            String name = connection.getHeaderFieldKey(i);
            if (name != null) {
                fields.computeIfAbsent(name.toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                        .add(connection.getHeaderField(i));
            }
        }
        return fields;
    }

    static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? PORT_HTTPS : PORT_HTTP;
    }
}
