package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that find a proxy by the variables alone; {@link EgressProxyIT} has curl. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Tag("heavy")
@Tag("once")
class EgressProxyClientsIT {
    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private SandboxBuilder sandbox(WebServers server) {
        return Sandbox.untrusted()
                .network(Network.egress(
                                EgressRule.allow("server.test", server.port()).withAddresses(Hosts.LOOPBACK))
                        .withProxies()
                        .resolver(hosts)
                        .listener(events::add));
    }

    /**
     * Of a shell script that gets something from the host that is its argument. Another host than the allowed one has no address inside: of
     * what is wanted of it only a proxy can tell.
     */
    private void assertGoesThroughTheProxy(Sandbox sandbox, WebServers server, String script, String expected)
            throws Exception {
        RunResult got = run(sandbox, script, "server.test:" + server.port());
        assertEquals(0, got.exitValue(), got.stdout() + got.stderr());
        assertTrue(got.stdout().contains(expected), got.stdout() + got.stderr());
        ConnectionEvent last = events.get(events.size() - 1);
        assertEquals("server.test", last.connection().name().orElseThrow());
        assertTrue(last.bytesIn() > 0 && last.bytesOut() > 0, events::toString);
        RunResult refused = run(sandbox, script, "other.test:" + server.port());
        assertNotEquals(0, refused.exitValue(), refused.stdout() + refused.stderr());
        last = events.get(events.size() - 1);
        assertEquals(EgressProxy.HTTP, last.connection().rule(), events::toString);
        assertEquals("no rule is for \"other.test:" + server.port() + "\"", last.reason());
    }

    private static RunResult run(Sandbox sandbox, String script, String host) throws Exception {
        return sandbox.run(Command.of("/bin/sh", "-c", script, "sh", host).env("HOME", "/tmp"));
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void pythonsUrllib() throws Exception {
        try (WebServers plain = WebServers.plain();
                WebServers tls = WebServers.tls(directory)) {
            String get = "/usr/bin/python3 -I -c 'import ssl, sys, urllib.request as u\n"
                    + "print(u.urlopen(sys.argv[1], timeout=30, context=ssl._create_unverified_context()).read().decode())' ";
            assertGoesThroughTheProxy(
                    sandbox(plain).build(), plain, get + "http://$1/", "host server.test:" + plain.port());
            assertGoesThroughTheProxy(sandbox(tls).build(), tls, get + "https://$1/", "host server.test:" + tls.port());
        }
    }

    @Test
    @NeedsHost(Feature.GIT)
    void git() throws Exception {
        HostProgram.sh(
                "set -e; cd \"$1\"; git init -q --bare r.git; git init -q w; cd w;"
                        + " git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one;"
                        + " git push -q ../r.git HEAD:refs/heads/main; git -C ../r.git update-server-info",
                directory.toString());
        try (WebServers files = WebServers.of(directory)) {
            assertGoesThroughTheProxy(
                    sandbox(files).build(), files, "git ls-remote http://$1/r.git", "refs/heads/main");
        }
    }

    @Test
    @NeedsHost(Feature.PIP)
    void pip() throws Exception {
        String information = "thing-1.0.dist-info/";
        Map<String, String> wheel = Map.of(
                information + "METADATA",
                "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n",
                information + "WHEEL",
                "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                information + "RECORD",
                "");
        try (ZipOutputStream zip =
                new ZipOutputStream(Files.newOutputStream(directory.resolve("thing-1.0-py3-none-any.whl")))) {
            for (Map.Entry<String, String> each : wheel.entrySet()) {
                zip.putNextEntry(new ZipEntry(each.getKey()));
                zip.write(each.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        try (WebServers files = WebServers.of(directory)) {
            assertGoesThroughTheProxy(
                    sandbox(files).build(),
                    files,
                    "/usr/bin/python3 -m pip download --disable-pip-version-check --no-cache-dir --no-deps --retries 0 --trusted-host server.test -d /tmp"
                            + " http://$1/thing-1.0-py3-none-any.whl",
                    "Successfully downloaded thing");
        }
    }

    @Test
    @NeedsHost(Feature.NPM)
    void npm() throws Exception {
        Files.writeString(
                directory.resolve("thing"),
                "{\"name\":\"thing\",\"dist-tags\":{\"latest\":\"1.0.7\"},\"versions\":{\"1.0.7\":{\"name\":\"thing\","
                        + "\"version\":\"1.0.7\",\"dist\":{\"tarball\":\"http://server.test/none.tgz\"}}}}");
        try (WebServers files = WebServers.of(directory)) {
            assertGoesThroughTheProxy(
                    sandbox(files).build(),
                    files,
                    "/usr/bin/npm view thing version --registry http://$1/ --fetch-retries 0 --no-update-notifier",
                    "1.0.7");
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
                    fmt.Println(string(b))
                    if r.StatusCode != 200 { os.Exit(1) }
                }
                """);
        try (WebServers plain = WebServers.plain()) {
            Sandbox sandbox = sandbox(plain).bindReadOnly(program, "/opt/get").build();
            assertGoesThroughTheProxy(sandbox, plain, "/opt/get http://$1/", "host server.test:" + plain.port());
        }
    }
}
