package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a sandbox may do in its networks, each bound with what is within it. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NF_TABLES})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
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

    private static List<String> told(Sandbox sandbox) throws Exception {
        return sandbox.explain().entries().stream()
                .filter(entry -> entry.outcome() == AppliedPolicy.Outcome.ENFORCED)
                .map(AppliedPolicy.Entry::request)
                .toList();
    }

    @Test
    void theyAreTold() throws Exception {
        assertTrue(told(member("a", t -> t.connections(9))).contains("at most 9 connections at once"));
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
        for (int most : new int[] {0, 65_537}) {
            assertThrows(IllegalArgumentException.class, () -> TrafficBounds.standard()
                    .connections(most));
        }
    }
}
