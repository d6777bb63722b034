package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NeedsHostTest {
    @Test
    void allMeansAbilitiesAndNotIdentities() {
        assertTrue(NeedsHostCondition.mustWork(Feature.OVERLAY, "all"));
        assertFalse(NeedsHostCondition.mustWork(Feature.UNPRIVILEGED, "all"));
        assertFalse(NeedsHostCondition.mustWork(Feature.OVERLAY, ""));
    }

    @Test
    void aListNamesWhatMustWork() {
        assertTrue(NeedsHostCondition.mustWork(Feature.ID_RANGE, "userns, id-range"));
        assertTrue(NeedsHostCondition.mustWork(Feature.ROOT, "root"));
        assertFalse(NeedsHostCondition.mustWork(Feature.TIMENS, "userns,id-range"));
    }
}
