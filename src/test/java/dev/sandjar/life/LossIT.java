package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** This JVM loses its launcher; there is no leak check, because the next launcher comes with another socket. */
@Tag("linux")
@NeedsHost({Feature.USERNS, Feature.PROC})
class LossIT {
    @ParameterizedTest
    @EnumSource(Kind.class)
    void lostWithTheLauncher(Kind kind) throws Exception {
        try (SandboxProcess first = kind.sandbox().start("sleep", "1000");
                SandboxProcess second = kind.sandbox().start("cat")) {
            ProcessHandle.of(Launcher.get().pid()).orElseThrow().destroyForcibly();
            assertTrue(first.waitFor(Duration.ofSeconds(60)));
            assertTrue(second.waitFor(Duration.ofSeconds(60)));
            assertEquals(Verdict.LOST, first.waitForReport().verdict());
            assertEquals(Verdict.LOST, second.waitForReport().verdict());
            assertFalse(second.waitForReport().isSuccess());
        }
        assertEquals("again", kind.sandbox().run("echo", "again").stdout().strip());
    }
}
