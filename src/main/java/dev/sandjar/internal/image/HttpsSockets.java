package dev.sandjar.internal.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * What {@link javax.net.ssl.HttpsURLConnection} connects with: a plain socket, perhaps through a proxy, and TLS over it with the check of
 * the server's name, whatever check an application has set for its process.
 */
final class HttpsSockets extends SSLSocketFactory {
    private final SSLSocketFactory layers;
    private final @Nullable URI proxy;
    private final Duration stall;

    private HttpsSockets(SSLSocketFactory layers, @Nullable URI proxy, Duration stall) {
        this.layers = layers;
        this.proxy = proxy;
        this.stall = stall;
    }

    /**
     * @param tls null for the JDK's own
     * @param stall how long a proxy may take to answer
     */
    static HttpsSockets of(@Nullable SSLContext tls, @Nullable URI proxy, Duration stall) throws IOException {
        SSLContext context = tls;
        if (context == null) {
            try {
                context = SSLContext.getDefault();
            } catch (NoSuchAlgorithmException e) {
                throw new IOException("there is no TLS here", e);
            }
        }
        return new HttpsSockets(context.getSocketFactory(), proxy, stall);
    }

    @Override
    public Socket createSocket() {
        return proxy == null
                ? new Socket() {
                    @Override
                    public void connect(SocketAddress to, int timeout) throws IOException {
                        try {
                            super.connect(to, timeout);
                        } catch (IOException e) {
                            throw Http.unconnected(e);
                        }
                    }

                    @Override
                    public InputStream getInputStream() throws IOException {
                        return new TlsOnly(super.getInputStream());
                    }
                }
                : new ProxyTunnel(proxy, stall, this);
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
        SSLSocket secure = (SSLSocket) layers.createSocket(socket, host, port, autoClose);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        return secure;
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return layers.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return layers.getSupportedCipherSuites();
    }

    // ---- ways around the proxy, which the JDK would take as a last resort

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        throw direct();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
        throw direct();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        throw direct();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
        throw direct();
    }

    private static IOException direct() {
        return new IOException("TLS begins on a connection that is there");
    }
}
