package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SubordinateMapTest {
    private static final List<IdRange> GRANTED = List.of(new IdRange(0, 100_000, 10), new IdRange(0, 500, 5));

    private static SubordinateMap map() {
        return new SubordinateMap(
                "/usr/bin/newuidmap",
                SubordinateMap.first(1000, GRANTED, Long.MAX_VALUE),
                "/usr/bin/newgidmap",
                SubordinateMap.first(50, GRANTED.subList(0, 1), Long.MAX_VALUE));
    }

    @Test
    void theUserIsRootAndTheOthersFollow() {
        assertEquals(1000, map().uid(0));
        assertEquals(100_000, map().uid(1));
        assertEquals(100_009, map().uid(10));
        assertEquals(500, map().uid(11));
        assertEquals(504, map().uid(15));
        assertEquals(-1, map().uid(16));
        assertEquals(50, map().gid(0));
        assertEquals(-1, map().gid(11));
        assertEquals(11, map().count(), "of both kinds");
    }

    @Test
    void thereAndBackAgain() {
        for (long id = 0; id < 16; id++) {
            assertEquals(id, map().uidInside(map().uid(id)));
        }
        assertEquals(-1, map().uidInside(0));
        assertEquals(-1, map().gidInside(500));
    }

    @Test
    void aSmallerMapIsTheBeginningOfALargerOne() {
        List<IdRange> all = SubordinateMap.first(1000, GRANTED, Long.MAX_VALUE);
        for (int count = 1; count <= 16; count++) {
            List<IdRange> some = SubordinateMap.first(1000, GRANTED, count);
            assertEquals(count, SubordinateMap.count(some));
            for (IdRange range : some) {
                assertTrue(all.stream()
                        .anyMatch(other -> other.inside() == range.inside()
                                && other.host() == range.host()
                                && other.count() >= range.count()));
            }
        }
    }

    @Test
    void commandsAreThoseOfTheTwoPrograms() {
        assertEquals(
                List.of("/usr/bin/newuidmap 0 1000 1 1 100000 10 11 500 5 -- /usr/bin/newgidmap 0 50 1 1 100000 10"
                        .split(" ")),
                map().commands());
    }

    @Test
    void idsThatWereTakenAwayAreNoticed() {
        assertTrue(map().hasLines(map().uidLines(), map().gidLines()));
        assertTrue(map().hasLines(List.of("7 100002 3"), List.of()), "wherever inside");
        assertFalse(map().hasLines(List.of("1 100002 9"), List.of()));
        assertFalse(map().hasLines(List.of(), List.of("1 500 1")));
    }
}
