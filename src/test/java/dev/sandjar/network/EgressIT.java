package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts that are reached by their names. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class EgressIT {
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");

    private static EgressRule rule(int port) {
        return EgressRule.allow("server.test", port)
                .withAddresses(Hosts.LOOPBACK)
                .anyProtocol();
    }

    private Sandbox sandbox(Network network) {
        return Sandbox.untrusted()
                .name("out")
                .network(network.resolver(hosts).listener(events::add))
                .build();
    }

    private String run(Network network, String host, int port) throws Exception {
        return Guest.python(sandbox(network), HostPortIT.client(host, port));
    }

    private ConnectionEvent event() {
        assertEquals(1, events.size(), events::toString);
        return events.get(0);
    }

    @Test
    void explainSaysWhatIsCheckedAndWhoDecides() throws Exception {
        Network network = Network.egress(EgressRule.allow("repo.example.org", 443));
        String alone =
                Sandbox.untrusted().network(network).build().explain().entries().toString();
        assertTrue(alone.contains("addresses are checked, and nobody decides, at most"), alone);
        String asked = Sandbox.untrusted()
                .network(network.decide(request -> Decision.REFUSE))
                .build()
                .explain()
                .toString();
        assertTrue(asked.contains("addresses are checked, then each is decided on, at most"), asked);
    }

    @Test
    void aHostIsReachedByItsName() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            assertEquals("hello", run(Network.egress(rule(port)), "server.test", port));
            ConnectionEvent event = event();
            assertEquals(ConnectionEvent.Verdict.COMPLETED, event.verdict());
            assertEquals(5, event.bytesIn());
            assertEquals(5, event.bytesOut());
            assertEquals(
                    Hosts.address("127.0.0.1"), event.address().orElseThrow().getAddress());
            assertEquals(port, event.address().orElseThrow().getPort());
            assertEquals("server.test", event.connection().name().orElseThrow());
            assertEquals(List.of(Hosts.address("127.0.0.1")), event.connection().addresses());
            assertEquals("out", event.connection().sandbox());
            assertEquals(rule(port), event.connection().rule());
            assertEquals(1, hosts.asked.get());
        }
    }

    @Test
    void otherNamesPortsAndAddressesAreNotReached() throws Exception {
        try (ServerSocket server = Servers.echo();
                ServerSocket other = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.egress(rule(port));
            hosts.with("other.test", "127.0.0.1");
            assertEquals("-3", run(network, "other.test", port), "EAI_AGAIN");
            assertEquals("111", run(network, "server.test", other.getLocalPort()), "ECONNREFUSED");
            assertEquals("111", run(network, "127.0.0.1", port), "ECONNREFUSED");
            assertEquals("101", run(network, "169.254.169.254", 80), "ENETUNREACH");
            assertEquals("111", run(network, "198.18.200.1", port), "ECONNREFUSED");
            assertEquals(List.of(), events);
            assertEquals("hello", run(network, "server.test", port));
        }
    }

    @Test
    void withoutRulesNothingIsReached() throws Exception {
        assertEquals(Network.loopback(), Network.egress());
        assertEquals("-3", run(Network.egress(), "server.test", 443));
        assertEquals("101", run(Network.egress(), "198.18.0.1", 443), "ENETUNREACH");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "100.64.0.1",
                "127.0.0.1",
                "169.254.169.254",
                "192.168.0.1",
                "198.18.0.1",
                "224.0.0.1",
                "0.0.0.0",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "fd00:ec2::254",
                "fe80::1",
                "::1",
                "::127.0.0.1",
                "::"
            })
    void addressesThatAreNotPublicAreRefused(String literal) throws Exception {
        hosts.with("server.test", literal);
        Network network = Network.egress(EgressRule.allow("server.test", 80).anyProtocol());
        assertEquals("reset", run(network, "server.test", 80));
        assertEquals(ConnectionEvent.Verdict.REFUSED, event().verdict());
        assertTrue(event().reason().contains("server.test"), event().reason());
        assertTrue(event().address().isEmpty());
    }

    @Test
    void oneAddressThatMayNotBeRefusesAll() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            hosts.with("server.test", "127.0.0.1", "169.254.169.254");
            assertEquals("reset", run(Network.egress(rule(port)), "server.test", port));
            assertEquals(ConnectionEvent.Verdict.REFUSED, event().verdict());
            assertTrue(event().reason().contains("169.254.169.254"), event().reason());
            hosts.with("server.test", "127.0.0.1");
            assertEquals("hello", run(Network.egress(rule(port)), "server.test", port));
        }
    }

    /** What is checked is what is connected to: a second answer would be another. */
    @Test
    void aNameIsResolvedOnceForEachConnection() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            List<String> answers = new CopyOnWriteArrayList<>(List.of("127.0.0.1", "169.254.169.254"));
            NameResolver rebinding = name -> List.of(Hosts.address(answers.remove(0)));
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.egress(rule(port)).resolver(rebinding).listener(events::add))
                    .build();
            assertEquals("hello", Guest.python(sandbox, HostPortIT.client("server.test", port)));
            assertEquals("reset", Guest.python(sandbox, HostPortIT.client("server.test", port)));
            assertEquals(
                    List.of(ConnectionEvent.Verdict.COMPLETED, ConnectionEvent.Verdict.REFUSED),
                    events.stream().map(ConnectionEvent::verdict).toList());
        }
    }

    @Test
    void theNextAddressIsTried() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            hosts.with("server.test", "127.9.9.9", "127.0.0.1");
            assertEquals("hello", run(Network.egress(rule(port)), "server.test", port));
            assertEquals(
                    Hosts.address("127.0.0.1"), event().address().orElseThrow().getAddress());
        }
    }

    @Test
    void whoDoesNotAnswerIsTold() throws Exception {
        try (Socket taken = Servers.unanswered()) {
            int port = taken.getLocalPort();
            assertEquals("reset", run(Network.egress(rule(port)), "server.test", port));
            assertEquals(ConnectionEvent.Verdict.UNREACHABLE, event().verdict());
            assertTrue(event().reason().contains("ECONNREFUSED"), event().reason());
            assertEquals(port, event().address().orElseThrow().getPort());
        }
    }

    @Test
    void aNameThatNobodyHasIsUnreachable() throws Exception {
        hosts.with("server.test");
        assertEquals("reset", run(Network.egress(rule(443)), "server.test", 443));
        assertEquals(ConnectionEvent.Verdict.UNREACHABLE, event().verdict());
        assertEquals("the name server.test has no address", event().reason());
    }

    @Test
    void theDeciderKnowsNameAndAddresses() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            hosts.with("refused.test", "127.0.0.1");
            List<Connection> asked = new CopyOnWriteArrayList<>();
            Network network = Network.egress(
                            rule(port),
                            EgressRule.allow("refused.test", port)
                                    .withAddresses(Hosts.LOOPBACK)
                                    .anyProtocol())
                    .decide(connection -> {
                        asked.add(connection);
                        return connection.name().orElseThrow().equals("server.test") ? Decision.ALLOW : Decision.REFUSE;
                    });
            assertEquals("hello", run(network, "server.test", port));
            assertEquals("reset", run(network, "refused.test", port));
            assertEquals(
                    List.of("server.test", "refused.test"),
                    asked.stream().map(c -> c.name().orElseThrow()).toList());
            assertEquals(List.of(Hosts.address("127.0.0.1")), asked.get(0).addresses());
            assertEquals(asked, events.stream().map(ConnectionEvent::connection).toList());
        }
    }

    @Test
    void aResolverThatFailsRefuses() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.egress(rule(443))
                        .resolver(name -> {
                            throw new IllegalStateException("of the test");
                        })
                        .listener(events::add))
                .build();
        assertEquals("reset", Guest.python(sandbox, HostPortIT.client("server.test", 443)));
        assertEquals(ConnectionEvent.Verdict.REFUSED, event().verdict());
        assertTrue(event().reason().contains("of the test"), event().reason());
    }
}
