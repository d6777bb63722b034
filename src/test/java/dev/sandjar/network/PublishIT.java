package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers inside for clients of the host. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class PublishIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;

    private static Sandbox with(Network network) {
        return Sandbox.builder().network(network).build();
    }

    @Test
    void aServerInsideIsReachedAtAnyFreePort() throws Exception {
        Sandbox sandbox = with(Network.loopback().publish(8080));
        try (SandboxProcess one = Servers.start(sandbox, SERVER);
                SandboxProcess other = Servers.start(sandbox, SERVER)) {
            assertTrue(one.publishedPort(8080) != other.publishedPort(8080));
            Servers.assertEchoes(one.publishedPort(8080));
            Servers.assertEchoes(other.publishedPort(8080));
            assertThrows(IllegalArgumentException.class, () -> one.publishedPort(8081));
        }
    }

    @Test
    void untrustedPublishesToo() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build();
        try (SandboxProcess server = Servers.start(sandbox, SERVER)) {
            Servers.assertEchoes(server.publishedPort(8080));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::"})
    void whereverItListensInside(String address) throws Exception {
        try (SandboxProcess server = Servers.start(
                with(Network.loopback().publish(8080)),
                Servers.ECHO + "begin(tcp('" + address + "', 8080))\n" + Servers.UNTIL_TOLD)) {
            Servers.assertEchoes(server.publishedPort(8080));
        }
    }

    @Test
    void aPortThatIsTakenEndsTheStart() throws Exception {
        try (ServerSocket taken = Servers.echo()) {
            Sandbox sandbox = with(Network.loopback().publish(8080, taken.getLocalPort()));
            SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("true"));
            assertTrue(e.getMessage().contains("choose another port"), e.getMessage());
            assertEquals("bind", e.systemCall().orElseThrow());
        }
    }

    @Test
    void thePortEndsWithTheSandbox() throws Exception {
        int port;
        try (SandboxProcess server = Servers.start(with(Network.loopback().publish(8080)), SERVER)) {
            port = server.publishedPort(8080);
            Servers.assertEchoes(port);
        }
        assertThrows(ConnectException.class, () -> Servers.connect(port));
    }

    @Test
    void nobodyInsideIsAReset() throws Exception {
        try (SandboxProcess server = Servers.start(with(Network.loopback().publish(9090)), SERVER)) {
            int port = server.publishedPort(9090);
            assertThrows(IOException.class, () -> {
                if (Servers.exchange(Servers.connect(port), "hello").isEmpty()) {
                    throw new IOException("ended at once");
                }
            });
        }
    }

    /** A server that has closed its socket is told from one that has ended its half by the kernel alone, which takes its time for that. */
    @Test
    @Tag("slow")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void aConnectionThatItsServerHasClosedHasNoPlace() throws Exception {
        String program =
                """
                import socket, sys, threading
                s = socket.create_server(('127.0.0.1', 8080))
                def serve():
                    while True:
                        c, _ = s.accept()
                        c.sendall(b'hello'); c.close()
                threading.Thread(target=serve, daemon=True).start()
                """
                        + Servers.UNTIL_TOLD;
        try (SandboxProcess server =
                        Servers.start(with(Network.loopback().publish(8080).bounds(b -> b.connections(1))), program);
                Socket first = Servers.connect(server.publishedPort(8080));
                Socket second = Servers.connect(server.publishedPort(8080))) {
            assertEquals("hello", new String(first.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            second.setSoTimeout(360_000);
            assertEquals("hello", new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
