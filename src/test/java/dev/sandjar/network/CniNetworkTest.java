package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a network of CNI can be told, as a value. */
class CniNetworkTest {
    private static final CniNetwork PLAIN = CniNetwork.of(Path.of("/etc/cni/net.d/10-mynet.conflist"));

    @Test
    void whatIsNotSaidIsUsual() {
        assertEquals(CniMode.KEEPER, PLAIN.mode());
        assertEquals("eth0", PLAIN.interfaceName());
        assertEquals(Duration.ofSeconds(30), PLAIN.timeout());
        assertEquals(
                List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"), Path.of("/usr/libexec/cni")),
                PLAIN.pluginPath());
        assertEquals(Path.of("/var/lib/sandjar/cni"), PLAIN.stateDirectory());
        assertEquals("cni /etc/cni/net.d/10-mynet.conflist", Network.cni(PLAIN).toString());
        assertEquals(
                "/etc/cni/net.d/10-mynet.conflist in the host's network",
                PLAIN.mode(CniMode.HOST).toString());
    }

    @Test
    void eachChangeIsAnotherValue() {
        List<CniNetwork> all = List.of(
                PLAIN,
                PLAIN.mode(CniMode.HOST),
                PLAIN.pluginPath(Path.of("/a")),
                PLAIN.interfaceName("net1"),
                PLAIN.argument("A", "b"),
                PLAIN.portMapping(CniPortMapping.tcp(1, 2)),
                PLAIN.bandwidth(CniBandwidth.of(DataSize.bytes(1), DataSize.bytes(1))),
                PLAIN.addresses("192.0.2.1"),
                PLAIN.mac("02:00:00:00:00:07"),
                PLAIN.nameServers("192.0.2.1"),
                PLAIN.searchDomains("example.org"),
                PLAIN.aliases("a"),
                PLAIN.timeout(Duration.ofMillis(1)),
                PLAIN.stateDirectory(Path.of("/b")));
        for (CniNetwork one : all) {
            for (CniNetwork other : all) {
                assertEquals(one == other, one.equals(other), one + " " + other);
                assertEquals(one == other, Network.cni(one).equals(Network.cni(other)));
            }
        }
        assertEquals(PLAIN.hashCode(), CniNetwork.of(PLAIN.configuration()).hashCode());
        assertEquals(
                List.of("192.0.2.2"),
                PLAIN.addresses("192.0.2.1").addresses("192.0.2.2").addresses());
        assertNotEquals(Network.loopback(), Network.cni(PLAIN));
        assertEquals(Optional.of(PLAIN), Network.cni(PLAIN).cni());
        assertTrue(Network.cni(PLAIN).isSeparate());
    }

    private static void refused(String part, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void whatCantBeIsRefused() {
        for (String name : List.of("", "lo", ".", "..", "a/b", "a:b", "a b", "abcdefghijklmnop", "\u00e4")) {
            refused("interface name", () -> PLAIN.interfaceName(name));
        }
        refused("CNI_ARGS", () -> PLAIN.argument("A;B", ""));
        refused("CNI_ARGS", () -> PLAIN.argument("A", "b;C=d"));
        refused("CNI_ARGS", () -> PLAIN.argument("A", "b\n"));
        refused("has a colon", () -> PLAIN.pluginPath(Path.of("/a:b")));
        refused("is not an address", () -> PLAIN.addresses("example.org"));
        refused("0 to 32", () -> PLAIN.addresses("192.0.2.1/33"));
        refused("hardware address", () -> PLAIN.mac("02:00:00:00:00"));
        refused("is not an address", () -> PLAIN.nameServers("dns"));
        refused("domain", () -> PLAIN.searchDomains("a\nnameserver 192.0.2.1"));
        refused("alias", () -> PLAIN.aliases("-"));
        refused("allowed is 1 ms to 1 hour", () -> PLAIN.timeout(Duration.ZERO));
        refused("allowed is 1 ms to 1 hour", () -> PLAIN.timeout(Duration.ofHours(2)));
        refused("host port is 0", () -> CniPortMapping.tcp(0, 1));
        refused("container port is 65536", () -> CniPortMapping.udp(1, 65_536));
        refused("has a rate", () -> new CniBandwidth(Optional.empty(), Optional.empty(), DataSize.bytes(1)));
        refused("burst", () -> CniBandwidth.of(DataSize.bytes(1), DataSize.gibibytes(1)));
    }

    @Test
    void whatNeedsAnotherNetworkIsRefused() {
        Network network = Network.cni(PLAIN);
        assertThrows(IllegalStateException.class, () -> network.firewall(Firewall.allowAll()));
        assertThrows(IllegalStateException.class, () -> network.traffic(t -> t.connections(1)));
        assertThrows(IllegalStateException.class, () -> network.allow("example.org", 443));
        assertEquals(1, network.publish(80).rules().ports().size());
    }

    @Test
    void dnsIsWrittenAsResolvConfHasIt() throws Exception {
        CniResult.Dns dns = new CniResult.Dns(
                List.of(InetAddress.getByName("192.0.2.1")), Optional.of("a"), List.of("b", "c"), List.of("ndots:2"));
        assertEquals("domain a\nsearch b c\nnameserver 192.0.2.1\noptions ndots:2\n", dns.resolvConf());
        assertEquals("", new CniResult.Dns(List.of(), Optional.empty(), List.of(), List.of()).resolvConf());
        assertFalse(CniPortMapping.tcp(8080, 80).toString().isEmpty());
    }
}
