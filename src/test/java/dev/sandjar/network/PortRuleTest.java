package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortRuleTest {
    private static InetAddress address(String literal) throws Exception {
        return InetAddress.getByName(literal);
    }

    @Test
    void publishedPortsAreOnLoopbackAtAnyPort() {
        PortRule rule = PortRule.publish(8080);
        assertEquals(PortRule.Direction.PUBLISH, rule.direction());
        assertEquals(Optional.of(PortRange.of(8080)), rule.ports());
        assertEquals(Optional.empty(), rule.hostPorts());
        assertEquals("127.0.0.1", rule.hostAddress().getHostAddress());
        assertFalse(rule.isFixed());
        assertEquals("publish 8080 on 127.0.0.1:any", rule.toString());
        assertEquals(
                "publish 8080 on 127.0.0.1:80, fixed", rule.onHost(80).fixed().toString());
    }

    @Test
    void portsOfTheHostAreAtTheSamePortInside() {
        PortRule rule = PortRule.hostPort(5432).named("db");
        assertEquals(Optional.of(PortRange.of(5432)), rule.ports());
        assertEquals(rule.ports(), rule.hostPorts());
        assertEquals(Optional.of("db"), rule.name());
        assertEquals("hostPort 127.0.0.1:5432 at 5432 as db", rule.toString());
        assertEquals(Optional.of(PortRange.of(15432)), rule.inside(15432).ports());
        assertEquals(Optional.of(PortRange.of(5432)), rule.inside(15432).hostPorts());
    }

    @Test
    void rangesKeepTheirSize() throws Exception {
        PortRule rule = PortRule.publish(new PortRange(8000, 8009)).onHost(address("::1"), 9000);
        assertEquals(Optional.of(new PortRange(9000, 9009)), rule.hostPorts());
        assertEquals("publish 8000-8009 on [0:0:0:0:0:0:0:1]:9000-9009", rule.toString());
        assertThrows(IllegalArgumentException.class, () -> rule.onHost(65_530));
        assertThrows(IllegalArgumentException.class, () -> rule.onHost(Path.of("/tmp/x")));
        PortRule forward = PortRule.hostPort(new PortRange(1, 10));
        assertThrows(IllegalArgumentException.class, () -> forward.inside(65_530));
        assertThrows(IllegalArgumentException.class, () -> forward.inside("/tmp/x"));
    }

    @Test
    void socketsHaveNoPorts() {
        PortRule rule = PortRule.hostSocket(Path.of("/run/server"));
        assertEquals(Optional.of(Path.of("/run/server")), rule.hostSocket());
        assertEquals(Optional.of("/tmp/s"), rule.inside("/tmp/s").insideSocket());
        assertEquals(Optional.of(PortRange.of(80)), rule.inside(80).ports());
        assertEquals(Optional.empty(), PortRule.publish("/tmp/s").ports());
    }

    @Test
    void equalRulesAreEqual() {
        assertEquals(PortRule.publish(80).onHost(8080), PortRule.publish(80).onHost(8080));
        assertEquals(
                PortRule.publish(80).hashCode(),
                PortRule.publish(PortRange.of(80)).hashCode());
        assertNotEquals(PortRule.publish(80), PortRule.hostPort(80));
        assertNotEquals(PortRule.publish(80), PortRule.publish(80).fixed());
        assertNotEquals(PortRule.hostPort(80), PortRule.hostPort(80).named("a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "a\nevil",
                "a\t127.0.0.1",
                "a\0b",
                "-a",
                "a-",
                ".a",
                "a.",
                "a..b",
                "A",
                "ä",
                "a_b",
                "a/b",
                "#",
                "127.0.0.1",
                "2130706433",
                "localhost",
                "ip6-localhost"
            })
    void namesThatMeanSomethingElseAreRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(80).named(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"db", "db.test", "a-b.c-1", "1a", "xn--bcher-kva.example"})
    void namesOfHostsAreTaken(String name) {
        assertEquals(Optional.of(name), PortRule.hostPort(80).named(name).name());
    }

    @Test
    void namesHaveAnEnd() {
        String label = "a".repeat(63);
        assertTrue(PortRule.hostPort(80).named(label).name().isPresent());
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(80).named(label + "a"));
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);
        assertTrue(PortRule.hostPort(80).named(longest).name().isPresent());
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(80).named(longest + "a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.1", "169.254.169.254", "::", "fe80::1", "192.0.2.1"})
    void hostPortsAreThoseOfLoopbackAlone(String literal) throws Exception {
        InetAddress other = address(literal);
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(80).onHost(other, 80));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void portsAreSixteenBits(int port) {
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish(port));
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(port));
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish(80).onHost(port));
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(80).inside(port));
    }

    @Test
    void zeroIsAnyPortOfTheHostForPublishedOnesOnly() {
        assertEquals(PortRule.publish(80), PortRule.publish(80).onHost(0));
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish(0));
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostPort(80).onHost(0));
    }

    @Test
    void pathsOfSocketsHaveRoomInTheirAddress() {
        String longest = "/" + "a".repeat(106);
        assertEquals(Optional.of(longest), PortRule.publish(longest).insideSocket());
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish(longest + "a"));
        assertThrows(IllegalArgumentException.class, () -> PortRule.hostSocket(Path.of(longest + "a")));
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish("relative"));
    }

    @Test
    void whatIsForPortsOfTheHostIsNotForPublishedOnes() {
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish(80).inside(81));
        assertThrows(IllegalArgumentException.class, () -> PortRule.publish(80).named("a"));
        assertThrows(
                IllegalArgumentException.class,
                () -> PortRule.hostSocket(Path.of("/run/x")).inside("/tmp/x").named("a"));
    }
}
