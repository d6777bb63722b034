package dev.sandjar.internal.intercept;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.network.HandedConnection;
import dev.sandjar.internal.network.SocketAddresses;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** A connection to the host's server, whose certificate is for its name. */
final class Upstream implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final Duration REACHING = Duration.ofSeconds(10);
    private static final Duration GREETING = Duration.ofSeconds(20);
    /** Servers may take their time to answer. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final DescriptorSocket raw;
    private final Incoming in;
    private final OutputStream out;

    private Upstream(DescriptorSocket raw, SSLSocket tls) throws IOException {
        this.raw = raw;
        this.in = new Incoming(tls.getInputStream(), ServerFailed::of);
        this.out = tls.getOutputStream();
    }

    /** @throws ServerFailed if none of the addresses answers, or who answers is not the host */
    static Upstream connect(Kernel kernel, HandedConnection connection, SSLSocketFactory factory, Opened opened)
            throws IOException {
        DescriptorSocket raw = new DescriptorSocket(kernel, reach(kernel, connection), GREETING);
        boolean done = false;
        try {
            opened.opened(raw);
            SSLSocket tls = (SSLSocket) factory.createSocket(raw, connection.name(), connection.port(), true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(List.of(new SNIHostName(connection.name())));
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            tls.setSSLParameters(parameters);
            raw.within(GREETING);
            tls.startHandshake();
            raw.withinAnyTime();
            raw.patience(PATIENCE);
            Upstream upstream = new Upstream(raw, tls);
            done = true;
            return upstream;
        } catch (SSLException e) {
            throw new ServerFailed("its TLS is not accepted: " + e.getMessage(), e);
        } catch (IOException e) {
            throw ServerFailed.of(e);
        } finally {
            if (!done) {
                raw.close();
            }
        }
    }

    /** Who has to know of a socket before anybody waits for it. */
    interface Opened {
        void opened(DescriptorSocket raw);
    }

    private static int reach(Kernel kernel, HandedConnection connection) throws ServerFailed {
        int failure = Errno.EHOSTUNREACH.number();
        for (InetSocketAddress address : connection.addresses()) {
            connection.reached(address);
            int domain = address.getAddress() instanceof Inet4Address ? AF_INET : AF_INET6;
            byte[] bytes = SocketAddresses.of(address.getAddress(), address.getPort());
            int fd = kernel.connect(domain, bytes, (int) REACHING.toMillis());
            if (fd >= 0) {
                return fd;
            }
            failure = -fd;
        }
        throw new ServerFailed(Errno.describe(failure), null);
    }

    /** Whether another request can go by it: nothing has come that nobody asked for, nor its end. */
    boolean isIdle() throws IOException {
        return in.isEmpty() && !raw.isReadable();
    }

    Incoming in() {
        return in;
    }

    void write(byte[] bytes, int offset, int length) throws ServerFailed {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw ServerFailed.of(e);
        }
    }

    /** Whose failures are the server's. */
    OutputStream body() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                Upstream.this.write(bytes, offset, length);
            }
        };
    }

    void abort() {
        raw.abort();
    }

    @Override
    public void close() {
        raw.close();
    }
}
