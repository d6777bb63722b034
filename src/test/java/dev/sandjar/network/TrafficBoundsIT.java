package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.ImaginedHost;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a sandbox may do in its networks, each bound with what is within it. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NF_TABLES})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@Tag("heavy")
class TrafficBoundsIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('::', 80))\n" + Servers.UNTIL_TOLD;

    /** Opens a connection, or closes one, as each line says; what it can't open within the seconds is lost. */
    private static final String CLIENT =
            """
            import socket, sys
            open_ones = []
            print('up', flush=True)
            for line in sys.stdin:
                word, host, seconds = line.split()
                if word == 'close':
                    open_ones.pop().close(); print('closed', flush=True); continue
                s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET); s.settimeout(float(seconds))
                try:
                    s.connect((host, 80)); s.sendall(b'word'); s.recv(4); open_ones.append(s); print('open', flush=True)
                except TimeoutError: s.close(); print('lost', flush=True)
            """;

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private Sandbox member(String name, UnaryOperator<TrafficBounds> bounds) {
        return Sandbox.untrusted()
                .network(Network.attached(lan.member(name)).traffic(bounds))
                .timeout(Duration.ofMinutes(3))
                .build();
    }

    private static String say(SandboxProcess process, String line) throws Exception {
        Writer in = process.outputWriter(StandardCharsets.UTF_8);
        in.write(line + "\n");
        in.flush();
        return process.inputReader().readLine();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.7.0.2", "fd07::2"})
    void whoHasAsManyConnectionsAsItMayOpensNoFurtherOne(String host) throws Exception {
        try (SandboxProcess server = Servers.start(member("server", t -> t), SERVER);
                SandboxProcess client = Servers.start(member("client", t -> t.connections(3)), CLIENT)) {
            assertTrue(server.isAlive());
            for (int i = 0; i < 3; i++) {
                assertEquals("open", say(client, "open " + host + " 60"));
            }
            assertEquals("lost", say(client, "open " + host + " 1.5"));
            assertEquals("closed", say(client, "close " + host + " 0"));
            assertEquals("open", say(client, "open " + host + " 60"));
            assertEquals("lost", say(client, "open " + host + " 1.5"));
        }
    }

    /** Also where nothing was said, since a firewall has the kernel keep an entry of each. */
    @ParameterizedTest
    @ValueSource(strings = {"10.7.0.2", "fd07::2"})
    void aNeighbourKeepsNobodyElseOut(String host) throws Exception {
        try (SandboxProcess server = Servers.start(member("server", t -> t.connections(3)), SERVER);
                SandboxProcess greedy = Servers.start(member("greedy", t -> t), CLIENT);
                SandboxProcess other = Servers.start(member("other", t -> t), CLIENT)) {
            assertTrue(server.isAlive());
            for (int i = 0; i < 3; i++) {
                assertEquals("open", say(greedy, "open " + host + " 60"));
            }
            assertEquals("lost", say(greedy, "open " + host + " 1.5"));
            assertEquals("open", say(other, "open " + host + " 60"));
        }
    }

    /** Datagrams from as many ports as there are. */
    private static final String FLOOD =
            """
            import socket
            lost = 0
            for port in range(1024, 1024 + 6000):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    s.bind(('', port))
                    try: s.sendto(b'', ('10.7.0.2', 9))
                    except PermissionError: lost += 1
            print(lost)
            """;

    @Test
    void whoeverHasAFirewallIsBounded() throws Exception {
        try (SandboxProcess server = Servers.start(member("server", t -> t), SERVER)) {
            assertTrue(server.isAlive());
            Sandbox plain = member("flood", t -> t);
            Network network = Network.attached(lan.member("flood"));
            Sandbox walled = plain.toBuilder()
                    .network(network.firewall(Firewall.allowAll()))
                    .build();
            assertEquals("0", Guest.python(plain, FLOOD));
            int lost = Integer.parseInt(Guest.python(walled, FLOOD));
            // Of those that began first some may be forgotten by then.
            assertTrue(lost > 0 && lost <= 6000 - 4096, "lost " + lost);
            Sandbox more = plain.toBuilder()
                    .network(network.firewall(Firewall.allowAll()).traffic(t -> t.connections(8000)))
                    .build();
            assertEquals("0", Guest.python(more, FLOOD));
        }
    }

    /** Sends as many bytes to a server as it is told, which sends them back, and says how many came and how long it took. */
    private static final String TRANSFER =
            """
            import socket, sys, threading, time
            total, came = int(sys.argv[1]), 0
            begun = time.monotonic()
            s = socket.create_connection(('10.7.0.2', 80), 60); s.settimeout(float(sys.argv[2]))
            def fill():
                try:
                    s.sendall(bytes(total))
                except OSError: pass
            threading.Thread(target=fill, daemon=True).start()
            try:
                while came < total:
                    d = s.recv(65536)
                    if not d: break
                    came += len(d)
            except OSError: pass
            print(came, time.monotonic() - begun, flush=True)
            """;

    private static final int MEBIBYTE = 1 << 20;

    private record Transfer(int came, double seconds) {}

    private Transfer transfer(int bytes, int patience, UnaryOperator<TrafficBounds> bounds) throws Exception {
        String[] words = member("client", bounds)
                .run("/usr/bin/python3", "-I", "-c", TRANSFER, "" + bytes, "" + patience)
                .stdout()
                .strip()
                .split(" ");
        return new Transfer(Integer.parseInt(words[0]), Double.parseDouble(words[1]));
    }

    /** How long it takes at the least is what the bound says; how long at the most is the machine's. */
    @Test
    @NeedsHost(Feature.TBF)
    void bytesOfASecondAreBoundedInEachDirection() throws Exception {
        try (SandboxProcess server = Servers.start(member("server", t -> t), SERVER)) {
            assertTrue(server.isAlive());
            Transfer free = transfer(2 * MEBIBYTE, 60, t -> t);
            assertEquals(2 * MEBIBYTE, free.came);
            Transfer sent = transfer(2 * MEBIBYTE, 60, t -> t.sendRate(DataSize.mebibytes(1)));
            assertEquals(2 * MEBIBYTE, sent.came);
            assertTrue(sent.seconds > 1.8, "sent in " + sent.seconds + " s, without a bound in " + free.seconds);
            Transfer received = transfer(2 * MEBIBYTE, 60, t -> t.receiveRate(DataSize.mebibytes(1)));
            assertEquals(2 * MEBIBYTE, received.came);
            assertTrue(received.seconds > 1.8, "in " + received.seconds + " s, without a bound in " + free.seconds);
            assertTrue(free.seconds < sent.seconds && free.seconds < received.seconds, free::toString);
        }
    }

    @Test
    void whatIsBeyondAQuotaIsRefused() throws Exception {
        try (SandboxProcess server = Servers.start(member("server", t -> t), SERVER)) {
            assertTrue(server.isAlive());
            Transfer within = transfer(MEBIBYTE, 60, t -> t.bytes(DataSize.mebibytes(4)));
            assertEquals(MEBIBYTE, within.came);
            Transfer beyond = transfer(MEBIBYTE, 5, t -> t.bytes(DataSize.mebibytes(1)));
            assertTrue(beyond.came > 0 && beyond.came < MEBIBYTE, beyond::toString);
            // It is that of the sandbox, not of a connection, and a firewall that is replaced gives nothing back.
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.attached(lan.member("client"))
                            .firewall(Firewall.allowAll())
                            .traffic(t -> t.bytes(DataSize.bytes(500))))
                    .timeout(Duration.ofMinutes(3))
                    .build();
            try (SandboxProcess client = Servers.start(sandbox, REFUSED)) {
                assertEquals("open", say(client, "10.7.0.2"));
                assertEquals("111", say(client, "10.7.0.2"));
                assertEquals("111", say(client, "fd07::2"));
                client.update(Firewall.allowAll());
                assertEquals("111", say(client, "10.7.0.2"));
            }
        }
    }

    /** Tries a connection as each line says, on which it sends 400 bytes. */
    private static final String REFUSED =
            """
            import socket, sys
            print('up', flush=True)
            for line in sys.stdin:
                try:
                    s = socket.create_connection((line.strip(), 80), 60)
                    print('open', flush=True)
                    s.sendall(bytes(400))
                except OSError as e: print(e.errno, flush=True)
            """;

    @Test
    void whatAKernelLacksIsRefused() throws Exception {
        Map<NetworkFeature, UnaryOperator<TrafficBounds>> needed = Map.of(
                NetworkFeature.FIREWALL, t -> t.connections(5),
                NetworkFeature.QUOTA, t -> t.bytes(DataSize.bytes(5)),
                NetworkFeature.RATE, t -> t.receiveRate(DataSize.mebibytes(1)));
        for (Map.Entry<NetworkFeature, UnaryOperator<TrafficBounds>> feature : needed.entrySet()) {
            Sandbox bounded = member("client", feature.getValue());
            Resolution refused = ImaginedHost.ROOT.without(feature.getKey()).resolve(bounded);
            assertEquals(
                    feature.getKey().remedy(),
                    Objects.requireNonNull(refused.refusal()).remedy());
            assertNull(ImaginedHost.ROOT.resolve(bounded).refusal());
        }
    }

    private static List<String> told(Sandbox sandbox) throws Exception {
        return sandbox.explain().entries().stream()
                .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.ENFORCED)
                .map(AppliedPolicy.Entry::request)
                .toList();
    }

    @Test
    void theyAreTold() throws Exception {
        assertTrue(told(member("a", t -> t.connections(9))).contains("at most 9 connections at once"));
        List<String> all = told(member("a", t -> t.bytes(DataSize.mebibytes(3))
                .sendRate(DataSize.kibibytes(1))
                .receiveRate(DataSize.gibibytes(64))));
        assertTrue(
                all.containsAll(List.of(
                        "at most 3 MiB of traffic",
                        "at most 1 KiB sent in a second",
                        "at most 64 GiB received in a second")),
                all::toString);
        Network plain = Network.attached(lan);
        assertFalse(told(Sandbox.builder().network(plain).build()).toString().contains("connections at once"));
        Sandbox walled =
                Sandbox.builder().network(plain.firewall(Firewall.allowAll())).build();
        assertTrue(told(walled).contains("at most 4096 connections at once"));
        assertEquals(
                "attached to lan, at most 9 connections at once",
                plain.traffic(t -> t.connections(9)).toString());
        assertEquals(plain, plain.traffic(t -> t));
        for (Network network : List.of(Network.none(), Network.loopback(), Network.host())) {
            assertThrows(IllegalStateException.class, () -> network.traffic(t -> t.connections(1)));
        }
        TrafficBounds none = TrafficBounds.standard();
        assertThrows(IllegalArgumentException.class, () -> none.bytes(DataSize.bytes(0)));
        assertThrows(IllegalArgumentException.class, () -> none.sendRate(DataSize.bytes(1023)));
        assertThrows(IllegalArgumentException.class, () -> none.receiveRate(DataSize.gibibytes(65)));
        for (int most : new int[] {0, 65_537}) {
            assertThrows(IllegalArgumentException.class, () -> TrafficBounds.standard()
                    .connections(most));
        }
    }
}
