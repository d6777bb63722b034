package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** kill -9 at random moments, while twenty sandboxes start, run and end. */
@KernelTest
@Tag("once")
@Tag("fault")
@NeedsHost({Feature.USERNS, Feature.PROC})
@Tag("heavy")
class ChaosIT {
    private static final long SEED = Long.getLong("sandjar.test.seed", 20);
    private static final int ROUNDS = Integer.getInteger("sandjar.test.rounds", 3);
    private static final int MANY_ROUNDS = Integer.getInteger("sandjar.test.rounds", 12);

    @BeforeEach
    void adoptOrphans() {
        Subreaper.set(true);
    }

    @AfterEach
    void letOrphansGo() {
        Subreaper.set(false);
    }

    @ParameterizedTest
    @CsvSource({"launcher", "supervisor"})
    void aJvmSurvives(String victim) throws Exception {
        survive(victim, ROUNDS);
    }

    @Tag("slow")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    @ParameterizedTest
    @CsvSource({"launcher", "supervisor"})
    void aJvmSurvivesForLong(String victim) throws Exception {
        survive(victim, MANY_ROUNDS);
    }

    private static void survive(String victim, int rounds) throws Exception {
        Process jvm =
                ChildJvm.start(CrowdMain.class, List.of(), victim, Long.toString(SEED), Integer.toString(2 * rounds));
        var output = ChildJvm.output(jvm);
        boolean ended = jvm.waitFor(rounds == ROUNDS ? 150 : 240, TimeUnit.SECONDS);
        jvm.destroyForcibly();
        String text = output.get(10, TimeUnit.SECONDS);
        assertTrue(ended, () -> "seed " + SEED + " hangs: " + text);
        assertEquals(0, jvm.exitValue(), () -> "seed " + SEED + ": " + text);
        assertNothingLeft();
    }

    @Test
    void nothingOutlivesAJvm() throws Exception {
        kill(ROUNDS);
    }

    @Tag("slow")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    @Test
    void nothingOutlivesMoreJvms() throws Exception {
        kill(MANY_ROUNDS);
    }

    private static void kill(int rounds) throws Exception {
        Random random = new Random(SEED);
        for (int round = 0; round < rounds; round++) {
            Process jvm = ChildJvm.start(CrowdMain.class, List.of(), "jvm", "0");
            jvm.inputReader().readLine();
            LockSupport.parkNanos(random.nextInt(150_000_000));
            jvm.destroyForcibly();
            assertEquals(137, jvm.waitFor(), "seed " + SEED);
            assertNothingLeft();
        }
    }

    private static void assertNothingLeft() throws Exception {
        Set<Long> known = Set.of((long) Launcher.get().pid());
        assertTrue(
                Await.within(
                        Duration.ofSeconds(60), () -> Subreaper.strangers(known).isEmpty()),
                () -> "seed " + SEED + " left: " + Subreaper.strangers(known));
    }
}
