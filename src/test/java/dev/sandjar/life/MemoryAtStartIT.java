package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a program that meets its memory limit at once comes to, whoever hears of it first. */
@KernelTest
@Tag("fault")
@NeedsHost({Feature.BOMB, Feature.CGROUP_MEMORY, Feature.USERNS, Feature.PROC})
@Tag("heavy")
class MemoryAtStartIT {
    @Test
    void theProgramHasBeenKilledForItsMemoryThoughItsStartIsToldLater() throws Exception {
        String text = run("late");
        assertTrue(text.contains("plain: OOM_KILLED\n"), text);
        assertTrue(text.contains("untrusted: OOM_KILLED\n"), text);
    }

    /** On cgroup v2 the launcher does not hear of it, and waits for the supervisor as for any other. */
    @Test
    void aStartThatIsNeverToldFailsForTheMemory() throws Exception {
        Assumptions.assumeFalse(Feature.CGROUP_V2.isPresent(), "SKIPPED: cgroup v2 ends the group by itself");
        String text = run("silent");
        for (String sandbox : List.of("plain", "untrusted")) {
            assertTrue(
                    text.contains(sandbox
                            + ": set up: the memory limit of 32 MiB was met while the sandbox was being set up"),
                    text);
        }
        assertTrue(text.contains("remedy: ") && text.contains("memoryLimit"), text);
    }

    private static String run(String fault) throws Exception {
        String launcher = System.getProperty("sandjar.test.faultLauncher", "");
        Assumptions.assumeTrue(Files.isExecutable(Path.of(launcher)), "no launcher with fault injection: " + launcher);
        String bomb = Path.of(System.getProperty("sandjar.test.bomb", "target/native/sandjar-bomb"))
                .toAbsolutePath()
                .toString();
        Process jvm = ChildJvm.start(
                MemoryAtStartMain.class, List.of("-Dsandjar.launcher=" + launcher, "-Dsandjar.fault=" + fault), bomb);
        String text = ChildJvm.output(jvm).get(2, TimeUnit.MINUTES);
        assertEquals(0, jvm.waitFor(), text);
        return text;
    }
}
