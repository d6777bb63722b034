package dev.sandjar.internal.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A connection through a proxy (RFC 9110, 9.3.6). The JDK's own has no password for a proxy unless the whole process is told so
 * ({@code jdk.http.auth.tunneling.disabledSchemes}), and no TLS to it.
 */
final class ProxyTunnel extends Socket {
    private static final int HEAD_MAX = 1 << 16;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9]{2})(?: .*)?\r?\n", Pattern.DOTALL);

    private final URI proxy;
    private final Duration stall;
    private final HttpsSockets sockets;
    /** To the proxy, if it speaks TLS. */
    private @Nullable SSLSocket secure;

    ProxyTunnel(URI proxy, Duration stall, HttpsSockets sockets) {
        this.proxy = proxy;
        this.stall = stall;
        this.sockets = sockets;
    }

    @Override
    public void connect(SocketAddress to, int timeout) throws IOException {
        try {
            reach(timeout);
            ask((InetSocketAddress) to);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void reach(int timeout) throws IOException {
        try {
            super.connect(new InetSocketAddress(proxy.getHost(), Http.port(proxy)), timeout);
        } catch (IOException e) {
            throw unreached(proxy, Http.unconnected(e));
        }
        setSoTimeout(Http.millis(stall));
        if ("https".equalsIgnoreCase(proxy.getScheme())) {
            SSLSocket made = (SSLSocket) sockets.createSocket(this, proxy.getHost(), Http.port(proxy), true);
            handshake(made);
            secure = made;
        }
    }

    private void handshake(SSLSocket made) throws IOException {
        try {
            made.startHandshake();
        } catch (IOException e) {
            if (TlsOnly.Plain.isCauseOf(e)) {
                // Without the cause, which would be taken for the registry's.
                throw unreached(proxy, new IOException(TlsOnly.PLAIN + "; http://host:port is for such a one"));
            }
            throw e;
        }
    }

    private void ask(InetSocketAddress to) throws IOException {
        String name = to.getHostString();
        String target = (name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name) + ":" + to.getPort();
        String head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
                + (proxy.getUserInfo() == null ? "" : "Proxy-Authorization: " + Proxies.authorization(proxy) + "\r\n")
                + "\r\n";
        getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        int status = status();
        if (status / 100 != 2) {
            throw new ConnectException("the proxy " + shown(proxy) + " answers " + status
                    + (status == 407
                            ? ": it requires a user and a password, as in http://user:password@host:port"
                            : ""));
        }
    }

    /** Byte by byte: what follows the head is the server's. */
    private int status() throws IOException {
        InputStream in = input();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\n\r\n", Math.max(0, head.length() - 3)) < 0
                && head.indexOf("\n\n", Math.max(0, head.length() - 2)) < 0) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("the proxy " + shown(proxy) + " closes the connection without an answer");
            }
            if (head.length() == HEAD_MAX) {
                throw new IOException("the proxy " + shown(proxy) + " answers with more than " + HEAD_MAX + " bytes");
            }
            head.append((char) c);
        }
        Matcher status = STATUS.matcher(head.substring(0, head.indexOf("\n") + 1));
        if (!status.matches()) {
            throw new IOException("the proxy " + shown(proxy) + " does not speak HTTP/1.1");
        }
        return Integer.parseInt(status.group(1));
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new TlsOnly(input());
    }

    private InputStream input() throws IOException {
        SSLSocket over = secure;
        return over == null ? super.getInputStream() : over.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        SSLSocket over = secure;
        return over == null ? super.getOutputStream() : over.getOutputStream();
    }

    // ---- proxies in words

    static IOException unreached(URI proxy, IOException e) {
        ConnectException failure =
                new ConnectException("the proxy " + shown(proxy) + " can't be reached: " + e.getMessage());
        failure.initCause(e);
        return failure;
    }

    /** For a server by plain http; with https there is a tunnel. */
    static void refuseTls(URI proxy) throws IOException {
        if (!"http".equalsIgnoreCase(proxy.getScheme())) {
            throw new IOException("the proxy " + shown(proxy)
                    + " speaks TLS, which is not supported for a registry without; http://host:port is");
        }
    }

    /** Without the password. */
    private static String shown(URI proxy) {
        return proxy.getScheme() + "://" + proxy.getHost() + ":" + Http.port(proxy);
    }
}
