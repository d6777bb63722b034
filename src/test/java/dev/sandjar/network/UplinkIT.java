package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ways out of networks, in JVMs whose network namespace is a host that this test has made ({@code with_outside.py}), with one outside of it.
 * Nothing is changed in the network of this machine.
 */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NFT})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@Tag("heavy")
class UplinkIT {
    private static final String ECONNREFUSED = "111";
    private static final String FORWARDING = "ipv4/ip_forward,ipv6/conf/all/forwarding";

    @TempDir
    private Path directory;

    private Map<String, String> run(String forwarding, String scenario) throws Exception {
        return PrivateHost.run(directory, UplinkMain.class, forwarding, scenario);
    }

    private static void assertSaid(Map<String, String> said, String name, String value) {
        PrivateHost.assertSaid(said, name, value);
    }

    @Test
    void membersReachTheOutsideAndNothingOfTheHost() throws Exception {
        Map<String, String> said = run(FORWARDING, "reach");
        assertSaid(said, "without an uplink", "101"); // ENETUNREACH
        assertSaid(said, "interfaces before", "[]");
        assertSaid(said, "interfaces", "1");
        assertSaid(said, "outside", "192.0.2.1");
        assertSaid(said, "outside by IPv6", "2001:db8::1");
        assertSaid(said, "a datagram", "192.0.2.1 question");
        for (String closed : List.of("host", "host by IPv6", "loopback", "gateway", "metadata")) {
            assertSaid(said, closed, ECONNREFUSED);
        }
        assertSaid(said, "host by a datagram", "113"); // EHOSTUNREACH
        assertTrue(List.of("101", ECONNREFUSED, "113").contains(said.get("metadata mapped")), said.get("all"));
        assertTrue(List.of("101", ECONNREFUSED, "113").contains(said.get("router")), said.get("all"));
        assertSaid(said, "metadata from the host", "192.0.2.1");
        assertSaid(said, "both have one", "2");
        assertSaid(said, "the same subnet", "192.0.2.1");
        assertSaid(said, "the other one's way", ECONNREFUSED);
        assertSaid(said, "server", "true");
        assertSaid(said, "interfaces after", "[]");
        assertSaid(said, "allowed host", "host");
        assertSaid(said, "allowed host by IPv6", "host");
        assertSaid(said, "allowed metadata", "192.0.2.1");
        assertSaid(said, "loopback of the allowed host", ECONNREFUSED);
        assertTrue(!said.get("through a connected network").startsWith("192"), said.get("all"));
        assertTrue(said.get("explained").contains("out by the host"), said.get("explained"));
        assertSaid(said, "status", "0");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    @Test
    @NeedsHost(Feature.PASTA)
    void inUserModeByPasta() throws Exception {
        Map<String, String> said = run("", "pasta");
        assertUserMode(said);
        assertSaid(said, "outside by IPv6", "2001:db8::1");
    }

    @Test
    @NeedsHost(Feature.SLIRP4NETNS)
    void inUserModeBySlirp4netns() throws Exception {
        assertUserMode(run("", "slirp4netns"));
    }

    private static void assertUserMode(Map<String, String> said) {
        assertSaid(said, "outside", "192.0.2.1");
        assertSaid(said, "a datagram", "192.0.2.1 question");
        for (String closed : List.of(
                "127.0.0.1",
                "10.7.0.1",
                "192.0.2.1",
                "198.51.100.7",
                "203.0.113.9",
                "169.254.169.254",
                "::1",
                "fd07::1",
                "2001:db8::1")) {
            assertTrue(List.of("111", "101", "113").contains(said.get(closed)), closed + " in " + said.get("all"));
        }
        for (String own : List.of("10.0.2.2", "10.0.2.3")) {
            assertTrue(!said.get(own).equals("host"), own + " in " + said.get("all"));
        }
        for (String control : List.of("127.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1")) {
            assertSaid(said, "control " + control, "host");
        }
        assertSaid(said, "an address that it gets", "true");
        assertSaid(said, "allowed metadata", "192.0.2.1");
        assertSaid(said, "programs", "1");
        assertTrue(said.get("explained").contains("out by a program of the host"), said.get("explained"));
        assertSaid(said, "programs after", "true");
        assertSaid(said, "programs without a keeper", "true");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    @Test
    void aProgramThatIsMissing() {
        Uplink none = Uplink.userMode(Path.of("/nowhere/pasta"));
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> SandboxNetwork.builder()
                        .subnet("10.7.0.0/24")
                        .uplink(none)
                        .open());
        assertTrue(
                e.getMessage().contains("apt-get install") || e.getMessage().contains("/dev/net/tun"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Uplink.userMode(Path.of("/bin/sh")));
        assertThrows(IllegalArgumentException.class, () -> Uplink.userMode(Path.of("pasta")));
        assertThrows(IllegalStateException.class, none::allowHost);
    }

    @Test
    void aHostThatForwardsNothingIsNotChanged() throws Exception {
        Map<String, String> said = run("", "refused");
        assertTrue(said.get("all").contains("net.ipv4.ip_forward is 0"), said.get("all"));
        assertTrue(said.get("all").contains("sysctl -w net.ipv4.ip_forward=1"), said.get("all"));
        assertTrue(said.get("all").contains("net.ipv6.conf.all.forwarding is 0"), said.get("all"));
        assertTrue(!said.containsKey("opened"), said.get("all"));
        assertSaid(said, "interfaces", "[]");
    }

    /** Whoever fills the host's table of connections keeps all others from any. */
    @ParameterizedTest
    @ValueSource(strings = {"flood", "flood by IPv6"})
    void connectionsAreBounded(String flood) throws Exception {
        Map<String, String> said = run(FORWARDING, flood);
        for (int i = 0; i < 6; i++) {
            assertTrue(Integer.parseInt(said.get("sent by " + i)) > 5000, said.get("all")); // the control
        }
        int one = Integer.parseInt(said.get("tracked after 0"));
        assertTrue(one >= 4000 && one <= 4200, said.get("all"));
        assertSaid(said, "another", "192.0.2.1 question");
        int all = Integer.parseInt(said.get("tracked after 5"));
        assertTrue(all >= 16_000 && all <= 16_600, said.get("all"));
    }

    @Test
    void aKeeperThatIsKilledLeavesNothing() throws Exception {
        Map<String, String> said = run(FORWARDING, "keeper");
        assertSaid(said, "outside", "192.0.2.1");
        assertSaid(said, "gone", "true");
        assertSaid(said, "open", "false");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    @Test
    void aJvmThatIsKilledLeavesNothing() throws Exception {
        Map<String, String> said = run(FORWARDING, "killed");
        assertSaid(said, "outside", "192.0.2.1");
        assertTrue(said.get("tables").contains("table inet sandjar"), said.get("all")); // the control
        assertTrue(said.get("interfaces").contains("sandjar0"), said.get("all"));
        assertTrue(!said.containsKey("not killed"), said.get("all"));
        assertSaid(said, "door", "False");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    /** In the network namespace of this test, over which it has no rights as a plain user. */
    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void whoHasNoRightsOverTheHostsNetworkIsToldSo() {
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> SandboxNetwork.builder()
                        .subnet("10.7.0.0/24")
                        .uplink(Uplink.host())
                        .open());
        String why = e.getMessage();
        assertTrue(why.contains("CAP_NET_ADMIN") || why.contains("net.ipv4.ip_forward"), why);
    }
}
