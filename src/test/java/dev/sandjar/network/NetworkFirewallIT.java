package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.ImaginedHost;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A firewall that holds for each member of a network, beside the member's own. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NF_TABLES})
class NetworkFirewallIT {
    private static final String SERVER =
            Servers.ECHO + "begin(tcp('::', 80)); begin(tcp('::', 81))\n" + Servers.UNTIL_TOLD;
    private static final String REFUSED = "111";
    private static final Firewall WEB = Firewall.denyAll()
            .allow(FirewallRule.incoming().tcp(80))
            .allow(FirewallRule.outgoing().tcp(80));

    private static SandboxNetwork.Builder numbered(int number) {
        return SandboxNetwork.builder()
                .name("net" + number)
                .subnet("10.7." + number + ".0/24")
                .subnet("fd07:" + number + "::/64");
    }

    private static Sandbox sandbox(Network network) {
        return Sandbox.untrusted()
                .network(network)
                .timeout(Duration.ofMinutes(3))
                .build();
    }

    private static Sandbox member(SandboxNetwork lan, String name) {
        return sandbox(Network.attached(lan.member(name)));
    }

    private static String tcp(Sandbox sandbox, String host, int port) throws Exception {
        return Guest.python(sandbox, HostPortIT.client(host, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.7.1.2", "fd07:1::2"})
    void itHoldsForEachMember(String host) throws Exception {
        try (SandboxNetwork lan = numbered(1).firewall(WEB).open();
                SandboxProcess server = Servers.start(member(lan, "server"), SERVER)) {
            assertEquals("hello", tcp(member(lan, "first"), host, 80));
            assertEquals(REFUSED, tcp(member(lan, "first"), host, 81));
            lan.update(Firewall.allowAll());
            assertEquals("hello", tcp(member(lan, "later"), host, 81));
            // What is said in one direction alone is not enough.
            lan.update(Firewall.denyAll().allow(FirewallRule.outgoing()));
            assertEquals(REFUSED, tcp(member(lan, "later"), host, 80));
            FirewallCounters counted = lan.firewallCounters(server);
            assertEquals(0, counted.clauses().get(0).packets());
            assertTrue(counted.incoming().packets() > 0, counted::toString);
        }
    }

    @Test
    void bothHaveToAllow() throws Exception {
        try (SandboxNetwork lan = numbered(1).firewall(WEB).open();
                SandboxProcess server = Servers.start(member(lan, "server"), SERVER)) {
            assertTrue(server.isAlive());
            NetworkMember client = lan.member("client");
            Sandbox own = sandbox(Network.attached(client)
                    .firewall(Firewall.denyAll()
                            .allow(FirewallRule.outgoing().tcp(80).peer("10.7.1.0/24"))
                            .allow(FirewallRule.outgoing().tcp(81))));
            assertEquals("hello", tcp(own, "10.7.1.2", 80));
            assertEquals(REFUSED, tcp(own, "10.7.1.2", 81), "by the network");
            assertEquals(REFUSED, tcp(own, "fd07:1::2", 80), "by its own");
            try (SandboxProcess talk = own.start("cat")) {
                talk.update(Firewall.allowAll());
                assertEquals(Optional.of(WEB), lan.firewall());
                assertEquals(0, talk.firewallCounters().outgoing().packets());
                assertEquals(WEB, lan.firewallCounters(talk).firewall());
            }
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

    private static String say(SandboxProcess process, String word) throws Exception {
        Writer in = process.outputWriter(StandardCharsets.UTF_8);
        in.write(word + "\n");
        in.flush();
        return process.inputReader().readLine();
    }

    /** Of several networks each has its own firewall, which is not asked about the others. */
    @Test
    void itCutsConnectionsOfItsNetworkAlone() throws Exception {
        try (SandboxNetwork one = numbered(1).firewall(Firewall.allowAll()).open();
                SandboxNetwork two = numbered(2).firewall(Firewall.allowAll()).open()) {
            NetworkMember[] gate = {one.member("gate"), two.member("gate")};
            try (SandboxProcess first = Servers.start(member(one, "server"), SERVER);
                    SandboxProcess second = Servers.start(member(two, "server"), SERVER);
                    SandboxProcess toFirst = sandbox(Network.attached(gate[0], gate[1]))
                            .start("/usr/bin/python3", "-I", "-c", TALK, "10.7.1.3")) {
                assertTrue(first.isAlive() && second.isAlive());
                assertEquals("up", toFirst.inputReader().readLine());
                try (SandboxProcess toSecond =
                        toFirst.exec(dev.sandjar.Command.of("/usr/bin/python3", "-I", "-c", TALK, "10.7.2.3"))) {
                    assertEquals("up", toSecond.inputReader().readLine());
                    assertEquals("one", say(toFirst, "one"));
                    assertEquals("one", say(toSecond, "one"));
                    two.update(Firewall.denyAll());
                    assertEquals("two", say(toFirst, "two"));
                    assertEquals("cut", say(toSecond, "two"));
                }
            }
        }
    }

    /** Who has a firewall of a network passes nothing on to it or from it. */
    @Test
    void aWalledNetworkHasNoRouterAmongItsMembers() throws Exception {
        for (boolean walled : new boolean[] {false, true}) {
            SandboxNetwork.Builder back = numbered(2).route("10.7.1.0/24", "10.7.2.2");
            if (walled) {
                back.firewall(Firewall.allowAll());
            }
            try (SandboxNetwork front = numbered(1).open();
                    SandboxNetwork behind = back.open()) {
                Sandbox gate = Sandbox.untrusted()
                        .network(Network.attached(front.member("gate"), behind.member("gate")))
                        .namespaces(n -> n.sysctl("net.ipv4.ip_forward", "1"))
                        .build();
                Sandbox client = sandbox(Network.attached(front.member().route("10.7.2.0/24", "10.7.1.2")));
                try (SandboxProcess router = gate.start("cat");
                        SandboxProcess server = Servers.start(member(behind, "server"), SERVER)) {
                    assertTrue(router.isAlive() && server.isAlive());
                    String connect = "import socket\ns = socket.socket()\ns.settimeout(" + (walled ? 2 : 60)
                            + ")\ntry:\n  s.connect(('10.7.2.3', 80)); print('connected')\n"
                            + "except TimeoutError: print('silence')\n";
                    assertEquals(walled ? "silence" : "connected", Guest.python(client, connect));
                }
            }
        }
    }

    @Test
    void itIsToldAndReplacedOnlyWhereThereIsOne() throws Exception {
        try (SandboxNetwork walled = numbered(1).firewall(WEB).open();
                SandboxNetwork open = numbered(2).open()) {
            Sandbox sandbox = sandbox(Network.attached(walled, open));
            assertEquals(
                    1,
                    sandbox.explain().entries().stream()
                            .filter(entry -> entry.request().equals("firewall of the network net1"))
                            .filter(entry -> entry.outcome() == Outcome.ENFORCED)
                            .count());
            assertTrue(sandbox.explain().entries().stream()
                    .noneMatch(entry -> entry.request().equals("firewall of the network net2")));
            assertTrue(ImaginedHost.ROOT
                            .without(NetworkFeature.FIREWALL)
                            .resolve(sandbox)
                            .refusal()
                    != null);
            assertEquals(Optional.empty(), open.firewall());
            assertThrows(IllegalStateException.class, () -> open.update(WEB));
            SandboxProcess ended;
            try (SandboxProcess process = sandbox.start("cat")) {
                assertThrows(IllegalStateException.class, () -> open.firewallCounters(process));
                assertThrows(IllegalStateException.class, () -> process.update(WEB));
                ended = process;
            }
            ended.waitFor();
            assertEquals(WEB, walled.firewallCounters(ended).firewall());
            walled.close();
            assertThrows(SandboxException.class, () -> walled.update(WEB));
        }
    }
}
