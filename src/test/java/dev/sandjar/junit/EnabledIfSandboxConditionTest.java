package dev.sandjar.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.junit.EnabledIfSandboxCondition.Missing;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnabledIfSandboxConditionTest {
    private static final Optional<Missing> MISSING =
            Optional.of(new Missing("user-namespace", "needs user namespace: it is off; remedy: turn it on"));

    @Test
    void whatIsMissingIsSkippedWithReasonAndRemedy() {
        var result = EnabledIfSandboxCondition.evaluate(MISSING, "");
        assertTrue(result.isDisabled());
        assertEquals(MISSING.get().reason(), result.getReason().orElseThrow());
        assertTrue(EnabledIfSandboxCondition.evaluate(MISSING, "pid-namespace").isDisabled());
    }

    @Test
    void whatMustWorkFails() {
        for (String property : new String[] {"all", "user-namespace", "pid-namespace, user-namespace"}) {
            var e = assertThrows(
                    IllegalStateException.class, () -> EnabledIfSandboxCondition.evaluate(MISSING, property), property);
            assertTrue(e.getMessage().contains("it is off"), e.getMessage());
        }
    }

    @Test
    void whatIsThereIsEnabledWhateverMustWork() {
        assertFalse(EnabledIfSandboxCondition.evaluate(Optional.empty(), "all").isDisabled());
    }

    @Test
    void namesAreThoseOfTheConstants() {
        assertEquals("no-nested-user-namespaces", EnabledIfSandboxCondition.name(Isolation.NO_NESTED_USER_NAMESPACES));
    }
}
