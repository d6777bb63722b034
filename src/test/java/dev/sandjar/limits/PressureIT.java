package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.linux.PressureThreshold;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What explain() says of thresholds before the start, and what becomes of them after it. */
@KernelTest
@NeedsHost({Feature.CGROUP_V2, Feature.CGROUP_MEMORY})
class PressureIT {
    private static PressureThreshold within(Duration window) {
        return PressureThreshold.memory(window.dividedBy(2), window);
    }

    @Test
    void whatIsSaidBeforeIsWhatTheKernelTakes() throws Exception {
        Sandbox sandbox =
                Sandbox.builder().env("PATH", "/usr/bin:/bin").accounting().build();
        List<Entry> said = sandbox.explain().entries().stream()
                .filter(entry -> entry.request().startsWith("pressure thresholds"))
                .toList();
        boolean none = said.stream().anyMatch(entry -> entry.outcome() == Outcome.DEGRADED);
        boolean all = said.isEmpty();
        try (SandboxProcess process = sandbox.start("sleep", "600")) {
            assertEquals(all, isTaken(process, Duration.ofMillis(500)), said::toString);
            assertEquals(all, isTaken(process, Duration.ofSeconds(3)), said::toString);
            assertEquals(!none, isTaken(process, Duration.ofSeconds(2)), said::toString);
            assertEquals(!none, isTaken(process, Duration.ofSeconds(4)), said::toString);
            if (none) {
                SandboxException refused = assertThrows(
                        SandboxException.class, () -> process.onEvent(event -> {}, within(Duration.ofSeconds(2))));
                assertFalse(refused.remedy().isEmpty());
            }
        }
        System.out.println("PressureIT: " + (all ? "all thresholds, nothing to say" : said));
    }

    private static boolean isTaken(SandboxProcess process, Duration window) throws Exception {
        try {
            process.onEvent(event -> {}, within(window));
            return true;
        } catch (SandboxException e) {
            return false;
        }
    }
}
