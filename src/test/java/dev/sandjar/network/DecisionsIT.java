package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Who is asked about connections, and what is told of them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class DecisionsIT {
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    private String run(Network network, int port) throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .name("asked")
                .network(network.listener(events::add))
                .build();
        return Guest.python(sandbox, HostPortIT.client("127.0.0.1", port));
    }

    @Test
    void whatIsAllowedIsToldWithItsBytes() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            List<Connection> asked = new CopyOnWriteArrayList<>();
            Network network = Network.loopback().hostPort(port).decide(connection -> {
                asked.add(connection);
                return Decision.ALLOW;
            });
            assertEquals("hello", run(network, port));
            assertEquals(1, events.size());
            ConnectionEvent event = events.get(0);
            assertEquals(ConnectionEvent.Verdict.COMPLETED, event.verdict());
            assertEquals(5, event.bytesIn());
            assertEquals(5, event.bytesOut());
            assertTrue(event.duration().toNanos() > 0);
            assertEquals(asked, List.of(event.connection()));
            assertEquals("asked", event.connection().sandbox());
            assertEquals(port, event.connection().port().getAsInt());
            assertEquals(PortRule.hostPort(port), event.connection().rule());
            assertTrue(event.connection().peer().orElseThrow().getAddress().isLoopbackAddress());
        }
    }

    @Test
    void whatIsRefusedIsAReset() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            assertEquals("reset", run(Network.loopback().hostPort(port).decide(c -> Decision.REFUSE), port));
            assertEquals(List.of(ConnectionEvent.Verdict.REFUSED), verdicts());
            assertEquals(0, events.get(0).bytesIn() + events.get(0).bytesOut());
        }
    }

    @Test
    void aDeciderThatThrowsRefuses() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.loopback().hostPort(port).decide(connection -> {
                throw new IllegalStateException("of the test");
            });
            assertEquals("reset", run(network, port));
            assertEquals(List.of(ConnectionEvent.Verdict.REFUSED), verdicts());
        }
    }

    @Test
    void nobodyIsAskedAboutFixedRules() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network =
                    Network.loopback().with(PortRule.hostPort(port).fixed()).decide(c -> Decision.REFUSE);
            assertEquals("hello", run(network, port));
        }
    }

    @Test
    void whereNobodyListensIsTold() throws Exception {
        try (Socket taken = Servers.unanswered()) {
            int port = taken.getLocalPort();
            assertEquals("reset", run(Network.loopback().hostPort(port), port));
            assertEquals(List.of(ConnectionEvent.Verdict.UNREACHABLE), verdicts());
            assertTrue(
                    events.get(0).reason().contains("ECONNREFUSED"),
                    events.get(0).reason());
        }
    }

    @Test
    void clientsOfTheHostAreDecidedOnByTheirAddress() throws Exception {
        Network network = Network.loopback().publish(8080).listener(events::add).decide(connection -> {
            boolean local = connection.peer().orElseThrow().getAddress().isLoopbackAddress();
            return local && connection.port().getAsInt() == 8080 ? Decision.ALLOW : Decision.REFUSE;
        });
        String program = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;
        try (SandboxProcess server =
                Servers.start(Sandbox.untrusted().network(network).build(), program)) {
            Servers.assertEchoes(server.publishedPort(8080));
        }
        assertEquals(List.of(ConnectionEvent.Verdict.COMPLETED), verdicts());
    }

    private List<ConnectionEvent.Verdict> verdicts() {
        return events.stream().map(ConnectionEvent::verdict).toList();
    }
}
