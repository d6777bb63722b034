package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation.Grade;
import dev.sandjar.verify.Attestation.Result;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A PID namespace that may be missing, on the host's own files: processes of others stay out of reach, as far as those files go. */
@KernelTest
@NeedsHost(Feature.LANDLOCK)
@Timeout(value = 4, unit = TimeUnit.MINUTES) // all attacks, on emulated processors
@Tag("heavy")
class WithoutPidNamespaceIT {
    private static final String LANDLOCK = "sandjar.landlockVersion";
    private static final String WITHOUT_NAMESPACES = "sandjar.withoutNamespaces";

    @BeforeEach
    void switchOn() {
        System.setProperty(WITHOUT_NAMESPACES, "true");
    }

    @AfterEach
    void switchOff() {
        System.clearProperty(LANDLOCK);
        System.clearProperty(WITHOUT_NAMESPACES);
    }

    private static Result meddle(SandboxBuilder builder) throws Exception {
        return builder.build().verify().results().stream()
                .filter(result -> result.name().equals("meddle-with-process"))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "15"})
    void othersAreOutOfReach(String landlock) throws Exception {
        System.setProperty(LANDLOCK, landlock);
        SandboxBuilder builder = Sandbox.builder().pidNamespace().allowDegraded(Isolation.PID_NAMESPACE);
        assertEquals("by /proc/PID/oom_score_adj", meddle(builder).reason());
        String explanation = builder.build().explain().entries().toString();
        assertTrue(explanation.contains("oom_score_adj"), explanation);
    }

    @Test
    void whereNothingWasAskedForTheyAreInReach() throws Exception {
        Result open = meddle(Sandbox.builder());
        assertEquals(Grade.EXPOSED, open.grade());
        // What traces asks for the capabilities of the other too, which root's has.
        boolean traces = !Feature.UNPRIVILEGED.isPresent() || open.reason().contains("/proc/PID/mem");
        assertTrue(traces && open.reason().contains("by kill "), open::reason);
    }
}
