package dev.sandjar.internal.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.network.EgressRule;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is dialled, and the rules that allow it. */
class TargetsTest {
    @Test
    void addressesInsideAreGivenToSoManyNames() {
        Targets targets =
                new Targets(Network.egress(EgressRule.allow("a.example", 443), EgressRule.allow("*.example.org", 443)));
        Set<Object> all = new HashSet<>();
        for (int i = 0; i < Targets.GIVEN_MAX; i++) {
            all.addAll(Objects.requireNonNull(targets.addresses("n" + i + ".example.org")));
        }
        assertEquals(Targets.GIVEN_MAX, all.size());
        assertNull(targets.addresses("more.example.org"));
        assertEquals(
                List.of(SyntheticAddresses.of(8)), targets.addresses("N7.example.org"), "one of those that have one");
        assertEquals("n7.example.org", targets.name(SyntheticAddresses.of(8)));
        assertNull(targets.name(SyntheticAddresses.of(Targets.GIVEN_MAX + 1)));
        assertNull(targets.name(SyntheticAddresses.PROXY));
        assertEquals(List.of(SyntheticAddresses.of(0)), targets.addresses("a.example"));
        for (String name : List.of(
                "example.org", "b.example", "evilexample.org", "a_b.example.org", "a..example.org", "127.0.0.1")) {
            assertNull(targets.addresses(name), name);
        }
        Target target = targets.dialled(SyntheticAddresses.of(8), 443);
        assertNotNull(target);
        assertEquals("n7.example.org", target.name());
        assertNull(targets.dialled(SyntheticAddresses.of(8), 80));
    }

    @Test
    void aNumberAndItsAddressBelongTogether() {
        for (int i : new int[] {0, 1, 254, 255, 256, 65_534, 65_535, 65_536, 130_000}) {
            assertEquals(i, SyntheticAddresses.index(SyntheticAddresses.of(i)));
            assertTrue(SyntheticAddresses.RANGE.contains(SyntheticAddresses.of(i)));
        }
        assertEquals("198.19.255.254", SyntheticAddresses.PROXY.getHostAddress());
    }
}
