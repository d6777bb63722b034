package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of several sandboxes: what members reach, and what they don't. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class SandboxNetworkIT {
    private static final String SERVER =
            Servers.ECHO + "begin(tcp('0.0.0.0', 80))\nbegin(tcp('::1', 81))\n" + Servers.UNTIL_TOLD;
    private static final String SERVER6 = Servers.ECHO + "begin(tcp('::', 80))\n" + Servers.UNTIL_TOLD;

    private static final ObjectMapper JSON = new ObjectMapper();

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder()
                .name("lan")
                .subnet("10.7.0.0/24")
                .subnet("fd07::/64")
                .open();
    }

    @AfterEach
    void close() {
        lan.close();
        assertFalse(lan.isOpen());
    }

    private static Sandbox untrusted(NetworkMember member, NetworkMember... more) {
        return Sandbox.untrusted().network(Network.attached(member, more)).build();
    }

    private static Sandbox plain(NetworkMember member) {
        return Sandbox.builder().network(Network.attached(member)).build();
    }

    private static String client(String host) {
        return HostPortIT.client(host, 80);
    }

    /** It is open in this JVM alone. */
    @Test
    void aPolicyOfMembersIsNoText() {
        String why = assertThrows(IllegalStateException.class, untrusted(lan.member())::toJson)
                .getMessage();
        assertTrue(why.contains("/namespaces/network"), why);
    }

    /** What waits has none: else nobody could have the name that it is kept for. */
    @Test
    void oneOfAPoolHasItsNameFromItsStartOn() throws Exception {
        try (SandboxPool pool = untrusted(lan.member("server")).pool(2)) {
            untrusted(lan.member("server")).run("true").orThrow();
            try (SandboxProcess process = pool.start(Command.of("cat"))) {
                assertEquals(lan.member("server").addresses(), lan.addresses(process));
                String why = assertThrows(SandboxException.class, () -> pool.run("true"))
                        .getMessage();
                assertTrue(why.contains("another sandbox is its member server"), why);
            }
            pool.run("true").orThrow();
        }
        try (SandboxPool pool = untrusted(lan.member()).pool(2)) {
            pool.run("true").orThrow();
        }
    }

    @Test
    void membersFindEachOtherByNameAndAddress() throws Exception {
        NetworkMember server = lan.member("server");
        try (SandboxProcess process = Servers.start(untrusted(server), SERVER6)) {
            assertEquals(server.addresses(), lan.addresses(process));
            for (Sandbox sandbox : List.of(untrusted(lan.member()), untrusted(lan.member("other")))) {
                for (String host : List.of("server", "10.7.0.2", "fd07::2")) {
                    assertEquals("hello", Guest.python(sandbox, client(host)), host);
                }
                assertEquals("111", Guest.python(sandbox, HostPortIT.client("server", 8080)), "ECONNREFUSED");
            }
        }
    }

    /** Without any of the things that the preset brings, where the host's files are what programs see. */
    @Test
    void aSandboxThatSharesTheHostsRootIsReachedByAddress() throws Exception {
        try (SandboxProcess server = Servers.start(plain(lan.member()), SERVER)) {
            String address = lan.addresses(server).get(0).getHostAddress();
            assertEquals("hello", Guest.python(plain(lan.member()), client(address)));
            assertEquals("hello", Guest.python(untrusted(lan.member()), client(address)));
        }
        AppliedPolicy.Outcome names = plain(lan.member()).explain().entries().stream()
                .filter(entry -> entry.request().startsWith("names of"))
                .map(AppliedPolicy.Entry::outcome)
                .findFirst()
                .orElseThrow();
        assertEquals(AppliedPolicy.Outcome.DEGRADED, names);
    }

    @Test
    void datagramsAndEchoRequestsPass() throws Exception {
        String server = "import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', 53))\n"
                + "print('up', flush=True)\nd, a = s.recvfrom(99)\ns.sendto(d, a)\nsys.stdin.read()";
        String ping = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)\n"
                + "s.settimeout(20)\ns.sendto(b'\\x08\\0\\0\\0\\0\\0\\0\\x01hello', ('10.7.0.2', 0))\nprint(s.recv(99)[8:].decode())\n"
                + "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nu.settimeout(20)\n"
                + "u.sendto(b'datagram', ('10.7.0.2', 53))\nprint(u.recv(99).decode())";
        try (SandboxProcess process = Servers.start(untrusted(lan.member("server")), server)) {
            assertTrue(process.isAlive());
            // The filter of the preset lets none but TCP and UDP sockets through.
            assertEquals("hello\ndatagram", Guest.python(plain(lan.member()), ping));
        }
    }

    @Test
    @Tag("heavy")
    void networksWithTheSameSubnetNeverMeet() throws Exception {
        try (SandboxNetwork other = SandboxNetwork.builder()
                        .subnet("10.7.0.0/24")
                        .subnet("fd07::/64")
                        .open();
                SandboxProcess server = Servers.start(untrusted(lan.member("server")), SERVER6)) {
            assertTrue(server.isAlive());
            Sandbox stranger = untrusted(other.member("a"));
            Sandbox neighbour = untrusted(lan.member("neighbour"));
            // The stranger has the server's very address, in its own network.
            assertEquals("111", Guest.python(stranger, client("10.7.0.2")), "ECONNREFUSED by itself");
            assertEquals("113", Guest.python(stranger, client("10.7.0.3")), "EHOSTUNREACH");
            assertEquals("113", Guest.python(untrusted(other.member()), client("fd07::2")), "EHOSTUNREACH");
            assertEquals("hello", Guest.python(neighbour, client("10.7.0.2")));
            assertEquals("hello", Guest.python(neighbour, client("fd07::2")));
        }
    }

    @Test
    void nothingOutsideOfTheNetworkIsInReach() throws Exception {
        try (ServerSocket host = Servers.echo(InetAddress.getByAddress(new byte[4]));
                SandboxProcess server = Servers.start(untrusted(lan.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            Sandbox member = untrusted(lan.member());
            for (String address :
                    List.of("8.8.8.8", "169.254.169.254", "10.0.2.2", "10.8.0.1", "192.168.0.1", "fd00:ec2::254")) {
                assertEquals(
                        "101", Guest.python(member, HostPortIT.client(address, host.getLocalPort())), "ENETUNREACH");
            }
            assertEquals("111", Guest.python(member, HostPortIT.client("127.0.0.1", host.getLocalPort())));
            // Nobody is at the place of a router, the bridge neither.
            assertEquals("113", Guest.python(member, HostPortIT.client("10.7.0.1", host.getLocalPort())));
            assertEquals("hello", Guest.python(member, client("server")));
        }
    }

    @Test
    void severalNetworksAreSeveralInterfaces() throws Exception {
        try (SandboxNetwork back = SandboxNetwork.builder()
                        .name("back")
                        .subnet("10.8.0.0/24")
                        .open();
                SandboxProcess front = Servers.start(untrusted(lan.member("front"), back.member("gate")), SERVER);
                SandboxProcess store = Servers.start(untrusted(back.member("store")), SERVER)) {
            assertEquals(2, lan.addresses(front).size());
            assertEquals(back.member("gate").addresses(), back.addresses(front));
            assertThrows(IllegalArgumentException.class, () -> lan.addresses(store));
            Sandbox both = untrusted(lan.member(), back.member());
            assertEquals("hello", Guest.python(both, client("front")));
            assertEquals("hello", Guest.python(both, client("store")));
            assertEquals("hello", Guest.python(untrusted(back.member()), client("gate")));
            // Who is in both passes nothing on.
            assertEquals("101", Guest.python(untrusted(lan.member()), client("10.8.0.3")), "ENETUNREACH");
            assertEquals(
                    "0\n0", Guest.sh(both, "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding"));
            assertEquals(
                    "eth0 eth1 lo", Guest.sh(both, "ls -d /proc/sys/net/ipv4/conf/[el]* | xargs -n1 basename | xargs"));
        }
    }

    @Test
    @Tag("heavy")
    void aMemberHasItsAddressAgainAfterARestart() throws Exception {
        NetworkMember name = lan.member("db");
        Sandbox db = untrusted(name);
        Sandbox other = untrusted(lan.member());
        for (int i = 0; i < 2; i++) {
            try (SandboxProcess server = Servers.start(db, SERVER)) {
                assertEquals(name.addresses(), lan.addresses(server));
                assertEquals("hello", Guest.python(other, client("db")));
                SandboxException e = assertThrows(SandboxException.class, () -> db.start("true"));
                assertTrue(e.getMessage().contains("another sandbox is its member db"), e.getMessage());
            }
            assertEquals("113", Guest.python(other, client("10.7.0.2")), "EHOSTUNREACH");
        }
        assertEquals(name, lan.member("db"));
        assertEquals(Set.of("db"), lan.names().keySet());
    }

    @Test
    void namesThatCameLaterAreKnownToWhoStartsLater() throws Exception {
        Sandbox reader = untrusted(lan.member());
        assertFalse(Guest.sh(reader, "cat /etc/hosts").contains("later"));
        lan.member("later");
        assertTrue(Guest.sh(reader, "cat /etc/hosts").contains("10.7.0.2\tlater"));
    }

    @Test
    void aFullSubnetIsTold() throws Exception {
        try (SandboxNetwork small =
                SandboxNetwork.builder().subnet("10.9.0.0/29").open()) {
            Sandbox sandbox = untrusted(small.member());
            List<SandboxProcess> running = new ArrayList<>();
            try {
                for (int i = 0; i < 5; i++) {
                    running.add(sandbox.start("cat"));
                }
                assertEquals(
                        5, running.stream().map(small::addresses).distinct().count());
                SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("cat"));
                assertTrue(e.getMessage().contains("all 5 addresses of members are taken"), e.getMessage());
                running.remove(0).close();
                running.add(sandbox.start("cat"));
            } finally {
                running.forEach(SandboxProcess::close);
            }
        }
    }

    @Test
    void aClosedNetworkIsToldAndItsMembersGoOnAlone() throws Exception {
        Sandbox sandbox = untrusted(lan.member());
        String waits = "import sys\nprint('up', flush=True)\nsys.stdin.readline()\n"
                + "import time\nfor i in range(2000):\n  if 'eth0' not in open('/proc/net/dev').read(): break\n  time.sleep(0.01)\n"
                + "print('eth0' in open('/proc/net/dev').read(), flush=True)\n";
        try (SandboxProcess process = Servers.start(sandbox, waits)) {
            lan.close();
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertEquals("False", process.inputReader().readLine());
        }
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("true"));
        assertTrue(e.getMessage().contains("the network lan is closed"), e.getMessage());
        assertThrows(IllegalStateException.class, () -> lan.member("more"));
    }

    @Test
    void parametersAreSetFromOutside() throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.attached(lan))
                .namespaces(n -> n.sysctl("net.ipv4.ip_default_ttl", "7"))
                .build();
        assertEquals("7", Guest.sh(sandbox, "cat /proc/sys/net/ipv4/ip_default_ttl"));
        Sandbox wrong = Sandbox.untrusted()
                .network(Network.attached(lan))
                .namespaces(n -> n.sysctl("net.ipv4.ip_default_ttl", "many"))
                .build();
        SandboxException e = assertThrows(SandboxException.class, () -> wrong.start("true"));
        assertEquals("/proc/sys/net/ipv4/ip_default_ttl", e.path().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(ints = {1280, 9000})
    void packetsAreOfTheChosenSize(int mtu) throws Exception {
        try (SandboxNetwork jumbo =
                SandboxNetwork.builder().subnet("10.9.0.0/24").mtu(mtu).open()) {
            assertEquals(
                    Integer.toString(mtu),
                    Guest.python(
                            untrusted(jumbo.member()),
                            "import fcntl, socket, struct\ns = socket.socket()\n"
                                    + "print(struct.unpack('16si', fcntl.ioctl(s, 0x8921, struct.pack('16si', b'eth0', 0)))[1])"));
        }
    }

    @Test
    void preparedSandboxesAndPoolsAreAttachedToo() throws Exception {
        try (SandboxProcess server = Servers.start(untrusted(lan.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            try (var prepared = untrusted(lan.member()).prepare()) {
                SandboxProcess process = prepared.start(Servers.python(client("server")));
                assertEquals("hello", process.inputReader().readLine());
                assertEquals(0, process.waitFor());
            }
        }
    }

    @Test
    void furtherProcessesAreInTheSameNetwork() throws Exception {
        try (SandboxProcess server = Servers.start(untrusted(lan.member("server")), SERVER);
                SandboxProcess member = untrusted(lan.member()).start("cat");
                SandboxProcess second = member.exec(Servers.python(client("server")))) {
            assertTrue(server.isAlive());
            assertEquals("hello", second.inputReader().readLine());
        }
    }

    /** What ip(8) of iproute2 makes of what the messages have set up. */
    @Test
    void ipTellsWhatWasAskedFor() throws Exception {
        Assumptions.assumeTrue(hasIp(), "no iproute2");
        Sandbox member = untrusted(lan.member("a"));
        JsonNode eth0 =
                JSON.readTree(Guest.sh(member, "ip -d -j addr show dev eth0")).get(0);
        assertEquals("veth", eth0.at("/linkinfo/info_kind").asText());
        assertEquals(1500, eth0.get("mtu").asInt());
        assertEquals("02:53:00:00:00:02", eth0.get("address").asText());
        assertTrue(eth0.get("flags").toString().contains("\"UP\""), eth0.toString());
        assertEquals("10.7.0.2", eth0.at("/addr_info/0/local").asText());
        assertEquals(24, eth0.at("/addr_info/0/prefixlen").asInt());
        assertEquals("fd07::2", eth0.at("/addr_info/1/local").asText());
        assertEquals(64, eth0.at("/addr_info/1/prefixlen").asInt());
        assertTrue(eth0.at("/addr_info/1/nodad").asBoolean(), eth0.toString());
        JsonNode routes = JSON.readTree(Guest.sh(member, "ip -d -j route"));
        assertEquals(1, routes.size(), routes.toString());
        assertEquals("10.7.0.0/24", routes.at("/0/dst").asText());
        assertEquals("link", routes.at("/0/scope").asText());
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void ipTellsOfTheBridge() throws Exception {
        Assumptions.assumeTrue(hasIp(), "no iproute2");
        try (SandboxProcess process = untrusted(lan.member()).start("cat")) {
            assertTrue(process.isAlive());
            JsonNode links = JSON.readTree(HostProgram.sh("cd /proc/" + Keepers.pid() + "/fd; for fd in *; do"
                    + " case $(readlink $fd) in net:*) nsenter --net=$fd ip -d -j link show type bridge | grep -q br0"
                    + " && nsenter --net=$fd ip -d -j link; esac; done; true"));
            JsonNode bridge = null;
            JsonNode port = null;
            for (JsonNode link : links) {
                bridge = link.path("ifname").asText().equals("br0") ? link : bridge;
                port = link.path("ifname").asText().equals("m0") ? link : port;
            }
            assertTrue(bridge != null && port != null, links.toString());
            assertEquals("bridge", bridge.at("/linkinfo/info_kind").asText());
            assertEquals("veth", port.at("/linkinfo/info_kind").asText());
            assertEquals("br0", port.get("master").asText());
            assertEquals("UP", port.get("operstate").asText());
        }
    }

    private static boolean hasIp() {
        return Files.isExecutable(Path.of("/usr/sbin/ip"));
    }

    /** Far more than machines of a test have; each is set up and reached like the first. */
    @Test
    @Tag("slow")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void twoHundredMembers() throws Exception {
        Sandbox sandbox = plain(lan.member());
        List<SandboxProcess> running = new ArrayList<>();
        long begin = System.nanoTime();
        try (SandboxProcess server = Servers.start(plain(lan.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            for (int i = 0; i < 200; i++) {
                running.add(sandbox.start("cat"));
            }
            assertEquals(
                    200,
                    running.stream()
                            .map(lan::addresses)
                            .collect(Collectors.toSet())
                            .size());
            SandboxProcess client = running.get(199).exec(Servers.python(client("10.7.0.2")));
            assertEquals("hello", client.inputReader().readLine());
            client.close();
        } finally {
            running.forEach(SandboxProcess::close);
        }
        System.out.println("200 members in " + (System.nanoTime() - begin) / 1_000_000_000 + " s");
    }

    @Test
    void explainSpeaksOfIt() throws Exception {
        String text = untrusted(lan.member("a")).explain().entries().toString();
        assertTrue(text.contains("a of lan") && text.contains("isolated") && text.contains("owned outside"), text);
    }

    /** A program has one network namespace: neither of two is left out without a word. */
    @Test
    void noOtherNetworkIsJoinedBeside() throws Exception {
        SandboxBuilder attached = Sandbox.builder().network(Network.attached(lan.member("one")));
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> attached.namespaces(
                        n -> n.join(NamespaceKind.NETWORK, Path.of("/proc/self/ns/net")))
                .build());
        assertTrue(e.getMessage().contains("name two networks"), e.getMessage());
        assertEquals(
                0,
                Sandbox.builder()
                        .network(Network.attached(lan.member("two")))
                        .build()
                        .run("true")
                        .exitValue());
    }
}
