package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.network.ConnectionBounds;
import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.Decision;
import dev.sandjar.network.NetworkRules;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NetworkTest {
    @Test
    void onlyLoopbackSharesPorts() {
        for (Network other : List.of(
                Network.none(),
                Network.host(),
                Network.host().withUnixSockets(),
                Network.namespace(Path.of("/run/netns/blue")))) {
            assertThrows(IllegalStateException.class, () -> other.publish(80));
            assertThrows(IllegalStateException.class, () -> other.hostPort(80));
            assertThrows(IllegalStateException.class, () -> other.decide(c -> Decision.ALLOW));
            assertThrows(IllegalStateException.class, () -> other.listener(event -> {}));
            assertThrows(IllegalStateException.class, () -> other.bounds(b -> b.connections(1)));
        }
    }

    @Test
    void rulesAreKeptInTheirOrderAndTheValueIsNotChanged() {
        Network none = Network.loopback();
        Network both = none.publish(8080).hostPort(5432, "db");
        assertEquals(List.of(), none.rules().ports());
        assertEquals(
                List.of(PortRule.publish(8080), PortRule.hostPort(5432).named("db")),
                both.rules().ports());
        assertEquals("loopback, publish 8080 on 127.0.0.1:any, hostPort 127.0.0.1:5432 at 5432 as db", both.toString());
        assertThrows(
                UnsupportedOperationException.class, () -> both.rules().ports().clear());
    }

    @Test
    void aNamespaceIsOneByItsFile() {
        Network blue = Network.namespace(Path.of("/run/netns/blue"));
        assertEquals(Optional.of(Path.of("/run/netns/blue")), blue.namespace());
        assertEquals(Optional.empty(), Network.loopback().namespace());
        assertEquals(blue, Network.namespace(Path.of("/run/netns/blue")));
        assertNotEquals(blue, Network.namespace(Path.of("/run/netns/red")));
        assertEquals("namespace /run/netns/blue", blue.toString());
        assertTrue(blue.isLoopbackUp() && !blue.isSeparate() && !blue.hasUnixSockets());
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> blue.publish(80));
        assertTrue(
                e.getMessage().endsWith("not the network namespace /run/netns/blue, which is not the sandbox's own"),
                e.getMessage());
        assertThrows(IllegalStateException.class, blue::withUnixSockets);
    }

    @Test
    void equality() {
        ConnectionDecider decider = connection -> Decision.ALLOW;
        assertEquals(Network.loopback(), Network.loopback());
        assertEquals(Network.loopback().publish(80), Network.loopback().publish(80));
        assertEquals(
                Network.loopback().decide(decider).hashCode(),
                Network.loopback().decide(decider).hashCode());
        assertNotEquals(Network.loopback(), Network.loopback().publish(80));
        assertNotEquals(Network.loopback(), Network.loopback().decide(decider));
        assertNotEquals(Network.loopback(), Network.loopback().bounds(b -> b.connections(1)));
        assertNotEquals(Network.host(), Network.host().withUnixSockets());
        assertEquals(Optional.of(decider), Network.loopback().decide(decider).decider());
        assertEquals(256, Network.loopback().bounds().connections());
    }

    @Test
    void aPlaceInsideIsOneRules() {
        Network network = Network.loopback().publish(80).hostPort(5432);
        assertThrows(IllegalArgumentException.class, () -> network.publish(80, 8080));
        assertThrows(IllegalArgumentException.class, () -> network.with(PortRule.hostPort(new PortRange(5430, 5440))));
        assertThrows(
                IllegalArgumentException.class,
                () -> network.with(PortRule.hostPort(99).inside(5432)));
        PortRule published = PortRule.publish("/tmp/s").onHost(8081);
        Network socket = network.with(published);
        assertThrows(IllegalArgumentException.class, () -> socket.with(published.onHost(8082)));
        assertThrows(
                IllegalArgumentException.class,
                () -> socket.with(PortRule.hostPort(99).inside("/tmp/s")));
        // Clients of the host would find a server of the host there, and no program inside.
        String loop = assertThrows(IllegalArgumentException.class, () -> network.publish(5432))
                .getMessage();
        assertTrue(loop.contains("led back to a server of the host"), loop);
        assertThrows(IllegalArgumentException.class, () -> network.hostPort(80));
        assertEquals(
                3,
                network.with(PortRule.hostPort(80).inside(81)).rules().ports().size());
    }

    @Test
    void aNetworkWithoutAddressesSharesNoPortsAndSaysWhatDoes() throws Exception {
        String why = assertThrows(
                        IllegalStateException.class, () -> Network.none().publish(80))
                .getMessage();
        assertTrue(
                why.contains("Network.loopback(), Network.egress(...), Network.attached(...) or Network.cni(...)"),
                why);
    }

    @Test
    void aSocketOfTheHostNeedsAPlaceInside() {
        PortRule rule = PortRule.hostSocket(Path.of("/run/x"));
        assertThrows(IllegalArgumentException.class, () -> Network.loopback().with(rule));
        assertEquals(1, Network.loopback().with(rule.inside(80)).rules().ports().size());
    }

    /** The kernel's choice of a port is asked for by the port inside. */
    @Test
    void aSocketInsideNeedsAPlaceOnTheHost() {
        PortRule rule = PortRule.publish("/tmp/s");
        for (PortRule nowhere : List.of(rule, rule.onHost(0), rule.onHost(8080).onHost(0))) {
            String why = assertThrows(IllegalArgumentException.class, () -> Network.loopback()
                            .with(nowhere))
                    .getMessage();
            assertTrue(why.startsWith("/tmp/s has no place on the host") && why.contains("add onHost"), why);
        }
        Network network = Network.loopback().with(rule.onHost(8080)).with(PortRule.publish(80));
        assertEquals(2, network.rules().ports().size());
        assertEquals(
                1,
                Network.loopback()
                        .with(rule.onHost(Path.of("/run/x")))
                        .rules()
                        .ports()
                        .size());
    }

    /** One change for each part that a network has, found by reflection. */
    @Test
    void eachPartIsShown() {
        Map<String, Network> changed = Map.ofEntries(
                Map.entry("ports", Network.loopback().publish(80)),
                Map.entry("egress", Network.loopback().allow("example.org", 443)),
                Map.entry("decider", Network.loopback().decide(connection -> Decision.ALLOW)),
                Map.entry(
                        "proxies", Network.loopback().allow("example.org", 443).withProxies()),
                Map.entry("listener", Network.loopback().listener(event -> {})),
                Map.entry("requestListener", Network.loopback().requestListener(event -> {})),
                Map.entry("resolver", Network.loopback().resolver(name -> List.of())),
                Map.entry("connections", Network.loopback().bounds(b -> b.connections(7))),
                Map.entry("bytes", Network.loopback().bounds(b -> b.bytes(DataSize.mebibytes(7)))),
                Map.entry("perSecond", Network.loopback().bounds(b -> b.connectionsPerSecond(7))),
                Map.entry("firstBytes", Network.loopback().bounds(b -> b.firstBytes(Duration.ofSeconds(7)))));
        Set<String> parts = Stream.of(
                        NetworkRules.class, ConnectionCode.class, ConnectionBounds.class, Attachments.class)
                .flatMap(type -> Stream.of(type.getDeclaredFields()))
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Field::getName)
                .collect(Collectors.toSet());
        // They need a network that is open: see FirewallIT and TrafficBoundsIT.
        assertTrue(parts.removeAll(Set.of("members", "firewall", "traffic")));
        assertEquals(parts, changed.keySet());
        Set<String> texts = changed.values().stream().map(Network::toString).collect(Collectors.toSet());
        texts.add(Network.loopback().toString());
        assertEquals(parts.size() + 1, texts.size(), texts.toString());
        Network sum = Network.loopback().bounds(b -> b.connections(7)
                .bytes(DataSize.mebibytes(1))
                .connectionsPerSecond(9)
                .firstBytes(Duration.ofSeconds(2)));
        assertEquals(
                "loopback, at most 7 connections at once, at most 1 MiB, at most 9 connections a second, first bytes within PT2S",
                sum.toString());
    }

    @Test
    void numbersHaveBounds() {
        Network most = Network.loopback().with(PortRule.publish(new PortRange(1, 256)));
        assertThrows(IllegalArgumentException.class, () -> most.publish(1000));
        assertThrows(IllegalArgumentException.class, () -> most.bounds(b -> b.connections(0)));
        assertThrows(IllegalArgumentException.class, () -> most.bounds(b -> b.connections(4097)));
    }
}
