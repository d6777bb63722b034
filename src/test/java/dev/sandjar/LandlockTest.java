package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.policy.LandlockPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

class LandlockTest {
    @Test
    void aRuleOnAPathForbidsAllOthers() {
        LandlockPolicy rules = Landlock.builder().read("/usr").build().policy();
        assertEquals(0xffff, rules.handledFiles());
        assertEquals(List.of(new LandlockPolicy.PathRule("/usr", 1 << 2 | 1 << 3, false, false)), rules.paths());
        assertEquals(0, rules.handledNetwork());
    }

    @Test
    void writingIsNeitherExecutingNorMakingDevices() {
        long access = Landlock.builder()
                .readWrite("/tmp")
                .build()
                .policy()
                .paths()
                .get(0)
                .access();
        for (LandlockAccess right : LandlockAccess.values()) {
            boolean expected = right != LandlockAccess.EXECUTE
                    && right != LandlockAccess.MAKE_CHAR
                    && right != LandlockAccess.MAKE_BLOCK
                    && right != LandlockAccess.IOCTL_DEV;
            assertEquals(expected, (access & right.mask()) != 0, right.name());
        }
    }

    @Test
    void portsAndScopes() {
        LandlockPolicy rules = Landlock.builder()
                .connectPort(443)
                .bindPort(0)
                .isolateSignals()
                .isolateAbstractSockets()
                .build()
                .policy();
        assertEquals(3, rules.handledNetwork());
        assertEquals(3, rules.scoped());
        assertEquals(0, rules.handledFiles());
        assertEquals(2, rules.ports().size());
    }

    @Test
    void misuse() {
        assertThrows(IllegalStateException.class, () -> Landlock.builder().build());
        assertThrows(IllegalArgumentException.class, () -> Landlock.builder().read("usr"));
        assertThrows(IllegalArgumentException.class, () -> Landlock.builder().allow("/usr"));
        assertThrows(IllegalArgumentException.class, () -> Landlock.builder().bindPort(65_536));
        assertTrue(Landlock.builder()
                .read("/usr")
                .build()
                .equals(Landlock.builder().read("/usr").build()));
    }
}
