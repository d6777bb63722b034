package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ways from one network of sandboxes to another: routers among the members, gateways that are connected, and members that are kept apart. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 2, unit = TimeUnit.MINUTES)
@Tag("heavy")
class SandboxNetworkRoutesIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('::', 80))\n" + Servers.UNTIL_TOLD;
    private static final String ENETUNREACH = "101";
    private static final String ECONNREFUSED = "111";
    private static final String EHOSTUNREACH = "113";

    private static SandboxNetwork.Builder numbered(int number) {
        return SandboxNetwork.builder()
                .name("net" + number)
                .subnet("10.7." + number + ".0/24")
                .subnet("fd07:" + number + "::/64");
    }

    private static SandboxNetwork routed(int number) throws SandboxException {
        return numbered(number).gateway().open();
    }

    private static Sandbox untrusted(NetworkMember member, NetworkMember... more) {
        return Sandbox.untrusted().network(Network.attached(member, more)).build();
    }

    private static String connect(NetworkMember from, String to) throws Exception {
        return Guest.python(untrusted(from), HostPortIT.client(to, 80));
    }

    @Test
    void theyAreTold() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            NetworkMember server =
                    lan.member("server").route("10.8.0.0/24", "10.7.0.9").route("10.9.0.0/24", "10.7.0.9");
            assertEquals("server of lan (10.8.0.0/24 via 10.7.0.9; 10.9.0.0/24 via 10.7.0.9)", server.toString());
            assertEquals("lan", lan.member().toString());
            assertEquals("attached to " + server, Network.attached(server).toString());
        }
    }

    @Test
    void aMemberOfTwoNetworksIsARouterWhereRoutesLeadThroughIt() throws Exception {
        try (SandboxNetwork front = numbered(1).open();
                SandboxNetwork back = numbered(2)
                        .route("10.7.1.0/24", "10.7.2.2")
                        .route("fd07:1::/64", "fd07:2::2")
                        .open()) {
            Sandbox gate = Sandbox.untrusted()
                    .network(Network.attached(front.member("gate"), back.member("gate")))
                    .namespaces(n -> n.sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1"))
                    .build();
            NetworkMember client =
                    front.member().route("10.7.2.0/24", "10.7.1.2").route("fd07:2::/64", "fd07:1::2");
            try (SandboxProcess router = gate.start("cat");
                    SandboxProcess server = Servers.start(untrusted(back.member("server")), SERVER)) {
                assertTrue(router.isAlive() && server.isAlive());
                assertEquals("hello", connect(client, "10.7.2.3"));
                assertEquals("hello", connect(client, "fd07:2::3"));
                assertEquals(ENETUNREACH, connect(front.member(), "10.7.2.3"), "without the route");
                assertEquals(ENETUNREACH, connect(front.member(), "fd07:2::3"), "without the route");
                NetworkMember all = front.member().route("0.0.0.0/0", "10.7.1.2");
                assertEquals("hello", connect(all, "10.7.2.3"));
                assertEquals(ENETUNREACH, connect(all, "8.8.8.8"), "says the router");
            }
        }
    }

    @Test
    void connectedNetworksReachEachOtherAsLongAsTheyAre() throws Exception {
        try (SandboxNetwork one = routed(1);
                SandboxNetwork other = routed(2);
                SandboxProcess server = Servers.start(untrusted(other.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            for (int i = 0; i < 2; i++) {
                assertEquals(ENETUNREACH, connect(one.member(), "10.7.2.2"));
                assertEquals(ENETUNREACH, connect(one.member(), "fd07:2::2"));
                one.connect(other);
                assertThrows(IllegalStateException.class, () -> other.connect(one));
                assertEquals("hello", connect(one.member(), "10.7.2.2"));
                assertEquals("hello", connect(one.member(), "fd07:2::2"));
                assertEquals(ECONNREFUSED, connect(one.member(), "10.7.2.1"), "the other gateway");
                assertEquals(ENETUNREACH, connect(one.member(), "8.8.8.8"));
                other.disconnect(one);
                one.disconnect(other);
            }
        }
    }

    /** The kernel ends a namespace when it has time. */
    @Test
    void aNetworkThatIsOpenedAgainIsConnectedAtOnce() throws Exception {
        try (SandboxNetwork hub = routed(1)) {
            for (int i = 0; i < 20; i++) {
                try (SandboxNetwork again = routed(2)) {
                    again.connect(hub);
                }
            }
        }
    }

    @Test
    void aNetworkBetweenTwoOthersConnectsThemNot() throws Exception {
        try (SandboxNetwork one = routed(1);
                SandboxNetwork middle = routed(2);
                SandboxNetwork other = routed(3);
                SandboxProcess server = Servers.start(untrusted(other.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            one.connect(middle);
            middle.connect(other);
            assertEquals("hello", connect(middle.member(), "10.7.3.2"));
            assertEquals(ENETUNREACH, connect(one.member(), "10.7.3.2"));
            assertEquals(ENETUNREACH, connect(one.member(), "fd07:3::2"));
            middle.close();
            one.connect(other);
            assertEquals("hello", connect(one.member(), "10.7.3.2"));
        }
    }

    /** Between two networks that have an address in common, what is for a member of the one would come to the other. */
    @Test
    void networksThatOverlapAreNotConnectedToTheSame() throws Exception {
        try (SandboxNetwork one = routed(1);
                SandboxNetwork middle = routed(2);
                SandboxNetwork four =
                        SandboxNetwork.builder().subnet("10.7.1.0/25").gateway().open();
                SandboxNetwork six =
                        SandboxNetwork.builder().subnet("fd07:1::/65").gateway().open();
                SandboxNetwork same = numbered(1).gateway().open();
                SandboxProcess server = Servers.start(untrusted(one.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            one.connect(middle);
            for (SandboxNetwork other : List.of(four, six, same)) {
                assertCause("overlap", () -> middle.connect(other));
                assertCause("overlap", () -> other.connect(middle));
            }
            assertEquals("hello", connect(middle.member(), "10.7.1.2"));
            one.disconnect(middle);
            four.connect(middle);
            assertEquals(EHOSTUNREACH, connect(middle.member(), "10.7.1.2"));
        }
    }

    @Test
    void nobodyIsAMemberOfNetworksThatOverlap() throws Exception {
        try (SandboxNetwork one = numbered(1).open();
                SandboxNetwork two = numbered(2).open();
                SandboxNetwork four =
                        SandboxNetwork.builder().subnet("10.7.1.0/25").open();
                SandboxNetwork six =
                        SandboxNetwork.builder().subnet("fd07:1::/65").open();
                SandboxProcess server = Servers.start(untrusted(one.member("server")), SERVER)) {
            assertTrue(server.isAlive());
            for (SandboxNetwork other : List.of(four, six)) {
                assertCause("overlap", () -> Network.attached(one, other));
                assertCause("overlap", () -> Network.attached(two.member(), other.member("x"), one.member()));
            }
            assertCause("in [10.7.1.0/25]", () -> Network.attached(one, four));
            assertEquals("hello", connect(one.member(), "10.7.1.2"));
            Sandbox both =
                    Sandbox.untrusted().network(Network.attached(two, one)).build();
            assertEquals("2", Guest.sh(both, "grep -c eth /proc/net/dev"));
        }
    }

    @Test
    void membersThatAreKeptApartReachTheGatewayAndWhatIsBehind() throws Exception {
        try (SandboxNetwork apart = numbered(1).gateway().isolateMembers().open();
                SandboxNetwork other = routed(2);
                SandboxProcess neighbour = Servers.start(untrusted(apart.member("neighbour")), SERVER);
                SandboxProcess server = Servers.start(untrusted(other.member("server")), SERVER)) {
            assertTrue(neighbour.isAlive() && server.isAlive());
            apart.connect(other);
            assertEquals(EHOSTUNREACH, connect(apart.member(), "10.7.1.2"));
            assertEquals(EHOSTUNREACH, connect(apart.member(), "fd07:1::2"));
            assertEquals(ECONNREFUSED, connect(apart.member(), "10.7.1.1"));
            assertEquals("hello", connect(apart.member(), "10.7.2.2"));
            // The controls: it is there for others, and members of other networks are not kept apart.
            assertEquals("hello", connect(other.member(), "10.7.1.2"));
            assertEquals("hello", connect(other.member(), "10.7.2.2"));
        }
    }

    /** Who has a route to a neighbour through the gateway, or packet sockets, could have that pass packets back. */
    @Test
    void membersThatAreKeptApartReachNoOtherByTheGateway() throws Exception {
        for (boolean apart : new boolean[] {false, true}) {
            SandboxNetwork.Builder builder = numbered(1).gateway();
            try (SandboxNetwork lan = (apart ? builder.isolateMembers() : builder).open();
                    SandboxProcess neighbour = Servers.start(
                            untrusted(lan.member("neighbour")
                                    .route("10.7.1.3/32", "10.7.1.1")
                                    .route("fd07:1::3/128", "fd07:1::1")),
                            SERVER)) {
                assertTrue(neighbour.isAlive());
                NetworkMember other =
                        lan.member("other").route("10.7.1.2/32", "10.7.1.1").route("fd07:1::2/128", "fd07:1::1");
                assertEquals(apart ? ENETUNREACH : "hello", connect(other, "10.7.1.2"));
                assertEquals(apart ? ENETUNREACH : "hello", connect(other, "fd07:1::2"));
                assertEquals(ECONNREFUSED, connect(other, "10.7.1.1"));
            }
        }
    }

    @Test
    void whatCannotBeConnectedIsTold() throws Exception {
        try (SandboxNetwork one = routed(1);
                SandboxNetwork same = routed(1);
                SandboxNetwork isolated = numbered(3).open();
                SandboxNetwork four =
                        SandboxNetwork.builder().subnet("10.9.0.0/24").gateway().open();
                SandboxNetwork six =
                        SandboxNetwork.builder().subnet("fd09::/64").gateway().open()) {
            assertCause("overlap", () -> one.connect(same));
            assertCause("itself", () -> one.connect(one));
            assertCause("no gateway", () -> one.connect(isolated));
            assertCause("no family", () -> four.connect(six));
            one.connect(four);
            one.connect(six);
            four.close();
            SandboxException e = assertThrows(SandboxException.class, () -> one.connect(four));
            assertTrue(e.getMessage().contains("is closed"), e.getMessage());
        }
    }

    private static void assertCause(String text, org.junit.jupiter.api.function.Executable connect) {
        String message = assertThrows(IllegalArgumentException.class, connect).getMessage();
        assertTrue(message.contains(text), message);
    }

    @Test
    void routesAreWhatIpSays() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/sbin/ip")), "no iproute2");
        try (SandboxNetwork lan =
                        numbered(1).route("10.9.0.0/16", "10.7.1.9").gateway().open();
                SandboxNetwork other = routed(2)) {
            Sandbox member = untrusted(
                    lan.member("a").route("10.10.0.0/16", "10.7.1.8").route("fd0a::/16", "fd07:1::8"), other.member());
            assertEquals(
                    List.of(
                            "default 10.7.1.1 eth0",
                            "10.7.1.0/24 null eth0",
                            "10.7.2.0/24 null eth1",
                            "10.9.0.0/16 10.7.1.9 eth0",
                            "10.10.0.0/16 10.7.1.8 eth0"),
                    routes(Guest.sh(member, "ip -j route")).stream()
                            .sorted(SandboxNetworkRoutesIT::byLength)
                            .toList());
            List<String> six = routes(Guest.sh(member, "ip -6 -j route"));
            assertTrue(six.containsAll(List.of("default fd07:1::1 eth0", "fd0a::/16 fd07:1::8 eth0")), six.toString());
            String text = member.explain().entries().toString();
            assertTrue(text.contains("10.10.0.0/16 via 10.7.1.8") && text.contains("the gateway 10.7.1.1"), text);
        }
    }

    private static int byLength(String one, String other) {
        String a = one.startsWith("default") ? "" : one;
        String b = other.startsWith("default") ? "" : other;
        return a.split(" ")[0].length() == b.split(" ")[0].length()
                ? a.compareTo(b)
                : Integer.compare(a.split(" ")[0].length(), b.split(" ")[0].length());
    }

    private static List<String> routes(String json) throws Exception {
        JsonNode all = new ObjectMapper().readTree(json);
        List<String> found = new java.util.ArrayList<>();
        all.forEach(route -> found.add(route.get("dst").asText() + " "
                + (route.has("gateway") ? route.get("gateway").asText() : "null") + " "
                + route.get("dev").asText()));
        return found;
    }

    @Test
    void routesThatLeadNowhereAreRefused() throws Exception {
        try (SandboxNetwork lan = numbered(1).open();
                SandboxNetwork other = numbered(2).open()) {
            NetworkMember member = lan.member("a").route("10.8.0.0/24", "10.7.1.9");
            assertCause("in no subnet", () -> lan.member().route("10.8.0.0/24", "10.7.2.1"));
            assertCause("family", () -> lan.member().route("10.8.0.0/24", "fd07:1::1"));
            assertCause("already", () -> member.route("10.8.0.0/24", "10.7.1.8"));
            assertCause(
                    "two routes", () -> Network.attached(member, other.member().route("10.8.0.0/24", "10.7.2.9")));
            assertEquals(List.of(NetworkRoute.of("10.8.0.0/24", "10.7.1.9")), member.routes());
            assertEquals(member, lan.member("a").route("10.8.0.0/24", "10.7.1.9"));
            assertTrue(!member.equals(lan.member("a")));
            assertCause("itself", () -> lan.member("a").route("10.8.0.0/24", "10.7.1.2"));
        }
    }
}
