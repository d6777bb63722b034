package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.network.FirewallRule.Direction;
import dev.sandjar.network.FirewallRule.Protocol;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FirewallTest {
    private static final FirewallRule WEB = FirewallRule.outgoing().tcp(80, 443).peer("10.7.0.0/24");

    @Test
    void theyAreTold() {
        assertEquals("outgoing tcp 80, 443 of 10.7.0.0/24", WEB.toString());
        assertEquals("incoming", FirewallRule.incoming().toString());
        assertEquals(
                "incoming udp 53-60 of fd07:0:0:0:0:0:0:0/64, 10.7.0.2/32",
                FirewallRule.incoming()
                        .udp()
                        .ports(new PortRange(53, 60))
                        .peer("fd07::/64")
                        .peer("10.7.0.2")
                        .toString());
        assertEquals("deny all", Firewall.denyAll().toString());
        assertEquals(
                "allow outgoing tcp 80, 443 of 10.7.0.0/24; drop incoming icmp; deny outgoing; allow all others",
                Firewall.allowAll()
                        .allow(WEB)
                        .drop(FirewallRule.incoming().icmp())
                        .deny(FirewallRule.outgoing())
                        .toString());
    }

    @Test
    void countsAreTold() {
        FirewallCounters.Count one = new FirewallCounters.Count(1, 60);
        FirewallCounters.Count more = new FirewallCounters.Count(3, 180);
        assertEquals(
                "allow outgoing tcp 80, 443 of 10.7.0.0/24: 3 packets of 180 bytes together\n"
                        + "deny all others, incoming: 1 packet of 60 bytes; outgoing: 3 packets of 180 bytes together",
                new FirewallCounters(Firewall.denyAll().allow(WEB), List.of(more), one, more).toString());
        Firewall firewall = Firewall.denyAll().allow(WEB);
        assertThrows(IllegalArgumentException.class, () -> new FirewallCounters(firewall, List.of(), one, one));
    }

    @Test
    void theyAreComparedByWhatTheySay() {
        assertEquals(Firewall.denyAll().allow(WEB), Firewall.denyAll().allow(WEB));
        assertNotEquals(Firewall.denyAll().allow(WEB), Firewall.dropAll().allow(WEB));
        assertNotEquals(
                Firewall.denyAll().allow(WEB).deny(FirewallRule.incoming()),
                Firewall.denyAll().deny(FirewallRule.incoming()).allow(WEB));
    }

    @ParameterizedTest
    @EnumSource(names = {"ANY", "ICMP"})
    void onlyTcpAndUdpHavePorts(Protocol protocol) {
        List<PortRange> ports = List.of(PortRange.of(80));
        Exception e = assertThrows(
                IllegalArgumentException.class, () -> new FirewallRule(Direction.INCOMING, protocol, List.of(), ports));
        assertTrue(e.getMessage().contains("use tcp(...) or udp(...)"), e.getMessage());
        assertThrows(
                IllegalArgumentException.class, () -> FirewallRule.incoming().ports(PortRange.of(80)));
    }

    @Test
    void theyAreBounded() {
        int[] many = IntStream.rangeClosed(1, 65).toArray();
        assertThrows(
                IllegalArgumentException.class, () -> FirewallRule.outgoing().tcp(many));
        assertThrows(
                IllegalArgumentException.class, () -> FirewallRule.outgoing().tcp(0));
        Firewall full = new Firewall(
                Collections.nCopies(1024, new Firewall.Clause(Firewall.Action.DENY, FirewallRule.incoming())),
                Firewall.Action.ALLOW);
        assertThrows(IllegalArgumentException.class, () -> full.allow(WEB));
        FirewallRule wide =
                FirewallRule.incoming().tcp(IntStream.rangeClosed(1, 64).toArray());
        for (int i = 0; i < 17; i++) {
            wide = wide.peer("10.7.0." + i);
        }
        FirewallRule tooWide = wide;
        assertThrows(IllegalArgumentException.class, () -> Firewall.denyAll().deny(tooWide));
    }

    @Test
    void onlyAnAttachedNetworkHasOne() {
        for (Network network : List.of(Network.none(), Network.loopback(), Network.host())) {
            Exception e = assertThrows(IllegalStateException.class, () -> network.firewall(Firewall.denyAll()));
            assertTrue(e.getMessage().contains("needs Network.attached(...)"), e.getMessage());
        }
    }
}
