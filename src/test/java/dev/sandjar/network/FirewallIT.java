package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.FirewallRule.Protocol;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which connections a firewall lets through, each refusal with the same connection where it is allowed. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NF_TABLES})
class FirewallIT {
    private static final String SERVER = Servers.ECHO
            + """
            begin(tcp('::', 80)); begin(tcp('::', 81))
            def datagrams(port):
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::', port))
                while True:
                    d, a = s.recvfrom(99); s.sendto(d, a)
            threading.Thread(target=datagrams, args=(53,), daemon=True).start()
            """
            + Servers.UNTIL_TOLD;

    private static final Duration MOST = Duration.ofMinutes(3);
    private static final String REFUSED = "111";
    private static final String V4 = "10.7.0.2";
    private static final String V6 = "fd07::2";

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private Sandbox member(String name, Firewall firewall) {
        return Sandbox.untrusted()
                .network(Network.attached(lan.member(name)).firewall(firewall))
                .timeout(MOST)
                .build();
    }

    private Sandbox free(String name) {
        return Sandbox.untrusted()
                .network(Network.attached(lan.member(name)))
                .timeout(MOST)
                .build();
    }

    private static String tcp(Sandbox sandbox, String host, int port) throws Exception {
        return Guest.python(sandbox, HostPortIT.client(host, port));
    }

    /** What comes back: the datagram, the number of an error, or nothing within some seconds. */
    private static String udp(Sandbox sandbox, String host, int port, int seconds) throws Exception {
        return Guest.python(
                sandbox,
                "import socket\ns = socket.socket(socket.AF_INET" + (host.contains(":") ? "6" : "")
                        + ", socket.SOCK_DGRAM)\ns.settimeout(" + seconds + ")\ntry:\n  s.connect(('" + host + "', "
                        + port
                        + "))\n  s.send(b'datagram'); print(s.recv(99).decode())\n"
                        + "except TimeoutError: print('silence')\nexcept OSError as e: print(e.errno)\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, V6})
    void onlyTheClausesOfWhoAsksHold(String host) throws Exception {
        try (SandboxProcess server = Servers.start(free("server"), SERVER)) {
            assertTrue(server.isAlive());
            Sandbox client = member(
                    "client", Firewall.denyAll().allow(FirewallRule.outgoing().tcp(80)));
            assertEquals("hello", tcp(client, host, 80));
            assertEquals(REFUSED, tcp(client, host, 81));
            assertEquals("1", udp(client, host, 53, 20), "EPERM");
            assertEquals("hello", tcp(free("other"), host, 81));
            assertEquals("datagram", udp(free("other"), host, 53, 20));
            Sandbox datagrams = member(
                    "client", Firewall.denyAll().allow(FirewallRule.outgoing().udp(53)));
            assertEquals("datagram", udp(datagrams, host, 53, 20));
            assertEquals(REFUSED, tcp(datagrams, host, 80));
        }
    }

    @Test
    void aFriendIsLetIn() throws Exception {
        lan.member("server");
        List<String> friends = lan.member("friend").addresses().stream()
                .map(address -> address.getHostAddress() + "/" + (address.getAddress().length * Byte.SIZE))
                .toList();
        Firewall firewall = Firewall.denyAll()
                .allow(FirewallRule.incoming()
                        .tcp()
                        .ports(new PortRange(1, 80))
                        .peer(friends.get(0))
                        .peer(friends.get(1)));
        try (SandboxProcess server = Servers.start(member("server", firewall), SERVER)) {
            assertTrue(server.isAlive());
            for (String host : List.of(V4, V6)) {
                assertEquals("hello", tcp(free("friend"), host, 80), host);
                assertEquals(REFUSED, tcp(free("friend"), host, 81), host);
                assertEquals(REFUSED, tcp(free("stranger"), host, 80), host);
                assertEquals(host.equals(V4) ? "113" : "13", udp(free("friend"), host, 53, 20), "EHOSTUNREACH, EACCES");
            }
            server.update(Firewall.allowAll());
            assertEquals("hello", tcp(free("stranger"), V4, 80));
            assertEquals("datagram", udp(free("stranger"), V6, 53, 20));
            server.update(Firewall.dropAll());
            assertEquals("silence", udp(free("stranger"), V6, 53, 1));
        }
    }

    /** The first clause that is about a connection decides. */
    @Test
    void exceptionsComeFirst() throws Exception {
        try (SandboxProcess server = Servers.start(free("server"), SERVER)) {
            assertTrue(server.isAlive());
            Sandbox client = member(
                    "client",
                    Firewall.allowAll()
                            .allow(FirewallRule.outgoing().tcp(80).peer(V4))
                            .deny(FirewallRule.outgoing().tcp(80))
                            .allow(FirewallRule.outgoing().tcp(80)));
            assertEquals("hello", tcp(client, V4, 80));
            assertEquals(REFUSED, tcp(client, V6, 80));
            assertEquals("hello", tcp(client, V6, 81));
        }
    }

    /** Tries the probe of each line, and says whether it came back. */
    private static final String PROBE =
            """
            import socket, sys
            def ask(kind, host, seconds):
                six = socket.AF_INET6 if ':' in host else socket.AF_INET
                if kind == 'icmp':
                    s = socket.socket(six, socket.SOCK_DGRAM, 58 if ':' in host else 1); port = 0
                    word = bytes([128 if ':' in host else 8]) + bytes(6) + b'\\x01word'
                else:
                    s = socket.socket(six, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
                    port = 80 if kind == 'tcp' else 53; word = b'word'
                s.settimeout(seconds); s.connect((host, port)); s.send(word)
                return s.recv(99).endswith(b'word')
            print('up', flush=True)
            for line in sys.stdin:
                kind, host, seconds = line.split()
                try: print(ask(kind, host, float(seconds)), flush=True)
                except OSError: print(False, flush=True)
            """;

    private record Probe(FirewallRule.Protocol protocol, String host) {
        boolean isMeant(FirewallRule rule) {
            return rule.protocol() == protocol
                    && rule.peers().get(0).first().getHostAddress().contains(":") == host.contains(":");
        }
    }

    /** Each direction, protocol, family and action: whatever the clause is about, and nothing else. */
    @ParameterizedTest
    @EnumSource
    void theMatrix(FirewallRule.Direction direction) throws Exception {
        List<Probe> probes = Stream.of(Protocol.TCP, Protocol.UDP, Protocol.ICMP)
                .flatMap(protocol -> Stream.of(V4, V6).map(host -> new Probe(protocol, host)))
                .toList();
        // The preset's filter lets no sockets of ICMP through.
        Function<String, Sandbox> plain = name -> Sandbox.builder()
                .network(Network.attached(lan.member(name)).firewall(Firewall.allowAll()))
                .build();
        try (SandboxProcess server = Servers.start(plain.apply("server"), SERVER);
                SandboxProcess client = Servers.start(plain.apply("client"), PROBE)) {
            SandboxProcess walled = direction == FirewallRule.Direction.INCOMING ? server : client;
            for (Probe about : probes) {
                for (Firewall.Action action : Firewall.Action.values()) {
                    FirewallRule rule = new FirewallRule(direction, about.protocol, List.of(), List.of())
                            .peer(about.host.equals(V4) ? "10.7.0.0/24" : "fd07::/64");
                    boolean allows = action == Firewall.Action.ALLOW;
                    walled.update(new Firewall(
                            List.of(new Firewall.Clause(action, rule)),
                            allows ? Firewall.Action.DENY : Firewall.Action.ALLOW));
                    for (Probe probe : probes) {
                        boolean passes = probe.isMeant(rule) == allows;
                        // What is refused by ICMP is told no oftener than the kernel's own limit lets it be.
                        String said = say(
                                client,
                                probe.protocol.name().toLowerCase(Locale.ROOT) + " " + probe.host
                                        + (passes ? " 20" : " 0.1"));
                        assertEquals(passes ? "True" : "False", said, () -> probe + " with " + action + " " + rule);
                    }
                }
            }
        }
    }

    /** Sends as many datagrams of 50 bytes to a port as each line says, and waits for each answer, or for the error. */
    private static final String DATAGRAMS =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(60)
            print('up', flush=True)
            for line in sys.stdin:
                count, port = map(int, line.split())
                refused = 0
                for i in range(count):
                    try:
                        s.sendto(bytes(50), ('10.7.0.2', port)); s.recv(200)
                    except PermissionError: refused += 1
                print(refused, flush=True)
            """;

    private static final int DATAGRAM = 78;

    private static FirewallCounters.Count datagrams(int count) {
        return new FirewallCounters.Count(count, (long) count * DATAGRAM);
    }

    @Test
    void whatItLetsThroughAndKeepsBackIsCounted() throws Exception {
        Firewall firewall = Firewall.denyAll()
                .allow(FirewallRule.outgoing().tcp(80))
                .allow(FirewallRule.outgoing().udp(53).peer("10.7.0.0/25").peer("10.7.0.128/25"))
                .drop(FirewallRule.incoming());
        try (SandboxProcess server = Servers.start(free("server"), SERVER);
                SandboxProcess client = Servers.start(member("client", firewall), DATAGRAMS)) {
            assertTrue(server.isAlive());
            FirewallCounters none = new FirewallCounters(
                    firewall, List.of(datagrams(0), datagrams(0), datagrams(0)), datagrams(0), datagrams(0));
            assertEquals(none, client.firewallCounters());
            assertEquals("0", say(client, "5 53"));
            assertEquals("3", say(client, "3 54"));
            FirewallCounters found = client.firewallCounters();
            assertEquals(datagrams(10), found.clauses().get(1), "with their answers");
            assertEquals(datagrams(3), found.outgoing());
            assertEquals(datagrams(0), found.incoming());
            assertEquals(datagrams(0), found.clauses().get(0));
            Firewall next = Firewall.allowAll();
            client.update(next);
            assertEquals(new FirewallCounters(next, List.of(), datagrams(0), datagrams(0)), client.firewallCounters());
            assertEquals("0", say(client, "2 53"));
            try (SandboxProcess beside = client.exec(Command.of("cat"))) {
                assertEquals(datagrams(4), beside.firewallCounters().outgoing());
            }
            client.destroy();
            FirewallCounters last = client.waitForReport().firewallCounters().orElseThrow();
            assertEquals(datagrams(4), last.outgoing());
            assertEquals(last, client.firewallCounters());
            assertThrows(IllegalStateException.class, server::firewallCounters);
            server.destroy();
            assertTrue(server.waitForReport().firewallCounters().isEmpty());
        }
    }

    /** As many clauses as there may be are read in several pieces. */
    @Test
    void aLongFirewallIsCountedToo() throws Exception {
        Firewall firewall = new Firewall(
                Collections.nCopies(
                        1024,
                        new Firewall.Clause(
                                Firewall.Action.ALLOW, FirewallRule.outgoing().udp(54))),
                Firewall.Action.ALLOW);
        try (SandboxProcess server = Servers.start(free("server"), SERVER);
                SandboxProcess client = Servers.start(member("client", firewall), DATAGRAMS)) {
            assertTrue(server.isAlive());
            assertEquals("0", say(client, "1 53"));
            FirewallCounters found = client.firewallCounters();
            assertEquals(Collections.nCopies(1024, datagrams(0)), found.clauses());
            assertEquals(datagrams(2), found.outgoing());
        }
    }

    /** Says each line to the server, and what became of it. */
    private static final String TALK =
            """
            import socket, sys
            s = socket.create_connection((sys.argv[1], 80), 20)
            print('up', flush=True)
            for line in sys.stdin:
                try:
                    s.sendall(line.encode()); d = s.recv(100)
                    print(d.decode().strip() or 'end', flush=True)
                except OSError as e: print('cut', flush=True)
            """;

    @Test
    void whatANewFirewallDoesNotAllowIsCut() throws Exception {
        try (SandboxProcess server = Servers.start(free("server"), SERVER);
                SandboxProcess four = talk("four", V4);
                SandboxProcess six = talk("six", V6)) {
            assertTrue(server.isAlive());
            assertEquals("one", say(four, "one"));
            assertEquals("one", say(six, "one"));
            Firewall firewall = Firewall.denyAll().allow(FirewallRule.outgoing().tcp(80));
            four.update(firewall);
            assertEquals("two", say(four, "two"));
            six.update(Firewall.denyAll());
            assertEquals("cut", say(six, "two"));
            four.update(Firewall.denyAll().allow(FirewallRule.outgoing().tcp(81)));
            assertEquals("cut", say(four, "three"));
        }
    }

    private SandboxProcess talk(String name, String host) throws Exception {
        Sandbox sandbox = member(name, Firewall.allowAll());
        SandboxProcess process = sandbox.start("/usr/bin/python3", "-I", "-c", TALK, host);
        assertEquals("up", process.inputReader().readLine());
        return process;
    }

    private static String say(SandboxProcess process, String word) throws Exception {
        Writer in = process.outputWriter(StandardCharsets.UTF_8);
        in.write(word + "\n");
        in.flush();
        BufferedReader out = process.inputReader();
        return out.readLine();
    }

    @Test
    void nobodyInsideChangesIt() throws Exception {
        Network network = Network.attached(lan.member("client")).firewall(Firewall.denyAll());
        Sandbox rootInside = Sandbox.builder()
                .userNamespace()
                .keepCapabilities(Capability.NET_ADMIN)
                .network(network)
                .build();
        // NFT_MSG_DELTABLE of everything.
        String flush =
                """
                import socket, struct
                s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
                def m(t, f, n, res): return struct.pack('=IHHII', 20, t, f, n, 0) + struct.pack('>BBH', 1 if t > 17 else 0, 0, res)
                s.send(m(16, 1, 0, 10) + m(2562, 5, 1, 0) + m(17, 1, 2, 10))
                d = s.recv(4096)
                print(-struct.unpack_from('=i', d, 16)[0])
                """;
        assertEquals("1", Guest.python(rootInside, flush), "EPERM");
        // The control: in a network that is the sandbox's own it may.
        Sandbox owner = rootInside.toBuilder().network(Network.loopback()).build();
        assertEquals("0", Guest.python(owner, flush));
    }

    @Test
    void itIsToldAndReplacedOnlyWhereThereIsOne() throws Exception {
        Firewall firewall =
                Firewall.denyAll().allow(FirewallRule.outgoing().tcp(80).peer("10.7.0.0/24"));
        String network = Network.attached(lan).firewall(firewall).toString();
        assertTrue(network.endsWith(", firewall: " + firewall), network);
        Sandbox sandbox = member("told", firewall);
        List<String> told = sandbox.explain().entries().stream()
                .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.ENFORCED)
                .map(AppliedPolicy.Entry::request)
                .toList();
        assertTrue(told.contains("firewall allow outgoing tcp 80 of 10.7.0.0/24; deny all others"), told.toString());
        SandboxProcess ended;
        try (SandboxProcess without = free("without").start("cat");
                SandboxProcess with = sandbox.start("cat");
                SandboxProcess alone = Sandbox.untrusted().build().start("cat")) {
            assertThrows(IllegalStateException.class, () -> without.update(firewall));
            assertThrows(IllegalStateException.class, () -> alone.update(firewall));
            with.update(Firewall.allowAll());
            try (SandboxProcess beside = with.exec(Command.of("cat"))) {
                beside.update(firewall);
            }
            ended = with;
        }
        ended.waitFor();
        assertThrows(IllegalStateException.class, () -> ended.update(firewall));
    }
}
