package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.Verdict;
import dev.sandjar.launcher.Launcher;
import dev.sandjar.testing.KernelTest;
import org.junit.jupiter.api.Test;

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
}
