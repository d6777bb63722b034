package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LandlockTest {
    @Test
    void aRuleOnAPathForbidsAllOthers() {
        Landlock rules = Landlock.builder().read("/usr").build();
        assertEquals(EnumSet.allOf(LandlockAccess.class), rules.restrictedFiles());
        assertEquals(
                List.of(new Landlock.PathRule(
                        "/usr", Set.of(LandlockAccess.READ_FILE, LandlockAccess.READ_DIR), false)),
                rules.paths());
        assertFalse(rules.restrictsBind() || rules.restrictsConnect());
    }

    @Test
    void writingIsNeitherExecutingNorMakingDevices() {
        assertEquals(
                EnumSet.complementOf(EnumSet.of(
                        LandlockAccess.EXECUTE,
                        LandlockAccess.MAKE_CHAR,
                        LandlockAccess.MAKE_BLOCK,
                        LandlockAccess.IOCTL_DEV)),
                Landlock.builder().readWrite("/tmp").build().paths().get(0).rights());
    }

    @Test
    void portsAndScopes() {
        Landlock rules = Landlock.builder()
                .connectPort(443)
                .bindPort(0)
                .isolateSignals()
                .isolateAbstractSockets()
                .build();
        assertTrue(rules.restrictsBind() && rules.restrictsConnect());
        assertEquals(Set.of(0), rules.bindPorts());
        assertEquals(Set.of(443), rules.connectPorts());
        assertTrue(rules.isolatesSignals() && rules.isolatesAbstractSockets());
        assertEquals(Set.of(), rules.restrictedFiles());
        assertEquals(
                "Landlock(bind [0], connect [443], no abstract sockets outside, no signals outside)", rules.toString());
    }

    @Test
    void misuse() {
        assertThrows(IllegalStateException.class, () -> Landlock.builder().build());
        assertThrows(IllegalArgumentException.class, () -> Landlock.builder().read("usr"));
        assertThrows(IllegalArgumentException.class, () -> Landlock.builder().allow("/usr"));
        assertThrows(IllegalArgumentException.class, () -> Landlock.builder().bindPort(65_536));
        Landlock rules = Landlock.builder().read("/usr").build();
        assertEquals(rules, Landlock.builder().read("/usr").build());
        assertNotEquals(rules, Landlock.builder().read("/usr").bindPort(1).build());
    }
}
