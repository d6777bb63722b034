package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sandjar.IdMapping.Range;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdMappingTest {
    private static final List<Range> ZERO = List.of(new Range(0, 1000, 1));

    @Test
    void idsEndBelowMinusOne() {
        assertEquals(4294967294L, new Range(4294967294L, 0, 1).inside());
        refuses(() -> new Range(4294967295L, 0, 1), "first id inside", "4294967295", "0 to 4294967294");
        refuses(() -> new Range(0, 4294967295L, 1), "first id on the host");
        refuses(() -> new Range(-1, 0, 1), "-1");
        refuses(() -> new Range(0, 0, 0), "number of ids", "is 0", "1 to 4294967295");
        refuses(() -> new Range(4294967294L, 0, 2), "is 2", "1 to 1");
        refuses(() -> new Range(0, 4294967290L, 6), "1 to 5");
        refuses(() -> new Range(0, 0, Long.MAX_VALUE), "1 to 4294967295");
        refuses(() -> IdMapping.range(0), "1 to 4294967295");
        refuses(() -> IdMapping.range(4294967296L), "4294967296");
    }

    @Test
    void refusesOverlaps() {
        List<Range> inside = List.of(new Range(0, 5000, 10), new Range(9, 6000, 1));
        List<Range> outside = List.of(new Range(0, 5000, 10), new Range(10, 4995, 6));
        refuses(() -> IdMapping.of(inside, ZERO), "uids overlap inside", "inside=9");
        refuses(() -> IdMapping.of(ZERO, inside), "gids overlap inside");
        refuses(() -> IdMapping.of(outside, ZERO), "uids overlap on the host", "host=4995");
        IdMapping.of(List.of(new Range(0, 5000, 10), new Range(10, 4995, 5)), ZERO);
    }

    @Test
    void refusesTooFewAndTooManyLines() {
        refuses(() -> IdMapping.of(List.of(), ZERO), "uids", "1 to 340");
        refuses(() -> IdMapping.of(ZERO, Collections.nCopies(341, new Range(0, 0, 1))), "gids", "341");
    }

    @Test
    void isAValue() {
        assertEquals(IdMapping.of(ZERO, ZERO), IdMapping.of(ZERO, ZERO));
        assertEquals(IdMapping.single().hashCode(), IdMapping.single().hashCode());
        assertNotEquals(IdMapping.range(2), IdMapping.range(3));
    }
}
