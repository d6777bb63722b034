package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.KernelTest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of everything that the library does in this JVM, and a new beginning. */
@KernelTest
class ShutdownIT {
    @Test
    void whatRunsIsKilledAndTheLauncherIsGone() throws Exception {
        Sandbox sandbox = Sandbox.builder().build();
        int launcher = Launcher.get().pid();
        try (SandboxProcess process = sandbox.start("sleep", "60")) {
            Sandjar.shutdown();
            assertFalse(process.isAlive());
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
            assertTrue(ProcessHandle.of(launcher).isEmpty(), "the launcher lives on");
            Sandjar.shutdown();

            assertEquals("again\n", sandbox.run("echo", "again").stdout());
            assertNotEquals(launcher, Launcher.get().pid());
        }
    }

    /**
     * What a server of applications does all day: by the end of each nothing is left of it, whether it said that it ends or not. JNA's
     * own thread looks every 30 seconds whether it may end.
     */
    @ParameterizedTest
    @ValueSource(strings = {"shutdown", "idle", "pool"})
    @Tag("slow")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void classLoadersAreCollected(String how) throws Exception {
        assertCollected(ChildJvm.start(ReloadMain.class, List.of(), how));
    }

    @Test
    @Tag("slow")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void classLoadersAreCollectedWhileAFlightRecorderRuns() throws Exception {
        assertCollected(ChildJvm.start(ReloadMain.class, List.of("-XX:StartFlightRecording"), "shutdown"));
    }

    private static void assertCollected(Process child) throws Exception {
        try {
            String said = ChildJvm.output(child).get(4, TimeUnit.MINUTES);
            assertEquals(0, child.waitFor(), said);
            assertTrue(said.contains("left: class loaders 0, launchers 0, threads []"), said);
            assertFalse(said.matches("(?s).*after shutdown: launchers [1-9].*"), said);
        } finally {
            child.destroyForcibly();
        }
    }
}
