package dev.sandjar.internal.http;

import dev.sandjar.internal.util.Nullable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests by HTTP/1.1 over connections that are kept for the next one. The JDK's client of {@code java.net.http} passes a body on in
 * small pieces from thread to thread, which takes several times as long as receiving it; here the thread that wants the body reads it.
 * Redirects and challenges are the caller's. Thread-safe.
 */
public final class HttpTransport implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int KEPT_MAX = 64;
    private static final int PORT_HTTP = 80;
    private static final int PORT_HTTPS = 443;

    private static final Logger LOG = LoggerFactory.getLogger(HttpTransport.class);

    private final @Nullable SSLContext tls;
    private final Proxies proxies;
    private final Duration stall;
    private final Map<String, Deque<HttpConnection>> kept = new HashMap<>();
    private final Set<Socket> open = new HashSet<>();
    private boolean closed;

    /**
     * @param tls null for the JDK's own
     * @param stall how long a server may take to answer, and how long nothing of a body may come
     */
    public HttpTransport(@Nullable SSLContext tls, Proxies proxies, Duration stall) {
        this.tls = tls;
        this.proxies = proxies;
        this.stall = stall;
    }

    /**
     * A GET, or a POST of a form.
     *
     * @param uri with a host, by http or https
     */
    public HttpAnswer send(URI uri, Map<String, String> headers, byte @Nullable [] form) throws IOException {
        String place = uri.getScheme() + "://" + uri.getHost() + ":" + port(uri);
        HttpConnection used = take(place);
        if (used != null) {
            try {
                return send(used, uri, headers, form);
            } catch (HttpHead.Closed | SocketException e) {
                if (isClosed()) {
                    throw e;
                }
                // The server had closed it meanwhile, which is its right.
            }
        }
        return send(connect(uri, place), uri, headers, form);
    }

    private HttpAnswer send(HttpConnection connection, URI uri, Map<String, String> headers, byte @Nullable [] form)
            throws IOException {
        try {
            return connection.send(uri, headers, form, stall.toNanos());
        } catch (IOException | RuntimeException | Error e) {
            released(connection, false);
            throw e;
        }
    }

    static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? PORT_HTTPS : PORT_HTTP;
    }

    // ---- connections

    private HttpConnection connect(URI uri, String place) throws IOException {
        boolean secure = "https".equals(uri.getScheme());
        URI proxy = proxies.of(uri);
        Socket raw = proxy == null ? connected(uri) : connectedToProxy(proxy);
        try {
            Socket socket = raw;
            String authorization = proxy == null ? "" : authorization(proxy);
            if (proxy != null && "https".equals(proxy.getScheme())) {
                socket = secured(socket, proxy);
            }
            if (proxy != null && secure) {
                tunnel(socket, uri, proxy, authorization);
            }
            if (secure) {
                socket = secured(socket, uri);
            }
            boolean whole = proxy != null && !secure;
            return new HttpConnection(place, raw, socket, whole ? authorization : null, this::released);
        } catch (IOException | RuntimeException | Error e) {
            forget(raw);
            throw e;
        }
    }

    private Socket connectedToProxy(URI proxy) throws IOException {
        try {
            return connected(proxy);
        } catch (IOException e) {
            ConnectException failure =
                    new ConnectException("the proxy " + shown(proxy) + " can't be reached: " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    private Socket connected(URI to) throws IOException {
        IOException failure = null;
        String host = to.getHost();
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        for (InetAddress address : InetAddress.getAllByName(name)) {
            Socket socket = opened(new Socket());
            try {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, stall.toMillis()));
                socket.connect(new InetSocketAddress(address, port(to)), (int) CONNECT.toMillis());
                return socket;
            } catch (IOException thrown) {
                forget(socket);
                IOException e = thrown instanceof SocketTimeoutException
                        ? new ConnectException("no connection within " + CONNECT.toSeconds() + " s")
                        : thrown;
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        throw Objects.requireNonNullElseGet(failure, () -> new ConnectException("it has no address"));
    }

    private Socket secured(Socket socket, URI to) throws IOException {
        SSLContext context = tls;
        if (context == null) {
            try {
                context = SSLContext.getDefault();
            } catch (NoSuchAlgorithmException e) {
                throw new IOException("there is no TLS here", e);
            }
        }
        SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, to.getHost(), port(to), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }

    private void tunnel(Socket socket, URI uri, URI proxy, String authorization) throws IOException {
        String target = uri.getHost() + ":" + port(uri);
        StringBuilder head = new StringBuilder("CONNECT " + target + " HTTP/1.1\r\n");
        HttpConnection.field(head, "Host", target);
        if (!authorization.isEmpty()) {
            HttpConnection.field(head, "Proxy-Authorization", authorization);
        }
        socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        int status = HttpHead.read(socket.getInputStream(), stall.toNanos()).status();
        if (status / 100 != 2) {
            throw new ConnectException("the proxy " + shown(proxy) + " answers " + status
                    + (status == 407 ? ": it wants a user and a password, as in http://user:password@host:port" : ""));
        }
    }

    /** Without the password. */
    static String shown(URI proxy) {
        return proxy.getScheme() + "://" + proxy.getHost() + ":" + port(proxy);
    }

    private static String authorization(URI proxy) {
        String user = proxy.getUserInfo();
        return user == null
                ? ""
                : "Basic "
                        + Base64.getEncoder()
                                .encodeToString(
                                        (user.contains(":") ? user : user + ":").getBytes(StandardCharsets.UTF_8));
    }

    private synchronized Socket opened(Socket socket) throws IOException {
        if (closed) {
            throw new SocketException("the transfer has been given up");
        }
        open.add(socket);
        return socket;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized @Nullable HttpConnection take(String place) {
        Deque<HttpConnection> some = kept.get(place);
        return some == null ? null : some.pollFirst();
    }

    private void released(HttpConnection connection, boolean usable) {
        synchronized (this) {
            if (usable && !closed) {
                Deque<HttpConnection> some = kept.computeIfAbsent(connection.place, place -> new ArrayDeque<>());
                if (some.size() < KEPT_MAX) {
                    some.addFirst(connection);
                    return;
                }
            }
        }
        forget(connection.raw);
    }

    private void forget(Socket socket) {
        synchronized (this) {
            open.remove(socket);
        }
        end(socket);
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("A connection to {} did not end well", socket.getRemoteSocketAddress(), e);
        }
    }

    /** Ends all connections, also those on which others wait: they fail. */
    @Override
    public void close() {
        Set<Socket> all;
        synchronized (this) {
            closed = true;
            kept.clear();
            all = Set.copyOf(open);
            open.clear();
        }
        all.forEach(HttpTransport::end);
    }
}
