package dev.sandjar.limits;

import static dev.sandjar.limits.ForeignGroup.all;
import static dev.sandjar.limits.ForeignGroup.assertGone;
import static dev.sandjar.limits.ForeignGroup.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cgroups at chosen paths whose launcher is killed; there is no leak check, because the next launcher comes with another socket. */
@Tag("linux")
@NeedsHost({Feature.ROOT, Feature.BOMB, Feature.CGROUP_PIDS, Feature.CGROUP_FREEZER})
class CgroupsPathLossIT {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** Its launcher was killed, so that nobody was there to remove it: the next start does, as nobody has it locked. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatADeadLauncherHasLeftIsMadeAnew(boolean frozen) throws Exception {
        try (ForeignGroup foreign = new ForeignGroup()) {
            madeAnew(foreign.path, frozen);
        }
    }

    private static void madeAnew(String old, boolean frozen) throws Exception {
        String path = old + "/lost/leaf";
        Sandbox sandbox = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(path))
                .pidsLimit(20)
                .build();
        int launcher = Launcher.get().pid();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            if (frozen) {
                process.freeze();
            }
            ProcessHandle.of(launcher).orElseThrow().destroyForcibly();
            assertEquals(Verdict.LOST, process.waitForReport().verdict());
        }
        assertTrue(all(path), "nobody has removed it");
        if (!frozen || ForeignGroup.isV2()) {
            assertTrue(Await.within(PATIENCE, () -> at(path).stream().allMatch(CgroupsPathLossIT::isEmpty)));
        } // else v1 keeps it until somebody lets it die, as the next start does
        sandbox.run(Bomb.command("exit", "0")).orThrow();
        assertNotEquals(launcher, Launcher.get().pid());
        assertGone(old + "/lost");
    }

    private static boolean isEmpty(Path directory) {
        try {
            return Files.readString(directory.resolve("cgroup.procs")).isBlank();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
