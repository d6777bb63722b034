package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that know nothing of Sandjar and have nothing set, with plain HTTP and with TLS. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Tag("once")
class EgressClientsIT {
    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private Sandbox sandbox(int... ports) {
        return Sandbox.untrusted()
                .network(Network.egress(EgressRule.allow("server.test", ports).withAddresses(Hosts.LOOPBACK))
                        .resolver(hosts)
                        .listener(events::add))
                .build();
    }

    private void assertCompleted(int count) {
        assertEquals(count, events.size(), events::toString);
        for (ConnectionEvent event : events) {
            assertTrue(
                    event.verdict() == ConnectionEvent.Verdict.COMPLETED
                            || event.verdict() == ConnectionEvent.Verdict.BROKEN,
                    events::toString);
            assertTrue(event.bytesIn() > 0 && event.bytesOut() > 0, events::toString);
        }
    }

    @Test
    @NeedsHost(Feature.CURL)
    void curl() throws Exception {
        try (WebServers plain = WebServers.plain();
                WebServers tls = WebServers.tls(directory)) {
            Sandbox sandbox = sandbox(plain.port(), tls.port());
            String get = "curl -sS --max-time 30 ";
            String at = "server.test:" + plain.port();
            String secure = "server.test:" + tls.port();
            assertEquals("host " + at, Guest.sh(sandbox, get + "http://" + at + "/"));
            assertEquals("host " + secure, Guest.sh(sandbox, get + "-k https://" + secure + "/"));
            assertCompleted(2);
            String other = "-H 'Host: other.test' http://" + at + "/";
            assertEquals("56", Guest.sh(sandbox, get + other + " 2>/dev/null; echo $?"), "reset");
            String named = "-k --connect-to other.test:443:" + secure + " https://other.test/";
            assertEquals("35", Guest.sh(sandbox, get + named + " 2>/dev/null; echo $?"), "reset in the handshake");
            assertEquals(4, events.size());
            assertTrue(events.get(2).reason().startsWith("its request is for \"other.test\""), events::toString);
            assertTrue(events.get(3).reason().startsWith("its TLS is for \"other.test\""), events::toString);
            assertEquals(2, hosts.asked.get(), "nothing is looked up for what is refused");
        }
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void pythonsUrllib() throws Exception {
        try (WebServers plain = WebServers.plain();
                WebServers tls = WebServers.tls(directory)) {
            String get =
                    "import ssl, urllib.request as u\nfor url in ('http://server.test:%d/', 'https://server.test:%d/'):\n"
                            + "  print(u.urlopen(url, timeout=30, context=ssl._create_unverified_context()).read().decode())\n";
            Sandbox sandbox = sandbox(plain.port(), tls.port());
            assertEquals(
                    "host server.test:" + plain.port() + "\nhost server.test:" + tls.port(),
                    Guest.python(sandbox, String.format(get, plain.port(), tls.port())));
            assertCompleted(2);
        }
    }

    @Test
    @NeedsHost(Feature.GIT)
    void git() throws Exception {
        ServedRepository.in(directory);
        try (WebServers files = WebServers.of(directory)) {
            String list = "git -c http.version=HTTP/1.1 ls-remote http://server.test:" + files.port() + "/r.git";
            RunResult result = Guest.trySh(sandbox(files.port()), list);
            assertEquals(0, result.exitValue(), result.stdout() + result.stderr());
            assertTrue(result.stdout().contains("refs/heads/main"), result.stdout());
        }
    }

    /** Whose first request wants to go on with HTTP/2. */
    @Test
    void javasHttpClient() throws Exception {
        Path source = Files.writeString(
                directory.resolve("Get.java"),
                """
                import java.net.URI;
                import java.net.http.*;
                public class Get {
                    public static void main(String[] arguments) throws Exception {
                        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
                        System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
                    }
                }
                """);
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()));
        try (WebServers plain = WebServers.plain()) {
            Path home = Path.of(System.getProperty("java.home")).toRealPath();
            Sandbox sandbox = Sandbox.untrusted()
                    .bindReadOnly(home, "/opt/java")
                    .bindReadOnly(directory.resolve("Get.class"), "/opt/classes/Get.class")
                    .network(Network.egress(EgressRule.allow("server.test", plain.port())
                                    .withAddresses(Hosts.LOOPBACK))
                            .resolver(hosts)
                            .listener(events::add))
                    .build();
            URI url = URI.create("http://server.test:" + plain.port() + "/");
            RunResult result = sandbox.run(
                    "/opt/java/bin/java",
                    "-Xmx64m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    "/opt/classes",
                    "Get",
                    url.toString());
            assertEquals("host server.test:" + plain.port(), result.stdout().strip(), result.stderr());
            assertEquals(1, events.size());
        }
    }

    @Test
    @Tag("slow")
    @NeedsHost(Feature.GO)
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void go() throws Exception {
        Path program = GoProgram.built(
                directory,
                "get",
                """
                package main
                import ("fmt"; "io"; "net/http"; "os")
                func main() {
                    r, err := http.Get(os.Args[1])
                    if err != nil { fmt.Println(err); os.Exit(1) }
                    b, _ := io.ReadAll(r.Body)
                    fmt.Print(string(b))
                }
                """);
        try (WebServers plain = WebServers.plain()) {
            Sandbox sandbox = Sandbox.untrusted()
                    .bindReadOnly(program, "/opt/get")
                    .network(Network.egress(EgressRule.allow("server.test", plain.port())
                                    .withAddresses(Hosts.LOOPBACK))
                            .resolver(hosts))
                    .build();
            RunResult result = sandbox.run("/opt/get", "http://server.test:" + plain.port() + "/");
            assertEquals("host server.test:" + plain.port(), result.stdout(), result.stderr());
        }
    }

    @Test
    @NeedsHost(Feature.CURL)
    void variablesOfAProxyChangeNothingButTheirProgram() throws Exception {
        try (WebServers plain = WebServers.plain()) {
            Command command = Command.of(
                            "/usr/bin/curl", "-sS", "--max-time", "30", "http://server.test:" + plain.port() + "/")
                    .env("no_proxy", "*")
                    .env("http_proxy", "http://127.0.0.1:9");
            RunResult result = sandbox(plain.port()).run(command);
            assertEquals("host server.test:" + plain.port(), result.stdout(), result.stderr());
            RunResult lost = sandbox(plain.port()).run(command.env("no_proxy", ""));
            assertEquals(
                    7,
                    lost.exitValue(),
                    "nobody is at such an address: " + new String(lost.stdoutBytes(), StandardCharsets.UTF_8));
        }
    }
}
