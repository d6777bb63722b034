package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.internal.plan.LandlockRules.PathRule;
import dev.sandjar.internal.plan.LandlockRules.PortRule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bits of {@code linux/landlock.h}. */
class LandlockRulesTest {
    @Test
    void filesAndPorts() {
        LandlockRules rules = LandlockRules.of(Landlock.builder()
                .read("/usr")
                .allowIfPresent("/dev", LandlockAccess.IOCTL_DEV)
                .connectPort(443)
                .bindPort(80)
                .build());
        assertEquals(0xffff, rules.handledFiles());
        assertEquals(
                List.of(new PathRule("/usr", 1 << 2 | 1 << 3, false), new PathRule("/dev", 1 << 15, true)),
                rules.paths());
        assertEquals(3, rules.handledNetwork());
        assertEquals(List.of(new PortRule(80, 1), new PortRule(443, 2)), rules.ports());
        assertEquals(0, rules.scoped());
    }

    @Test
    void scopesAndSingleRights() {
        LandlockRules rules = LandlockRules.of(Landlock.builder()
                .restrictFiles(LandlockAccess.MAKE_CHAR)
                .isolateSignals()
                .build());
        assertEquals(1 << 6, rules.handledFiles());
        assertEquals(2, rules.scoped());
        assertEquals(
                3,
                LandlockRules.of(Landlock.builder()
                                .isolateSignals()
                                .isolateAbstractSockets()
                                .build())
                        .scoped());
    }
}
