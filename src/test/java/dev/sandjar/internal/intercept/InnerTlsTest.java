package dev.sandjar.internal.intercept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.network.EgressRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What TLS with a program inside costs this JVM: one handshake for each connection, and few sessions. */
class InnerTlsTest {
    private static final String NAME = "api.example.org";

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private interface Greeting {
        void greet(SSLSocket tls) throws IOException;
    }

    private interface Talk {
        void talk(SSLSocket client) throws IOException;
    }

    private static SSLContext server() {
        Network network = Network.egress(EgressRule.allow(NAME, 443).allowRequests("GET", "/**"));
        return new Authorities(network).current().server(NAME);
    }

    /** With a server that says what it is told. What has ended the server, or null. */
    private static Throwable with(String protocol, Greeting greeting, Talk talk) throws Exception {
        SSLContext inside = SSLContext.getInstance("TLS");
        inside.init(null, new TrustManager[] {new TrustAll()}, null);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> {
                try (Socket raw = listening.accept();
                        SSLSocket tls = (SSLSocket) server().getSocketFactory().createSocket(raw, null, true)) {
                    greeting.greet(tls);
                    InputStream in = tls.getInputStream();
                    OutputStream out = tls.getOutputStream();
                    for (int c = in.read(); c >= 0; c = in.read()) {
                        out.write(c);
                    }
                    end.complete(null);
                } catch (IOException e) {
                    end.complete(e);
                }
            });
            thread.start();
            try (SSLSocket client = (SSLSocket) inside.getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
                client.setSoTimeout(20_000);
                client.setEnabledProtocols(new String[] {protocol});
                client.startHandshake();
                assertEquals(protocol, client.getSession().getProtocol());
                echo(client, 'a');
                talk.talk(client);
            }
            thread.join(20_000);
        }
        return end.get(20, TimeUnit.SECONDS);
    }

    private static void echo(SSLSocket client, int c) throws IOException {
        client.getOutputStream().write(c);
        assertEquals(c, client.getInputStream().read());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void oneThatGoesOnIsLeftAlone(String protocol) throws Exception {
        assertEquals(null, with(protocol, InnerTls::greet, client -> {
            for (int c = 'b'; c < 'z'; c++) {
                echo(client, c);
            }
        }));
    }

    @Test
    void aSecondHandshakeEndsTheConnection() throws Exception {
        Talk again = client -> {
            client.startHandshake();
            echo(client, 'b');
        };
        assertEquals(
                null,
                with(
                        "TLSv1.2",
                        tls -> {
                            tls.setUseClientMode(false);
                            tls.startHandshake();
                        },
                        again),
                "a server that does nothing about it");
        Throwable end =
                with("TLSv1.2", InnerTls::greet, client -> assertThrows(IOException.class, () -> again.talk(client)));
        assertTrue(end instanceof IOException, () -> "it has gone on: " + end);
    }

    /** In TLS 1.3 that is new keys, which cost little. */
    @Test
    void newKeysAreTaken() throws Exception {
        assertEquals(null, with("TLSv1.3", InnerTls::greet, client -> {
            client.startHandshake();
            echo(client, 'b');
        }));
    }

    @Test
    void fewSessionsAreKept() {
        assertEquals(64, server().getServerSessionContext().getSessionCacheSize());
    }
}
