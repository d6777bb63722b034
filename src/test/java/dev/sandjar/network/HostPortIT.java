package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers of the host for programs inside. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class HostPortIT {
    /** Prints what comes back, or why nothing does. */
    static String client(String host, int port) {
        return "import socket\ntry:\n  s = socket.create_connection(('" + host + "', " + port + "), 20)\n"
                + "  s.sendall(b'hello'); s.shutdown(socket.SHUT_WR); r = b''\n"
                + "  while True:\n    d = s.recv(100)\n    if not d: break\n    r += d\n  print(r.decode())\n"
                + "except OSError as e: print('reset' if e.errno in (104, 107, 32) else e.errno)\n";
    }

    private static Sandbox with(Network network) {
        return Sandbox.builder().network(network).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "localhost"})
    void aPortOfTheHostIsReached(String address) throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = with(Network.loopback().hostPort(port));
            assertEquals("hello", Guest.python(sandbox, client(address, port)));
        }
    }

    @Test
    void untrustedFindsItByName() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.loopback().hostPort(port, "db"))
                    .build();
            assertEquals("hello", Guest.python(sandbox, client("db", port)));
        }
    }

    @Test
    void theViewOfTheHostGetsTheNameToo() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = Sandbox.builder()
                    .rootfs(RootFs.hostReadOnly())
                    .network(Network.loopback()
                            .with(PortRule.hostPort(port).inside(5432).named("db.test")))
                    .build();
            assertEquals("hello", Guest.python(sandbox, client("db.test", 5432)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @NeedsHost(Feature.TIMENS)
    void hermeticFindsItByName(boolean overlay, @TempDir Path tree) throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            SandboxBuilder builder =
                    Sandbox.hermetic().hostPrograms().network(Network.loopback().hostPort(port, "db"));
            if (overlay) {
                Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x"));
                builder.rootfs(RootFs.overlay(tree).captureChanges());
            }
            Sandbox sandbox = builder.build();
            assertEquals("hello", Guest.python(sandbox, client("db", port)));
            assertEquals(
                    "127.0.0.1\tlocalhost sandbox\n::1\tlocalhost\n127.0.0.1\tdb\n::1\tdb",
                    Guest.sh(sandbox, "cat /etc/hosts"));
            assertEquals(AppliedPolicy.Outcome.ENFORCED, names(sandbox).outcome());
        }
    }

    /** Which nobody else writes to. */
    @Test
    @NeedsHost(Feature.TIMENS)
    void aFileOfTheCallersKeepsItsNames() throws Exception {
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .file("/etc/hosts", "127.0.0.1 other\n")
                .network(Network.loopback().hostPort(5432, "db"))
                .build();
        assertEquals("127.0.0.1 other", Guest.sh(sandbox, "cat /etc/hosts"));
        assertEquals(AppliedPolicy.Outcome.DEGRADED, names(sandbox).outcome());
    }

    private static AppliedPolicy.Entry names(Sandbox sandbox) throws Exception {
        return sandbox.explain().entries().stream()
                .filter(entry -> entry.request().equals("names of the host's ports"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aNameNeedsAFileOfTheSandboxesOwn() throws Exception {
        Sandbox sandbox = with(Network.loopback().hostPort(5432, "db"));
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> sandbox.start("true"));
        assertTrue(e.getMessage().contains("/etc/hosts"), e.getMessage());
    }

    @Test
    void nothingElseOfTheHostIsReached() throws Exception {
        try (ServerSocket server = Servers.echo();
                ServerSocket other = Servers.echo()) {
            Sandbox sandbox = with(Network.loopback().hostPort(server.getLocalPort()));
            assertEquals("111", Guest.python(sandbox, client("127.0.0.1", other.getLocalPort())), "ECONNREFUSED");
            assertEquals("101", Guest.python(sandbox, client("169.254.169.254", 80)), "ENETUNREACH");
        }
    }

    @Test
    void theHostsServerMayListenOnIpv6() throws Exception {
        InetAddress six = InetAddress.getByName("::1");
        try (ServerSocket server = Servers.echo(six)) {
            int port = server.getLocalPort();
            Sandbox sandbox =
                    with(Network.loopback().with(PortRule.hostPort(port).onHost(six, port)));
            assertEquals("hello", Guest.python(sandbox, client("127.0.0.1", port)));
        }
    }

    @Test
    void aServerThatIsNotThereIsAReset() throws Exception {
        try (Socket taken = Servers.unanswered()) {
            int port = taken.getLocalPort();
            assertEquals("reset", Guest.python(with(Network.loopback().hostPort(port)), client("127.0.0.1", port)));
        }
    }
}
