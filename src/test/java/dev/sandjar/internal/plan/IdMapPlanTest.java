package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.host.IdRange;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdMapPlanTest {
    private static final List<IdRange> OWN = List.of(new IdRange(0, 1000, 1), new IdRange(1, 100_000, 65_536));
    private static final List<IdRange> WITH_ROOT = List.of(new IdRange(7, 1000, 1), new IdRange(8, 0, 2));

    private static IdMapPlan written(List<IdRange> map) {
        return IdMapPlan.written(IdMapPlan.WRITE, map, map);
    }

    private static IdMapPlan helper(List<IdRange> map) {
        return IdMapPlan.helper("/newuidmap", map, "/newgidmap", map);
    }

    /** Whoever started this is no question: one who is not root may be allowed to map it, and root need not. */
    @Test
    void rootIsReachedByWhatIsMapped() {
        for (IdMapPlan plan : List.of(written(WITH_ROOT), helper(WITH_ROOT))) {
            assertTrue(plan.reaches(0) && plan.reaches(1) && plan.reaches(1000));
            assertFalse(plan.reaches(2));
        }
        for (IdMapPlan plan : List.of(written(OWN), helper(OWN), IdMapPlan.privateBlock(65_536), IdMapPlan.none())) {
            assertFalse(plan.reaches(0), plan::toString);
        }
        assertFalse(IdMapPlan.privateBlock(65_536).at(1 << 20).reaches(0));
    }

    @Test
    void insideAndOutside() {
        for (IdMapPlan plan : List.of(written(OWN), helper(OWN))) {
            assertEquals(1000, plan.outside(null));
            assertEquals(1000, plan.outside(0L));
            assertEquals(100_004, plan.outside(5L));
            assertEquals(-1, plan.outside(65_537L));
        }
    }
}
