package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that know nothing of Sandjar, by whose requests a secret is needed that they have not. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Tag("once")
class CredentialsClientsIT {
    private static final String SECRET = "k7-never-inside-2f";

    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");
    private TlsOrigin origin;

    @TempDir
    Path directory;

    @BeforeEach
    void open() throws Exception {
        origin = TlsOrigin.open(directory, "server.test");
    }

    @AfterEach
    void close() throws Exception {
        origin.close();
    }

    private SandboxBuilder builder() {
        EgressRule rule = EgressRule.allow("server.test", origin.port())
                .withAddresses(Hosts.LOOPBACK)
                .trusting(origin.certificate())
                .credential(Header.bearer(() -> SECRET));
        return Sandbox.untrusted().network(Network.egress(rule).resolver(hosts));
    }

    private String url(String path) {
        return "https://server.test:" + origin.port() + path;
    }

    private void assertAuthorized(int count) {
        assertEquals(count, origin.asked.size(), origin.asked::toString);
        origin.asked.forEach(each -> assertEquals(List.of("Bearer " + SECRET), each.values("Authorization")));
    }

    @Test
    @NeedsHost(Feature.CURL)
    void curl() throws Exception {
        String script = "curl -sS --max-time 30 -H 'Authorization: Bearer mine' " + url("/a") + " --next -sS -I "
                + url("/b") + " | head -c 15";
        assertEquals("path /aHTTP/1.1", Guest.sh(builder().build(), script));
        assertAuthorized(2);
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void pythonsUrllib() throws Exception {
        String program = "import urllib.request as u\nprint(u.urlopen('" + url("/p")
                + "', b'data', timeout=30).read().decode())\n";
        assertEquals("path /p", Guest.python(builder().build(), program));
        assertAuthorized(1);
        assertEquals("data", new String(origin.only().body(), StandardCharsets.US_ASCII));
    }

    /** Which would rather have HTTP/2. */
    @Test
    void javasHttpClient() throws Exception {
        Path source = Files.writeString(
                directory.resolve("Get.java"),
                """
                import java.net.URI;
                import java.net.http.*;
                public class Get {
                    public static void main(String[] arguments) throws Exception {
                        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
                                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[100000])))
                                .build();
                        HttpClient client = HttpClient.newHttpClient();
                        for (int i = 0; i < 2; i++) {
                            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                            System.out.println(answer.version() + " " + answer.body());
                        }
                    }
                }
                """);
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()));
        Path home = Path.of(System.getProperty("java.home")).toRealPath();
        Sandbox sandbox = builder()
                .bindReadOnly(home, "/opt/java")
                .bindReadOnly(directory.resolve("Get.class"), "/opt/classes/Get.class")
                .build();
        RunResult result = sandbox.run(
                "/opt/java/bin/java", "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", "/opt/classes", "Get", url("/j"));
        assertEquals("HTTP_1_1 path /j\nHTTP_1_1 path /j\n", result.stdout(), result.stderr());
        assertAuthorized(2);
        assertEquals(100_000, origin.asked.get(0).body().length);
        assertEquals(1, origin.connections.get());
    }

    @Test
    @NeedsHost(Feature.GIT)
    void git() throws Exception {
        Path bare = ServedRepository.in(directory);
        try (Stream<Path> files = Files.walk(bare)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                serve("/r.git/" + bare.relativize(file), file);
            }
        }
        serve("/r.git/info/refs?service=git-upload-pack", bare.resolve("info/refs"));
        RunResult result = Guest.trySh(
                builder().build(),
                "git clone -q -b main " + url("/r.git") + " /tmp/c && git -C /tmp/c log --format=%s");
        assertEquals("one\n", result.stdout(), result.stderr() + origin.asked);
        assertTrue(origin.asked.size() > 2, origin.asked::toString);
        assertAuthorized(origin.asked.size());
    }

    private void serve(String path, Path file) throws IOException {
        byte[] body = Files.readAllBytes(file);
        byte[] head = ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + body.length
                        + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + body.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        origin.answers.put(path, all);
    }
}
