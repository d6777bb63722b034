package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hostile programs try with names that they may reach; each refusal beside what goes on working. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class EgressAttacksIT {
    /** Sends the parts of its list, and prints what comes back, or why nothing does. */
    private static final String SENDER =
            """
            import socket, time
            def send(port, parts, end=False):
                r = b''
                try: # a reset may come before connect() has returned
                    s = socket.create_connection(('server.test', port), 20); s.settimeout(40)
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for part in parts:
                        s.sendall(part)
                        time.sleep(0.01)
                    if end: s.shutdown(socket.SHUT_WR)
                    while True:
                        d = s.recv(65536)
                        if not d: break
                        r += d
                        if len(r) >= sum(len(p) for p in parts): break
                    return len(r)
                except OSError as e:
                    return 'reset' if e.errno in (104, 107, 32) else str(e)
            """;

    private static final String REQUEST = "b'GET / HTTP/1.1\\r\\nHost: server.test\\r\\n\\r\\n'";

    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    private static EgressRule rule(int port) {
        return EgressRule.allow("server.test", port).withAddresses(Hosts.LOOPBACK);
    }

    private String run(Network network, String program) throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .network(network.resolver(hosts).listener(events::add))
                .build();
        return Guest.python(sandbox, SENDER + program);
    }

    private void assertReason(String start) {
        ConnectionEvent event = events.get(events.size() - 1);
        assertEquals(ConnectionEvent.Verdict.REFUSED, event.verdict());
        assertTrue(event.reason().startsWith(start), event.reason());
    }

    @Test
    void firstBytesMayComeInPieces() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String pieces = "print(send(%d, [bytes([b]) for b in " + REQUEST + "]))\n";
            assertEquals("37", run(Network.egress(rule(port)), String.format(pieces, port)));
            String large =
                    "print(send(%d, [b'GET / HTTP/1.1\\r\\nHost: server.test\\r\\nX: ' + b'x' * 12000 + b'\\r\\n\\r\\n']))\n";
            assertEquals("12042", run(Network.egress(rule(port)), String.format(large, port)));
        }
    }

    @Test
    void firstBytesThatDoNotComeAreNotWaitedForForEver() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.egress(rule(port)).bounds(b -> b.firstBytes(Duration.ofMillis(300)));
            assertEquals("reset", run(network, String.format("print(send(%d, []))", port)));
            assertReason("it did not say in time");
            assertEquals("reset", run(network, String.format("print(send(%d, [b'GET / HTTP/1.1\\r\\n']))", port)));
            assertReason("it did not say in time");
            // With all the time that it wants.
            Network patient = Network.egress(rule(port)).bounds(b -> b.firstBytes(Duration.ofSeconds(30)));
            assertEquals("reset", run(patient, String.format("print(send(%d, [b'GET / HT'], True))", port)));
            assertReason("it ended before");
            assertEquals(0, hosts.asked.get());
            String whole = String.format("print(send(%d, [%s]))", port, REQUEST);
            assertEquals("37", run(Network.egress(rule(port)), whole));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b'GET / HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n'",
                "b'GET http://other.test/ HTTP/1.1\\r\\nHost: server.test\\r\\n\\r\\n'",
                "b'CONNECT server.test:443 HTTP/1.1\\r\\nHost: server.test\\r\\n\\r\\n'",
                "b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n'",
                "b'\\x05\\x01\\x00'",
                "b'\\x16\\x03\\x01\\xff\\xff' + b'x' * 20000",
                "b'GET / HTTP/1.1\\r\\nX: ' + b'x' * 20000"
            })
    void whatIsNotForTheNameReachesNobody(String bytes) throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String send = "print(send(%d, [%s]))\n";
            assertEquals("reset", run(Network.egress(rule(port)), String.format(send, port, bytes)));
            assertEquals(ConnectionEvent.Verdict.REFUSED, events.get(0).verdict());
            assertTrue(events.get(0).address().isEmpty());
            assertEquals(0, hosts.asked.get());
            assertEquals("37", run(Network.egress(rule(port)), String.format(send, port, REQUEST)));
        }
    }

    @Test
    void bytesAreBounded() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String twice = "print(send(%d, [b'x' * 1000]), send(%d, [b'x' * 1000000]), send(%d, [b'x']))\n";
            String program = String.format(twice, port, port, port);
            Network network = Network.egress(rule(port).anyProtocol());
            assertEquals("1000 1000000 1", run(network, program));
            events.clear();
            assertEquals("1000 reset reset", run(network.bounds(b -> b.bytes(DataSize.kibibytes(100))), program));
            long bytes =
                    events.stream().mapToLong(e -> e.bytesIn() + e.bytesOut()).sum();
            assertTrue(bytes <= 100 << 10, () -> bytes + " bytes");
            assertReason("the sandbox has had all bytes");
        }
    }

    @Test
    void newConnectionsAreBounded() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String many = "t = time.monotonic()\nfor i in range(15): assert send(%d, [b'x']) == 1\n"
                    + "print(time.monotonic() - t)\n";
            Network network = Network.egress(rule(port).anyProtocol()).bounds(b -> b.connectionsPerSecond(5));
            double seconds = Double.parseDouble(run(network, String.format(many, port)));
            assertTrue(seconds > 1.5, "fifteen of which five may come at once took " + seconds + " s");
            assertEquals(15, events.size());
        }
    }

    @Test
    void connectionsThatAreHeldAreBounded() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String many = "held = [socket.create_connection(('server.test', %d), 20) for i in range(12)]\n"
                    + "print(send(%d, [%s]))\n";
            Network network =
                    Network.egress(rule(port)).bounds(b -> b.connections(4).firstBytes(Duration.ofSeconds(1)));
            assertEquals(
                    "37", run(network, String.format(many, port, port, REQUEST)), "when the others had their time");
            assertTrue(events.stream()
                            .filter(e -> e.verdict() == ConnectionEvent.Verdict.REFUSED)
                            .count()
                    >= 8);
        }
    }

    /** Who is everything inside changes what is inside: there is no other device, and the sockets are there already. */
    @Test
    void rootOfTheSandboxReachesNoMore() throws Exception {
        try (ServerSocket server = Servers.echo();
                ServerSocket other = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = Sandbox.untrusted()
                    .keepCapabilities(dev.sandjar.Capability.NET_ADMIN, dev.sandjar.Capability.NET_RAW)
                    .network(Network.egress(rule(port).anyProtocol()).resolver(hosts))
                    .build();
            String program = SENDER + "print(send(" + port + ", [b'x']))\n";
            assertEquals("1", Guest.python(sandbox, program));
            assertEquals("111", Guest.python(sandbox, HostPortIT.client("198.18.0.1", other.getLocalPort())));
            String udp = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    + "try: s.sendto(b'x', ('8.8.8.8', 53)); print('sent')\nexcept OSError as e: print(e.errno)\n";
            assertEquals("101", Guest.python(sandbox, udp), "ENETUNREACH");
        }
    }
}
