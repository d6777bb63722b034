package dev.sandjar.internal.reuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TemplatePolicyTest {
    private static final long IDLE = 100;
    private static final Basis SAME = () -> false;

    private final TemplatePolicy policy = new TemplatePolicy(2, IDLE);

    /** One that can be used: with the second start of its plan. */
    private TemplatePolicy.Template made(long id, long plan, long now) {
        policy.wants(plan);
        assertTrue(policy.wants(plan));
        TemplatePolicy.Made made = policy.make(id, plan, SAME, now);
        assertNotNull(made);
        policy.ready(id);
        return made.template();
    }

    @Test
    void theFirstStartMayBeTheOnlyOne() {
        assertNull(policy.take(1, 0));
        assertFalse(policy.wants(1));
        assertNull(policy.take(1, 0));
        assertTrue(policy.wants(1));
        assertFalse(policy.wants(2), "another plan's first");
    }

    @Test
    void oneIsOfUseOnceItIsReady() {
        policy.wants(1);
        policy.wants(1);
        assertNotNull(policy.make(10, 1, SAME, 0));
        assertNull(policy.take(1, 1));
        assertFalse(policy.wants(1), "one is being made");
        assertNull(policy.make(11, 1, SAME, 1), "one is being made");
        policy.ready(10);
        TemplatePolicy.Template taken = policy.take(1, 2);
        assertNotNull(taken);
        assertEquals(10, taken.id());
    }

    @Test
    void thePlaceIsThatOfTheOneThatWasOfNoUseForLongest() {
        made(10, 1, 0);
        made(20, 2, 1);
        policy.giveBack(policy.take(1, 2));
        policy.wants(3);
        assertEquals(20, policy.make(30, 3, SAME, 3).evicted());
        assertNotNull(policy.take(1, 4));
        assertNull(policy.take(2, 4));
        assertTrue(policy.wants(2), "its next start makes it again");
    }

    @Test
    void oneInUseKeepsItsPlace() {
        made(10, 1, 0);
        made(20, 2, 1);
        TemplatePolicy.Template first = policy.take(1, 2);
        policy.take(2, 3);
        policy.wants(3);
        assertNull(policy.make(30, 3, SAME, 4), "both are in use");
        assertEquals(List.of(), policy.takeIdle(10 * IDLE));
        policy.giveBack(first);
        assertEquals(10, policy.make(30, 3, SAME, 5).evicted());
    }

    @Test
    void oneThatIsIdleEnds() {
        made(10, 1, 0);
        made(20, 2, 50);
        assertEquals(10, policy.untilIdle(90));
        assertEquals(List.of(), policy.takeIdle(99));
        assertEquals(List.of(10L), policy.takeIdle(100));
        assertFalse(policy.wants(1), "as if there had been no start");
        assertEquals(50, policy.untilIdle(100));
        assertEquals(0, policy.untilIdle(1000));
        assertEquals(List.of(20L), policy.takeIdle(1000));
        assertEquals(-1, policy.untilIdle(1000));
    }

    @Test
    void oneOfWhichNothingIsHeardIsGivenUp() {
        policy.wants(1);
        policy.wants(1);
        policy.make(10, 1, SAME, 0);
        assertEquals(List.of(10L), policy.takeIdle(IDLE));
        policy.ready(10);
        assertNull(policy.take(1, IDLE));
    }

    @Test
    void timesMayOverflow() {
        long begin = Long.MAX_VALUE - 10;
        made(10, 1, begin);
        made(20, 2, begin + 20);
        policy.wants(3);
        assertEquals(10, policy.make(30, 3, SAME, begin + 30).evicted());
        assertEquals(List.of(20L), policy.takeIdle(begin + 120));
        assertEquals(10, policy.untilIdle(begin + 120));
    }

    @Test
    void oneThatCantBeSetUpIsNotTriedAgain() {
        policy.wants(1);
        policy.wants(1);
        policy.make(10, 1, SAME, 0);
        policy.ended(10, true);
        assertFalse(policy.wants(1));
        assertNull(policy.make(11, 1, SAME, 0));
    }

    @Test
    void oneThatWasKilledOrNotMadeIsMadeAgain() {
        made(10, 1, 0);
        policy.ended(10, true);
        assertNull(policy.take(1, 1));
        assertTrue(policy.wants(1));
        policy.make(11, 1, SAME, 1);
        policy.ended(11, false);
        assertTrue(policy.wants(1));
        policy.ended(99, true);
    }

    @Test
    void oneIsDroppedOnce() {
        TemplatePolicy.Template template = made(10, 1, 0);
        assertTrue(policy.drop(template));
        assertFalse(policy.drop(template));
        assertTrue(policy.wants(1));
        assertNotNull(policy.make(11, 1, SAME, 1));
        assertFalse(policy.drop(template), "the new one stays");
        policy.ready(11);
        assertNotNull(policy.take(1, 1));
    }

    @Test
    void aPlanTakesItsOwnAlong() {
        made(10, 1, 0);
        made(20, 2, 0);
        assertEquals(10, policy.forget(1));
        assertEquals(0, policy.forget(1));
        assertEquals(0, policy.forget(3));
        assertEquals(List.of(20L), policy.takeAll());
        assertEquals(List.of(), policy.takeAll());
        assertTrue(policy.wants(2));
        assertFalse(policy.wants(1));
    }
}
