package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that members of a network share with the host. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Tag("heavy")
class MemberPortsIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('0.0.0.0', 80))\n" + Servers.UNTIL_TOLD;
    private static final String ECONNREFUSED = "111";

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private static Sandbox untrusted(Network network) {
        return Sandbox.untrusted().network(network).build();
    }

    private String fromNeighbour(String host, int port) throws Exception {
        return Guest.python(untrusted(Network.attached(lan)), HostPortIT.client(host, port));
    }

    @Test
    void clientsOfTheHostReachAMember() throws Exception {
        Network network = Network.attached(lan.member("web")).publish(80);
        for (Sandbox sandbox :
                List.of(untrusted(network), Sandbox.builder().network(network).build())) {
            try (SandboxProcess server = Servers.start(sandbox, SERVER)) {
                Servers.assertEchoes(server.publishedPort(80));
                assertEquals("hello", fromNeighbour("web", 80));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "::"})
    void whereverItListensInside(String address) throws Exception {
        String program = Servers.ECHO + "begin(tcp('" + address + "', 8080))\n" + Servers.UNTIL_TOLD;
        try (SandboxProcess server =
                Servers.start(untrusted(Network.attached(lan).publish(8080)), program)) {
            Servers.assertEchoes(server.publishedPort(8080));
        }
    }

    @Test
    void eachOfThoseWithoutANameHasAPortOfItsOwn() throws Exception {
        Sandbox sandbox = untrusted(Network.attached(lan).publish(80));
        try (SandboxPool pool = sandbox.pool(2);
                SandboxProcess one = pool.start(Servers.python(SERVER));
                SandboxProcess other = pool.start(Servers.python(SERVER))) {
            assertEquals("up", one.inputReader().readLine());
            assertEquals("up", other.inputReader().readLine());
            assertNotEquals(one.publishedPort(80), other.publishedPort(80));
            Servers.assertEchoes(one.publishedPort(80));
            Servers.assertEchoes(other.publishedPort(80));
        }
    }

    @Test
    void whoIsStartedAgainHasThePortAgain() throws Exception {
        int port;
        try (ServerSocket free = Servers.echo()) {
            port = free.getLocalPort();
        }
        Sandbox sandbox = untrusted(Network.attached(lan.member("web")).publish(80, port));
        for (int i = 0; i < 3; i++) {
            try (SandboxProcess server = Servers.start(sandbox, SERVER)) {
                Servers.assertEchoes(port);
                server.destroyForcibly();
                assertTrue(server.waitFor(20, TimeUnit.SECONDS));
            }
            assertThrows(ConnectException.class, () -> Servers.connect(port));
        }
    }

    @Test
    void aPortOfTheHostIsThatMembersAlone() throws Exception {
        try (ServerSocket host = Servers.echo()) {
            int port = host.getLocalPort();
            Network network = Network.attached(lan.member("app")).hostPort(port, "db");
            assertEquals("hello", Guest.python(untrusted(network), HostPortIT.client("db", port)));
            assertEquals("hello", Guest.python(untrusted(network), HostPortIT.client("::1", port)));
            try (SandboxProcess app = Servers.start(untrusted(network), "import sys\n" + Servers.UNTIL_TOLD)) {
                assertTrue(app.isAlive());
                for (String address : List.of("app", "10.7.0.2", "fd07::2")) {
                    assertEquals(ECONNREFUSED, fromNeighbour(address, port), address);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void namesOfPortsAndOfMembersStandBesideEachOther(boolean resolver) throws Exception {
        try (SandboxNetwork other = resolver
                        ? SandboxNetwork.builder()
                                .subnet("10.9.0.0/24")
                                .resolver()
                                .open()
                        : SandboxNetwork.builder().subnet("10.9.0.0/24").open();
                ServerSocket host = Servers.echo();
                SandboxProcess web = Servers.start(untrusted(Network.attached(other.member("web"))), SERVER);
                SandboxProcess cache = Servers.start(untrusted(Network.attached(other.member("cache"))), SERVER)) {
            assertTrue(web.isAlive() && cache.isAlive());
            int port = host.getLocalPort();
            Network network = Network.attached(other)
                    .with(PortRule.hostPort(port).inside(5432).named("db"))
                    .with(PortRule.hostPort(port).inside(80).named("cache"));
            List<SandboxBuilder> all = List.of(
                    Sandbox.untrusted(),
                    Sandbox.builder().rootfs(RootFs.hostReadOnly()),
                    Sandbox.hermetic().hostPrograms());
            for (SandboxBuilder builder : all) {
                Sandbox sandbox = builder.network(network).build();
                assertEquals("hello", Guest.python(sandbox, HostPortIT.client("db", 5432)));
                assertEquals("hello", Guest.python(sandbox, HostPortIT.client("web", 80)));
                // A name of the host's port is that of no member.
                String asked =
                        "import socket; print(sorted({a[4][0] for a in socket.getaddrinfo('cache', 80, socket.AF_INET)}))";
                assertEquals("['127.0.0.1']", Guest.python(sandbox, asked));
            }
        }
    }

    /** Neither holds for what comes from the host or goes there. */
    @Test
    void aFirewallIsAboutNeighbours() throws Exception {
        Network network = Network.attached(lan.member("web"))
                .firewall(Firewall.denyAll())
                .traffic(t -> t.connections(1))
                .publish(80);
        try (SandboxProcess server = Servers.start(untrusted(network), SERVER);
                Socket one = Servers.connect(server.publishedPort(80));
                Socket two = Servers.connect(server.publishedPort(80))) {
            assertEquals("hello", Servers.exchange(one, "hello"));
            assertEquals("hello", Servers.exchange(two, "hello"));
            assertEquals(ECONNREFUSED, fromNeighbour("web", 80));
            server.update(Firewall.allowAll());
            assertEquals("hello", fromNeighbour("web", 80));
        }
    }

    @Test
    void connectionsAreDecidedOnAndTold() throws Exception {
        List<ConnectionEvent> told = new CopyOnWriteArrayList<>();
        Network network = Network.attached(lan.member("web"))
                .publish(80)
                .with(PortRule.publish(81).fixed())
                .decide(connection -> Decision.REFUSE)
                .listener(told::add);
        String both = Servers.ECHO + "begin(tcp('0.0.0.0', 80))\nbegin(tcp('0.0.0.0', 81))\n" + Servers.UNTIL_TOLD;
        try (SandboxProcess server = Servers.start(untrusted(network), both)) {
            assertThrows(IOException.class, () -> Servers.assertEchoes(server.publishedPort(80)));
            Servers.assertEchoes(server.publishedPort(81));
            server.destroy();
            assertTrue(server.waitFor(20, TimeUnit.SECONDS));
        }
        assertEquals(2, told.size(), told.toString());
        assertEquals(
                List.of(80, 81),
                told.stream()
                        .map(event -> event.connection().port().orElse(0))
                        .sorted()
                        .toList());
    }

    @Test
    void explainTellsBoth() throws Exception {
        String text = untrusted(Network.attached(lan.member("web")).publish(80).hostPort(5432, "db"))
                .explain()
                .toString();
        for (String part :
                List.of("network web", "publish 80", "hostPort 127.0.0.1:5432", "names of the host's ports")) {
            assertTrue(text.contains(part), part + " is not in\n" + text);
        }
    }

    /** Whose rules are of hosts, which have addresses of their own inside, has no other network. */
    @Test
    void rulesOfHostsDoNotGoWithIt() {
        Network network = Network.attached(lan).publish(80);
        String why = assertThrows(IllegalStateException.class, () -> network.allow("repo.example.org", 443))
                .getMessage();
        assertTrue(why.contains("remedy: let a second sandbox have that network"), why);
        assertTrue(
                assertThrows(IllegalStateException.class, () -> Network.none().publish(80))
                        .getMessage()
                        .contains("Network.attached(...)"));
    }

    /**
     * Anybody may send a packet for 127.0.0.1 out of an interface. Where the host has net.ipv4.conf.all.route_localnet, as nodes of clusters do,
     * a new namespace of the kernel's would take it.
     */
    @Test
    void theLoopbackOfAMemberIsNoNeighbours() throws Exception {
        assertEquals(
                "0\n0\n0",
                Guest.sh(
                        untrusted(Network.attached(lan)),
                        "cd /proc/sys/net/ipv4/conf; cat all/route_localnet default/route_localnet eth0/route_localnet"));
        assertEquals("nothing", heard(untrusted(Network.attached(lan.member("web")))));
        // The control: whose network takes such packets hears of them.
        assertEquals("hello", heard(open(Network.attached(lan.member("web")))));
    }

    /** What a server at 127.0.0.1 hears of a neighbour that sends there by its interface, until the same comes from inside. */
    private String heard(Sandbox victim) throws Exception {
        String server =
                "import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 80))\n"
                        + "print('up', flush=True)\nsys.stdin.readline()\ns.setblocking(False)\n"
                        + "try: print(s.recv(9).decode(), flush=True)\nexcept BlockingIOError: print('nothing', flush=True)\n";
        String client = "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                + "s.setsockopt(1, 25, b'eth0'); s.settimeout(5)\n"
                // A neighbour is looked for first; whoever does not answer for an address is not sent anything.
                + "for i in range(20):\n  try: s.sendto(b'hello', ('127.0.0.1', 80))\n  except OSError: pass\n  time.sleep(0.1)\n";
        try (SandboxProcess process = Servers.start(victim, server)) {
            assertEquals("", Guest.python(open(Network.attached(lan)), client));
            process.outputWriter().append('\n').flush();
            return process.inputReader().readLine();
        }
    }

    private static Sandbox open(Network network) {
        return Sandbox.untrusted()
                .network(network)
                .namespaces(n -> n.sysctl("net.ipv4.conf.all.route_localnet", "1"))
                .build();
    }
}
