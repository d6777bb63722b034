package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.Decision;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NetworkTest {
    @Test
    void onlyLoopbackSharesPorts() {
        for (Network other :
                List.of(Network.none(), Network.host(), Network.host().withUnixSockets())) {
            assertThrows(IllegalStateException.class, () -> other.publish(80));
            assertThrows(IllegalStateException.class, () -> other.hostPort(80));
            assertThrows(IllegalStateException.class, () -> other.decide(c -> Decision.ALLOW));
            assertThrows(IllegalStateException.class, () -> other.listener(event -> {}));
            assertThrows(IllegalStateException.class, () -> other.connections(1));
        }
    }

    @Test
    void rulesAreKeptInTheirOrderAndTheValueIsNotChanged() {
        Network none = Network.loopback();
        Network both = none.publish(8080).hostPort(5432, "db");
        assertEquals(List.of(), none.rules());
        assertEquals(List.of(PortRule.publish(8080), PortRule.hostPort(5432).named("db")), both.rules());
        assertEquals("loopback, publish 8080 on 127.0.0.1:any, hostPort 127.0.0.1:5432 at 5432 as db", both.toString());
        assertThrows(UnsupportedOperationException.class, () -> both.rules().clear());
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
        assertNotEquals(Network.loopback(), Network.loopback().connections(1));
        assertNotEquals(Network.host(), Network.host().withUnixSockets());
        assertEquals(Optional.of(decider), Network.loopback().decide(decider).decider());
        assertEquals(256, Network.loopback().connections());
    }

    @Test
    void aPlaceInsideIsOneRules() {
        Network network = Network.loopback().publish(80).hostPort(5432);
        assertThrows(IllegalArgumentException.class, () -> network.publish(80, 8080));
        assertThrows(IllegalArgumentException.class, () -> network.with(PortRule.hostPort(new PortRange(5430, 5440))));
        assertThrows(
                IllegalArgumentException.class,
                () -> network.with(PortRule.hostPort(99).inside(5432)));
        Network socket = network.with(PortRule.publish("/tmp/s"));
        assertThrows(IllegalArgumentException.class, () -> socket.with(PortRule.publish("/tmp/s")));
        // What a program listens on and what it finds there are two things, of which it can have one.
        assertTrue(network.publish(5432).rules().size() == 3);
    }

    @Test
    void aSocketOfTheHostNeedsAPlaceInside() {
        PortRule rule = PortRule.hostSocket(Path.of("/run/x"));
        assertThrows(IllegalArgumentException.class, () -> Network.loopback().with(rule));
        assertEquals(1, Network.loopback().with(rule.inside(80)).rules().size());
    }

    @Test
    void numbersHaveBounds() {
        Network most = Network.loopback().with(PortRule.publish(new PortRange(1, 256)));
        assertThrows(IllegalArgumentException.class, () -> most.publish(1000));
        assertThrows(IllegalArgumentException.class, () -> most.connections(0));
        assertThrows(IllegalArgumentException.class, () -> most.connections(4097));
    }
}
