package dev.sandjar.internal.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sandjar.network.Subnet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
    private static final List<Subnet> SMALL = List.of(Subnet.of("10.0.0.0/29"));

    @Test
    void aNameKeepsItsNumber() {
        AddressPool pool = new AddressPool(SMALL);
        assertEquals(2, pool.reserve("a"));
        assertEquals(3, pool.reserve("b"));
        pool.giveBack(2);
        assertEquals(2, pool.reserve("a"));
        assertEquals(4, pool.take());
        assertEquals(Set.of("a", "b"), pool.names().keySet());
    }

    @Test
    void whatWasGivenBackIsTheLastToBeTakenAgain() {
        AddressPool pool = new AddressPool(SMALL);
        assertEquals(2, pool.take());
        pool.giveBack(2);
        assertEquals(3, pool.take());
        assertEquals(4, pool.take());
        assertEquals(5, pool.take());
        assertEquals(6, pool.take());
        assertEquals(2, pool.take());
        assertEquals(0, pool.take());
        assertThrows(IllegalStateException.class, () -> pool.reserve("a"));
        pool.giveBack(4);
        assertEquals(4, pool.take());
    }

    @Test
    void bothSubnetsHaveTheSameNumber() {
        AddressPool pool = new AddressPool(List.of(Subnet.of("fd07::/64"), Subnet.of("10.7.0.0/16")));
        int number = pool.take();
        assertEquals("[/fd07:0:0:0:0:0:0:2, /10.7.0.2]", pool.addresses(number).toString());
    }
}
