package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageLimits;
import dev.sandjar.image.ImageReference;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.ServerKeys;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ServerSocketFactory;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls with what a user has configured: proxies, and credentials that other tools have left. */
@KernelTest
@Tag("heavy")
@Tag("once")
class RegistryUserIT {
    private static final String NOWHERE = "registry.invalid";

    @TempDir
    Path directory;

    private Path layout;

    @BeforeEach
    void make() throws IOException {
        layout = Tars.layout(
                directory.resolve("layout"), Tars.tar().file("f", "x").bytes());
    }

    private StoredImage pull(String name, RegistryAccess access) throws Exception {
        return new Store(directory.resolve("store"), ImageLimits.defaults(), null)
                .pull(ImageReference.parse(name), access);
    }

    private static RegistryAccess plain(LoginSource login) {
        return RegistryAccess.by(login).withPlain().withProxies(Proxies.NONE);
    }

    // ---- credentials

    private LoginSource files(String json) throws IOException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, json);
        return new LoginFiles(List.of(file), "/nowhere");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatALoginHasLeftIsShown() throws Exception {
        try (FakeRegistry registry = new FakeRegistry(layout)) {
            String basic = "Basic " + base64("u:p");
            registry.wants(basic, "Basic realm=\"x\"");
            String json = "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + base64("u:p") + "\"}}}";
            pull(registry.host() + "/r:1", plain(files(json)));
            assertTrue(registry.requests.contains("GET /v2/r/manifests/1 " + basic), registry.requests.toString());
            ImageException e = assertThrows(
                    ImageException.class, () -> pull(registry.host() + "/r:1", plain(files("{\"auths\":{}}"))));
            assertTrue(e.getMessage().contains("it requires credentials (401): who are you?"), e.getMessage());
        }
    }

    /** A helper that nobody needs is not run. */
    @Test
    void nobodyIsAskedForWhatNobodyWants() throws Exception {
        try (FakeRegistry registry = new FakeRegistry(layout)) {
            pull(registry.host() + "/r:1", plain(files("{\"credsStore\":\"absent\"}")));
            registry.wants("Basic x", "Basic realm=\"x\"");
            ImageException e = assertThrows(
                    ImageException.class,
                    () -> pull(registry.host() + "/r:1", plain(files("{\"credsStore\":\"absent\"}"))));
            assertTrue(e.getMessage().contains("docker-credential-absent"), e.getMessage());
        }
    }

    @Test
    void identityTokensAreExchanged() throws Exception {
        try (FakeRegistry registry = new FakeRegistry(layout)) {
            registry.wants("Bearer abc", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
            List<String> forms = new CopyOnWriteArrayList<>();
            registry.next("/token", exchange -> {
                forms.add(new String(exchange.getRequestBody().readNBytes(10_000), StandardCharsets.US_ASCII));
                FakeRegistry.respond(exchange, 200, "{\"access_token\":\"abc\"}".getBytes(StandardCharsets.US_ASCII));
            });
            pull(
                    registry.host() + "/r:1",
                    plain(files("{\"auths\":{\"" + registry.host() + "\":{\"identitytoken\":\"i/d\"}}}")));
            assertEquals(
                    List.of("scope=repository%3Ar%3Apull&service=s&grant_type=refresh_token&client_id=sandjar"
                            + "&refresh_token=i%2Fd"),
                    forms);
            assertTrue(registry.requests.contains("POST /token"), registry.requests.toString());
        }
    }

    /** The JDK would leave out what is said of a 401 to a form that it streams. */
    @Test
    void whatIsSaidOfAnIdentityTokenIsShown() throws Exception {
        try (FakeRegistry registry = new FakeRegistry(layout)) {
            registry.wants("Bearer abc", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
            registry.next(
                    "/token",
                    FakeRegistry.status(
                            401,
                            "{\"error_description\":\"it has expired\"}",
                            "WWW-Authenticate",
                            "Basic realm=\"t\""));
            String json = "{\"auths\":{\"" + registry.host() + "\":{\"identitytoken\":\"i\"}}}";
            ImageException e =
                    assertThrows(ImageException.class, () -> pull(registry.host() + "/r:1", plain(files(json))));
            assertTrue(e.getMessage().contains("token server: it answers 401: it has expired"), e.getMessage());
        }
    }

    // ---- proxies

    @Test
    void plainRequestsGoToTheProxy() throws Exception {
        try (FakeRegistry registry = new FakeRegistry(layout)) {
            Proxies proxies = Proxies.variables(Map.of("HTTP_PROXY", "http://me:secret@" + registry.host()));
            pull(NOWHERE + ":5000/r:1", plain(Login.ANONYMOUS).withProxies(proxies));
            assertTrue(
                    registry.requests.contains(
                            "GET http://" + NOWHERE + ":5000/v2/r/manifests/1 proxy Basic " + base64("me:secret")),
                    registry.requests.toString());
            // The control: without it there is no such host.
            IOException e = assertThrows(IOException.class, () -> pull(NOWHERE + ":5000/r:1", plain(Login.ANONYMOUS)));
            assertTrue(e.getMessage().contains("does not answer"), e.getMessage());
        }
    }

    @Test
    void aProxyThatIsNotThereIsNamed() throws Exception {
        // Bound and not listening: nobody else gets it meanwhile.
        try (Socket taken = new Socket()) {
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = taken.getLocalPort();
            Proxies proxies = Proxies.variables(Map.of("HTTP_PROXY", "http://me:secret@127.0.0.1:" + port));
            IOException e = assertThrows(
                    IOException.class,
                    () -> pull(NOWHERE + ":5000/r:1", plain(Login.ANONYMOUS).withProxies(proxies)));
            assertTrue(
                    e.getMessage().contains("the proxy http://127.0.0.1:" + port + " can't be reached"),
                    e.getMessage());
            assertTrue(!e.getMessage().contains("secret"), e.getMessage());
        }
    }

    /** A key for the name, and who trusts it. */
    private SSLContext tls(String name) throws Exception {
        return ServerKeys.of(directory, name, "127.0.0.1").context();
    }

    @Test
    void tlsGoesThroughTheProxyToTheRegistry() throws Exception {
        SSLContext tls = tls(NOWHERE);
        try (FakeRegistry registry = new FakeRegistry(layout, tls);
                Tunnel proxy = new Tunnel(registry.port(), "HTTP/1.1 200 Connection established\r\n\r\n")) {
            Proxies proxies = Proxies.variables(Map.of("HTTPS_PROXY", "me:secret@127.0.0.1:" + proxy.port()));
            RegistryAccess access =
                    RegistryAccess.by(Login.ANONYMOUS).withProxies(proxies).withTls(tls);
            pull(NOWHERE + "/r:1", access);
            assertTrue(registry.requests.contains("GET /v2/r/manifests/1"), registry.requests.toString());
            String asked = proxy.asked.get(0);
            assertTrue(asked.startsWith("CONNECT " + NOWHERE + ":443 HTTP/1.1\r\n"), asked);
            assertTrue(asked.contains("Proxy-Authorization: Basic " + base64("me:secret") + "\r\n"), asked);
            // Another name than the certificate has.
            IOException e = assertThrows(IOException.class, () -> pull("other.invalid/r:1", access));
            assertTrue(e.getMessage().contains("TLS failed"), e.getMessage());
            IOException untrusted = assertThrows(
                    IOException.class,
                    () -> pull(
                            NOWHERE + "/r:1", RegistryAccess.by(Login.ANONYMOUS).withProxies(proxies)));
            assertTrue(untrusted.getMessage().contains("TLS failed"), untrusted.getMessage());
        }
    }

    @Test
    void aProxyThatRefusesIsNamed() throws Exception {
        try (Tunnel proxy = new Tunnel(1, "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n")) {
            Proxies proxies = Proxies.variables(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + proxy.port()));
            IOException e = assertThrows(
                    IOException.class,
                    () -> pull(
                            NOWHERE + "/r:1", RegistryAccess.by(Login.ANONYMOUS).withProxies(proxies)));
            assertTrue(
                    e.getMessage().contains("the proxy http://127.0.0.1:" + proxy.port() + " answers 407"),
                    e.getMessage());
        }
    }

    @Test
    void theWayToTheProxyMayBeTlsToo() throws Exception {
        SSLContext tls = tls(NOWHERE);
        try (FakeRegistry registry = new FakeRegistry(layout, tls);
                Tunnel proxy =
                        new Tunnel(registry.port(), "HTTP/1.1 200 OK\r\nX: y\r\n\r\n", tls.getServerSocketFactory())) {
            Proxies proxies = Proxies.variables(Map.of("HTTPS_PROXY", "https://127.0.0.1:" + proxy.port()));
            pull(
                    NOWHERE + "/r:1",
                    RegistryAccess.by(Login.ANONYMOUS).withProxies(proxies).withTls(tls));
            assertTrue(registry.requests.contains("GET /v2/r/manifests/1"), registry.requests.toString());
            assertTrue(proxy.asked.get(0).startsWith("CONNECT " + NOWHERE + ":443 "), proxy.asked.toString());
        }
    }

    /** A moment later it is no other server. */
    @Test
    void whoSpeaksNoTlsIsNamedAtOnce() throws Exception {
        List<Duration> waits = new CopyOnWriteArrayList<>();
        RegistryAccess access = RegistryAccess.by(Login.ANONYMOUS)
                .withProxies(Proxies.NONE)
                .withRetries(new Retries(waits::add, Clock.systemUTC()));
        try (Plain server = new Plain()) {
            String host = "127.0.0.1:" + server.port();
            IOException e = assertThrows(IOException.class, () -> pull(host + "/r:1", access));
            assertEquals(
                    "https://" + host + " does not answer: it speaks HTTP without TLS; Registry.plainHttp() is for such"
                            + " a one",
                    e.getMessage());
            IOException proxy = assertThrows(
                    IOException.class,
                    () -> pull(
                            NOWHERE + "/r:1",
                            access.withProxies(Proxies.variables(Map.of("HTTPS_PROXY", "https://" + host)))));
            assertTrue(
                    proxy.getMessage()
                            .endsWith("the proxy https://" + host + " can't be reached: it speaks HTTP without TLS;"
                                    + " http://host:port is for such a one"),
                    proxy.getMessage());
        }
        assertEquals(List.of(), waits);
    }

    /** The control: what is neither HTTP nor TLS is not said to be one of them. */
    @Test
    void brokenTlsIsNoHttp() throws Exception {
        List<Duration> waits = new CopyOnWriteArrayList<>();
        RegistryAccess access = RegistryAccess.by(Login.ANONYMOUS)
                .withProxies(Proxies.NONE)
                .withRetries(new Retries(waits::add, Clock.systemUTC()));
        try (Plain server = new Plain("HTTQ/1.1 400 Bad\r\n\r\n")) {
            IOException e = assertThrows(IOException.class, () -> pull("127.0.0.1:" + server.port() + "/r:1", access));
            assertTrue(e.getMessage().contains("TLS failed"), e.getMessage());
        }
        assertEquals(4, waits.size(), waits.toString());
    }

    /** Whatever an application has let all of its process do. */
    @Test
    void namesAreAlwaysChecked() throws Exception {
        SSLContext tls = tls(NOWHERE);
        HostnameVerifier before = HttpsURLConnection.getDefaultHostnameVerifier();
        HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true);
        try (FakeRegistry registry = new FakeRegistry(layout, tls)) {
            RegistryAccess access =
                    RegistryAccess.by(Login.ANONYMOUS).withProxies(Proxies.NONE).withTls(tls);
            // The control: the certificate is for the address too.
            pull(registry.host() + "/r:1", access);
            IOException e =
                    assertThrows(IOException.class, () -> pull("localhost:" + registry.port() + "/r:1", access));
            assertTrue(e.getMessage().contains("TLS failed"), e.getMessage());
        } finally {
            HttpsURLConnection.setDefaultHostnameVerifier(before);
        }
    }

    /** A server that answers whatever comes with one text. */
    private static final class Plain implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final String answer;

        Plain() throws IOException {
            this("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request");
        }

        Plain(String answer) throws IOException {
            this.answer = answer;
            Thread thread = new Thread(this::serve);
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return server.getLocalPort();
        }

        private void serve() {
            try {
                while (true) {
                    try (Socket socket = server.accept()) {
                        socket.setSoTimeout(30_000);
                        int first = socket.getInputStream().read();
                        assertTrue(first >= 0, "nothing is asked");
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                        socket.shutdownOutput();
                        // What is left unread would reset the connection.
                        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                    }
                }
            } catch (IOException e) {
                return; // the test is over
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** A proxy that connects everybody to one server. */
    private static final class Tunnel implements AutoCloseable {
        final List<String> asked = new CopyOnWriteArrayList<>();
        private final ServerSocket server;
        private final int target;
        private final String answer;

        Tunnel(int target, String answer) throws IOException {
            this(target, answer, ServerSocketFactory.getDefault());
        }

        Tunnel(int target, String answer, ServerSocketFactory sockets) throws IOException {
            this.server = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
            this.target = target;
            this.answer = answer;
            start(this::accept);
        }

        int port() {
            return server.getLocalPort();
        }

        private interface Work {
            void run() throws IOException;
        }

        private static void start(Work work) {
            Thread thread = new Thread(() -> {
                try {
                    work.run();
                } catch (IOException e) {
                    return; // one side has closed
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() throws IOException {
            while (true) {
                Socket socket = server.accept();
                start(() -> serve(socket));
            }
        }

        private void serve(Socket socket) throws IOException {
            try (socket) {
                socket.setSoTimeout(30_000);
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int c = socket.getInputStream().read();
                    if (c < 0) {
                        return;
                    }
                    head.append((char) c);
                }
                asked.add(head.toString());
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                if (!answer.startsWith("HTTP/1.1 200")) {
                    return;
                }
                try (Socket to = new Socket(InetAddress.getLoopbackAddress(), target)) {
                    to.setSoTimeout(30_000);
                    start(() -> copy(socket.getInputStream(), to.getOutputStream(), to));
                    copy(to.getInputStream(), socket.getOutputStream(), null);
                }
            }
        }

        private static void copy(InputStream in, OutputStream out, @Nullable Socket closed) throws IOException {
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                out.flush();
            }
            if (closed != null) {
                closed.close();
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
