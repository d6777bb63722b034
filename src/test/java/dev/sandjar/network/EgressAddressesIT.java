package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hosts that are reached by their addresses. Those of 127.0.0.0/8 are all this host's, and a server can have any of them. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class EgressAddressesIT {
    private static final String SERVER = "127.9.9.9";

    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");

    private static EgressRule rule(String range, int port) {
        return EgressRule.allowAddress(range, port)
                .withAddresses(Hosts.LOOPBACK, AddressRange.of("::1"))
                .anyProtocol();
    }

    private static ServerSocket server() throws Exception {
        return Servers.echo(Hosts.address(SERVER));
    }

    private String run(Network network, String host, int port) throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .network(network.resolver(hosts).listener(events::add))
                .build();
        return Guest.python(sandbox, HostPortIT.client(host, port));
    }

    private ConnectionEvent event() {
        assertEquals(1, events.size(), events::toString);
        return events.get(0);
    }

    @Test
    void anAddressIsReached() throws Exception {
        try (ServerSocket server = server();
                ServerSocket other = server()) {
            int port = server.getLocalPort();
            Network network = Network.egress(rule(SERVER, port));
            assertEquals("hello", run(network, SERVER, port));
            ConnectionEvent event = event();
            assertEquals(ConnectionEvent.Verdict.COMPLETED, event.verdict());
            assertEquals(SERVER, event.address().orElseThrow().getAddress().getHostAddress());
            assertEquals(rule(SERVER, port), event.connection().rule());
            assertTrue(event.connection().name().isEmpty());
            assertEquals(List.of(Hosts.address(SERVER)), event.connection().addresses());
            assertEquals("111", run(network, SERVER, other.getLocalPort()), "another port: ECONNREFUSED");
            assertEquals("111", run(network, "127.9.9.8", port), "another address: ECONNREFUSED");
            assertEquals("101", run(network, "203.0.113.7", port), "ENETUNREACH");
            assertEquals(1, events.size());
            assertEquals(0, hosts.asked.get());
        }
    }

    @Test
    void aRangeIsReached() throws Exception {
        try (ServerSocket server = server()) {
            int port = server.getLocalPort();
            Network network = Network.egress(rule("127.9.0.0/16", port));
            assertEquals("hello", run(network, SERVER, port));
            assertEquals("reset", run(network, "127.8.9.9", port), "no rule is for it");
            assertEquals(ConnectionEvent.Verdict.REFUSED, events.get(1).verdict());
            assertEquals("no rule is for what it was to reach", events.get(1).reason());
            assertEquals("reset", run(network, "127.9.1.1", port), "nobody listens there");
            assertEquals(ConnectionEvent.Verdict.UNREACHABLE, events.get(2).verdict());
        }
    }

    /** Who listens at all addresses leaves the port to no other rule of the same one. */
    @Test
    void namesAddressesAndRangesHaveTheSamePort() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            EgressRule name = EgressRule.allow("server.test", port)
                    .withAddresses(Hosts.LOOPBACK)
                    .anyProtocol();
            EgressRule exact = rule("127.0.0.1", port);
            EgressRule range = rule("127.0.0.0/24", port).fixed();
            Network network = Network.egress(range, name, exact, rule("::1", port));
            assertEquals("hello", run(network, "server.test", port));
            assertEquals("hello", run(network, "127.0.0.1", port));
            assertEquals("reset", run(network, "127.0.0.2", port));
            assertEquals(
                    List.of(name, exact, range),
                    events.stream().map(e -> e.connection().rule()).toList());
            assertEquals("reset", run(network, "198.18.0.77", port), "no name has it");
        }
    }

    @Test
    void anAddressOfIpv6IsReached() throws Exception {
        try (ServerSocket server = Servers.echo(Hosts.address("::1"))) {
            int port = server.getLocalPort();
            assertEquals("hello", run(Network.egress(rule("::1", port)), "::1", port));
            assertEquals(
                    "::1",
                    event().connection().addresses().get(0).getHostAddress().replace("0:0:0:0:0:0:0:1", "::1"));
        }
    }

    /** The decider is asked, so the way there is; nothing is connected to. */
    @ParameterizedTest
    @CsvSource({"203.0.113.7, 203.0.113.7", "203.0.113.0/24, 203.0.113.99", "fd07::7, fd07::7", "fd07::/64, fd07::1:2"})
    void addressesThatAreNotOfLoopbackAreThereInside(String range, String dialled) throws Exception {
        List<Connection> asked = new CopyOnWriteArrayList<>();
        EgressRule rule = EgressRule.allowAddress(range, 443)
                .withAddresses(AddressRange.of(range))
                .anyProtocol();
        Network network = Network.egress(rule).decide(connection -> {
            asked.add(connection);
            return Decision.REFUSE;
        });
        assertEquals("reset", run(network, dialled, 443));
        assertEquals(1, asked.size());
        assertEquals(List.of(Hosts.address(dialled)), asked.get(0).addresses());
        assertEquals(ConnectionEvent.Verdict.REFUSED, event().verdict());
    }

    /** Checked as those of names are, each when it is dialled, and before where all of a rule would be refused. */
    @Test
    void addressesThatAreNotPublicAreRefused() throws Exception {
        for (String range : List.of("10.0.0.5", "169.254.169.254", "192.168.0.0/16", "fd00:ec2::254", "127.0.0.1")) {
            Network network = Network.egress(EgressRule.allowAddress(range, 80));
            UnsupportedIsolationException e =
                    assertThrows(UnsupportedIsolationException.class, () -> run(network, "10.0.0.5", 80), range);
            assertTrue(e.getMessage().contains("would be refused"), e.getMessage());
        }
        Network wide = Network.egress(EgressRule.allowAddress("0.0.0.0/0", 80).anyProtocol());
        for (String address : List.of("10.0.0.5", "169.254.169.254", "127.0.0.1", "198.18.0.1")) {
            events.clear();
            assertEquals("reset", run(wide, address, 80));
            assertEquals(ConnectionEvent.Verdict.REFUSED, event().verdict());
        }
        Network decided = wide.decide(connection -> Decision.REFUSE);
        events.clear();
        assertEquals("reset", run(decided, "9.9.9.9", 80), "a public one is decided on");
        assertEquals("", event().reason());
    }

    @Test
    void firstBytesAreForTheAddress() throws Exception {
        try (ServerSocket server = server()) {
            int port = server.getLocalPort();
            for (String range : List.of(SERVER, "127.9.0.0/16")) {
                Network network =
                        Network.egress(EgressRule.allowAddress(range, port).withAddresses(Hosts.LOOPBACK));
                String ask = "import socket\ns = socket.create_connection(('" + SERVER + "', " + port + "), 20)\n"
                        + "s.settimeout(20)\ntry:\n"
                        + "  s.sendall(b'GET / HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n')\n  print(len(s.recv(999)))\n"
                        + "except OSError as e: print('reset')\n";
                Sandbox sandbox = Sandbox.untrusted()
                        .network(network.listener(events::add))
                        .build();
                assertEquals("35", Guest.python(sandbox, String.format(ask, SERVER)));
                assertEquals("reset", Guest.python(sandbox, String.format(ask, "other.test")));
                assertTrue(events.get(events.size() - 1).reason().contains("not for " + SERVER), events::toString);
            }
        }
    }
}
