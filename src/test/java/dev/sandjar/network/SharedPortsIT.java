package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Explanation;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ports of sandboxes that were made before their program was known. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class SharedPortsIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;

    @Test
    void eachOfAPoolHasItsPort() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build();
        try (SandboxPool pool = sandbox.pool(2);
                SandboxProcess one = pool.start(Servers.python(SERVER));
                SandboxProcess other = pool.start(Servers.python(SERVER))) {
            assertEquals("up", one.inputReader().readLine());
            assertEquals("up", other.inputReader().readLine());
            assertNotEquals(one.publishedPort(8080), other.publishedPort(8080));
            Servers.assertEchoes(one.publishedPort(8080));
            Servers.assertEchoes(other.publishedPort(8080));
        }
    }

    @Test
    void programsOfAPoolReachThePortOfTheHost() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.loopback().hostPort(port))
                    .build();
            try (SandboxPool pool = sandbox.pool(1)) {
                for (int i = 0; i < 3; i++) {
                    try (SandboxProcess client = pool.start(Servers.python(HostPortIT.client("127.0.0.1", port)))) {
                        assertEquals("hello", client.inputReader().readLine());
                    }
                }
            }
        }
    }

    /** Also for one that waits. */
    @Test
    void aSocketOfTheHostIsForOneSandboxAtATime(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("socket");
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.loopback().with(PortRule.publish(8080).onHost(socket)))
                .build();
        String why = assertThrows(SandboxException.class, () -> sandbox.pool(2)).getMessage();
        assertTrue(why.contains(socket.toString()), why);
        // The relay of the first is told to end, and removes it.
        assertTrue(Await.within(Duration.ofSeconds(60), () -> !Files.exists(socket)), "what was made for the first");
        try (SandboxPool pool = sandbox.pool(1);
                SandboxProcess one = pool.start(Servers.python(SERVER))) {
            assertEquals("up", one.inputReader().readLine());
            assertThrows(SandboxException.class, () -> pool.start("true"));
        }
    }

    @Test
    void boundsAreToldWhereTheyHold() throws Exception {
        Network network = Network.egress(
                        EgressRule.allow("a.example", 443),
                        EgressRule.allow("b.example", 5432).anyProtocol())
                .publish(8080)
                .hostPort(81)
                .bounds(b -> b.connections(7)
                        .bytes(DataSize.mebibytes(3))
                        .connectionsPerSecond(9)
                        .firstBytes(Duration.ofSeconds(2)));
        Explanation explained = Sandbox.untrusted().network(network).build().explain();
        String all = "all are let through, at most 7 at once";
        String checked = "addresses are checked, and nobody decides, at most 7 at once";
        String inside = ", 9 a second of all that begin inside, 3 MiB of all that begin inside";
        assertEquals(all, reason(explained, "publish 8080"));
        assertEquals(all + inside, reason(explained, "hostPort 127.0.0.1:81"));
        assertEquals(checked + ", their first bytes within 2000 ms" + inside, reason(explained, "allow a.example"));
        assertEquals(checked + inside, reason(explained, "allow b.example"));
    }

    private static String reason(Explanation explained, String rule) {
        return explained.entries().stream()
                .filter(entry -> entry.request().startsWith(rule))
                .findFirst()
                .orElseThrow()
                .reason();
    }
}
