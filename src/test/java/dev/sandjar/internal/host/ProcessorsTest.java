package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorsTest {
    @Test
    void listsAreRead() {
        assertEquals(List.of(0), Processors.parse("0"));
        assertEquals(List.of(0, 1, 2, 5, 8, 9), Processors.parse("0-2,5,8-9"));
    }

    @Test
    void differentOnesAreChosen() {
        List<Integer> all = Processors.choose(8192);
        assertEquals(all.size(), new HashSet<>(all).size());
        assertTrue(all.containsAll(Processors.choose(1)));
        assertEquals(1, Processors.choose(1).size());
    }
}
