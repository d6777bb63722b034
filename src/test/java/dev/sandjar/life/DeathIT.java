package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Death of the JVM, of the launcher and of a supervisor at every step of a sandbox's life: nothing is left, and nobody hangs. */
@KernelTest
@Tag("fault")
@Tag("heavy")
class DeathIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KILLED = 128 + 9;
    /** Between two steps at which a JVM is killed, in the short form. */
    private static final int STRIDE = 36;

    /** Which every story has. */
    private static final int FIRST = 12;

    /** Between two at which a launcher or a supervisor is, of which each JVM goes through all. */
    private static final int VICTIMS_STRIDE = 5;

    private static final int JVMS_AT_ONCE = 3;

    private final Set<Process> jvms = new HashSet<>();

    @BeforeEach
    void adoptOrphans() {
        String launcher = System.getProperty("sandjar.test.faultLauncher", "");
        Assumptions.assumeTrue(Files.isExecutable(Path.of(launcher)), "no launcher with fault injection: " + launcher);
        Subreaper.set(true);
    }

    @AfterEach
    void letOrphansGo() {
        jvms.forEach(Process::destroyForcibly);
        Subreaper.set(false);
    }

    @ParameterizedTest
    @CsvSource({
        "launcher, UNTRUSTED", "launcher, PLAIN", "launcher, WITHOUT_INIT",
        "supervisor, UNTRUSTED", "supervisor, PLAIN", "supervisor, WITHOUT_INIT"
    })
    void aJvmSurvivesDeathsOfItsLauncherAndOfASupervisor(String victim, Kind kind) throws Exception {
        survive(victim, kind, VICTIMS_STRIDE);
    }

    @Tag("soak")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    @ParameterizedTest
    @CsvSource({
        "launcher, UNTRUSTED", "launcher, PLAIN", "launcher, WITHOUT_INIT",
        "supervisor, UNTRUSTED", "supervisor, PLAIN", "supervisor, WITHOUT_INIT"
    })
    void aJvmSurvivesEveryDeathOfItsLauncherAndOfASupervisor(String victim, Kind kind) throws Exception {
        survive(victim, kind, 1);
    }

    private void survive(String victim, Kind kind, int stride) throws Exception {
        assumePossible(kind);
        String every = Integer.toString(stride);
        Process jvm =
                ChildJvm.start(SurvivorMain.class, ChildJvm.withFaultLauncher(), victim, kind.name(), every, every);
        jvms.add(jvm);
        var output = ChildJvm.output(jvm);
        boolean ended = jvm.waitFor(stride == 1 ? 240 : 150, TimeUnit.SECONDS);
        jvm.destroyForcibly();
        String text = output.get(10, TimeUnit.SECONDS);
        assertTrue(ended, () -> "hangs after:\n" + text);
        assertTrue(text.endsWith("end\n"), text);
        assertFalse(text.contains("FAILED"), text);
        assertTrue(text.contains("ok " + victim + " " + kind + " 20 "), text);
        assertNothingLeft();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void nothingOutlivesTheJvm(Kind kind) throws Exception {
        killAtSteps(kind, 1 + new Random(kind.ordinal()).nextInt(FIRST), STRIDE);
    }

    @Tag("soak")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    @ParameterizedTest
    @EnumSource(Kind.class)
    void nothingOutlivesTheJvmAtAnyStep(Kind kind) throws Exception {
        killAtSteps(kind, 1, 1);
    }

    @Test
    void aJvmThatIsNotHitEndsWell() throws Exception {
        assertEquals(0, killAt(Kind.PLAIN, 100_000));
        assertNothingLeft();
    }

    /** Several JVMs at a time, until one of them gets to the end of its story. */
    private void killAtSteps(Kind kind, int first, int stride) throws Exception {
        assumePossible(kind);
        ExecutorService pool = Executors.newFixedThreadPool(JVMS_AT_ONCE);
        try {
            int killed = 0;
            for (int step = first; ; step += stride * JVMS_AT_ONCE) {
                List<Callable<Integer>> round = new ArrayList<>();
                for (int i = 0; i < JVMS_AT_ONCE; i++) {
                    int at = step + i * stride;
                    round.add(() -> killAt(kind, at));
                }
                List<Integer> ends = new ArrayList<>();
                for (Future<Integer> end : pool.invokeAll(round)) {
                    ends.add(end.get());
                }
                assertNothingLeft();
                assertTrue(ends.stream().allMatch(end -> end == KILLED || end == 0), () -> "ended with " + ends);
                killed += (int) ends.stream().filter(end -> end == KILLED).count();
                if (ends.contains(0)) {
                    break;
                }
            }
            assertTrue(killed > 0, "no step was reached");
        } finally {
            pool.shutdownNow();
        }
    }

    private int killAt(Kind kind, int step) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(ChildJvm.withFaultLauncher());
        options.add("-Dsandjar.fault=" + step + ":jvm");
        Process jvm = ChildJvm.start(VictimMain.class, options, kind.name());
        synchronized (jvms) {
            jvms.add(jvm);
        }
        // Its pipes hold no more than fits, and are not waited for: what is left over would keep them open.
        if (!jvm.waitFor(100, TimeUnit.SECONDS)) {
            throw new AssertionError("the JVM hangs with " + step + ":jvm");
        }
        jvm.getInputStream().close();
        return jvm.exitValue();
    }

    private static void assertNothingLeft() throws IOException {
        Set<Long> known = Set.of((long) Launcher.get().pid());
        if (!Await.within(PATIENCE, () -> Subreaper.strangers(known).isEmpty())) {
            throw new AssertionError("left: " + Subreaper.strangers(known));
        }
    }

    private static void assumePossible(Kind kind) throws IOException, InterruptedException {
        try {
            kind.sandbox().run("true");
        } catch (UnsupportedIsolationException e) {
            Assumptions.abort(e.getMessage());
        }
    }
}
