package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Attestation.Grade;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;

/**
 * The attacks that the library ships, each twice: in {@code untrusted()}, where it has to come to nothing, and in a sandbox without any
 * isolation but the floor as the control, where it has to work; else it proves nothing, and the test says so and is skipped.
 */
@KernelTest
@NeedsHost(Feature.USERNS)
class VerifyIT {
    private static Attestation inside;
    private static final Map<String, Grade> CONTROL = new TreeMap<>();

    @BeforeAll
    static void attack() throws Exception {
        inside = Sandbox.untrusted().build().verify();
        for (OutsideProbe.Line line : OutsideProbe.run()) {
            CONTROL.put(line.name(), line.grade());
        }
    }

    @AfterAll
    static void tellWhatProvesNothing() {
        List<String> silent = new ArrayList<>();
        CONTROL.forEach((name, grade) -> {
            if (grade != Grade.EXPOSED) {
                silent.add(name);
            }
        });
        System.out.println("VerifyIT: no positive control on this host, as this user: " + silent);
    }

    @TestFactory
    List<DynamicTest> everyAttackIsContainedAndWorksOutside() {
        return inside.results().stream()
                .map(result -> DynamicTest.dynamicTest(result.name(), () -> {
                    if (result.grade() == Grade.NOT_APPLICABLE && CONTROL.get(result.name()) == Grade.NOT_APPLICABLE) {
                        throw new TestAbortedException(
                                "SKIPPED " + result.name() + ": this host has nothing of the kind");
                    }
                    if (result.grade() == Grade.NOT_APPLICABLE
                            && result.name().endsWith("-buffers")
                            && !Feature.CGROUP_MEMORY.isPresent()) {
                        throw new TestAbortedException("SKIPPED " + result.name()
                                + ": without cgroups nothing counts them, as the threat model says");
                    }
                    assertEquals(Grade.CONTAINED, result.grade(), result::toString);
                    if (CONTROL.get(result.name()) != Grade.EXPOSED) {
                        throw new TestAbortedException(
                                "SKIPPED control of " + result.name() + ": it does not work outside either");
                    }
                }))
                .toList();
    }

    /** Enough of them prove something; which, depends on who runs this. */
    @Test
    void mostControlsWork() {
        long exposed = CONTROL.values().stream().filter(g -> g == Grade.EXPOSED).count();
        assertTrue(exposed >= (Feature.ROOT.isPresent() ? 60 : 25), CONTROL::toString);
        assertEquals(inside.results().size(), CONTROL.size());
    }

    @Test
    void theTableAndTheJsonSayTheSame() {
        assertTrue(inside.isContained(), inside::toString);
        assertTrue(inside.toJson().contains("\"contained\" : true"), inside::toJson);
        assertTrue(inside.toString().contains("host-file"), inside::toString);
        assertEquals(OptionalInt.of(1), inside.exposure().processes());
        assertEquals(OptionalInt.of(3), inside.exposure().descriptors());
        assertEquals(List.of("lo"), inside.exposure().interfaces());
        assertTrue(inside.exposure().systemCalls() < inside.exposure().systemCallsKnown());
        assertEquals(OptionalInt.of(0), inside.exposure().writableKernelFiles(), inside::toString);
    }

    /** What is opened on purpose shows: the grades can be bad. */
    @Test
    void openSandboxesAreGradedAsOpen() throws Exception {
        Attestation open = Sandbox.builder().build().verify();
        assertFalse(open.isContained());
        Map<String, Grade> grades = new TreeMap<>();
        open.results().forEach(r -> grades.put(r.name(), r.grade()));
        for (String name :
                List.of("host-file", "see-host-process", "host-loopback", "abstract-socket", "user-namespace")) {
            assertEquals(Grade.EXPOSED, grades.get(name), name);
        }
        assertTrue(open.exposure().processes().orElseThrow() > 3, open::toString);
    }

    @Test
    void whereTheProbeCannotRunNothingIsClaimed() throws Exception {
        Attestation blind = Sandbox.untrusted()
                .seccomp(dev.sandjar.seccomp.SeccompProfile.standard().toBuilder()
                        .deny("execve")
                        .build())
                .build()
                .verify();
        assertFalse(blind.isContained());
        assertEquals(blind.results().size(), blind.results(Grade.NOT_ATTEMPTED).size());
    }
}
