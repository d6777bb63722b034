package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.CgroupTrees;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Cgroups at chosen paths for those who may not write everywhere. */
@KernelTest
@NeedsHost(Feature.BOMB)
class CgroupsPathUserIT {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final String NAME =
            "sandjar-it-user-" + ProcessHandle.current().pid();

    @Test
    void whereTheyMayNotWriteIsRefused() throws Exception {
        assumeFalse(Feature.ROOT.isPresent(), "root may write everywhere");
        Sandbox sandbox =
                Box.PLAIN.builder().cgroupPath(CgroupPath.of("/" + NAME)).build();
        var refusal = assertThrows(UnsupportedIsolationException.class, () -> sandbox.run(Bomb.command("exit", "0")));
        assertEquals(Isolation.CGROUP_LIMITS, refusal.isolation().orElseThrow());
        assertTrue(refusal.getMessage().contains("cgroup /" + NAME), refusal::getMessage);
        // Without the path the same starts.
        Box.PLAIN.builder().build().run(Bomb.command("exit", "0")).orThrow();
    }

    @Test
    @NeedsHost({Feature.UNPRIVILEGED, Feature.CGROUP_PIDS, Feature.CGROUP_V2})
    void whereTheyMayItIsMade() throws Exception {
        Box.PLAIN.builder().accounting().build().run(Bomb.command("exit", "0")).orThrow();
        Path area = Path.of(
                CgroupTrees.areas(ProcessHandle.current().pid()).iterator().next());
        Path mount = ForeignGroup.MOUNTS.get(0);
        Path leaf = area.resolveSibling(NAME).resolve("parent/leaf");
        Sandbox sandbox = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of("/" + mount.relativize(leaf)))
                .pidsLimit(9)
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            assertTrue(process.isAlive());
            assertEquals("9", Files.readString(leaf.resolve("pids.max")).strip());
            assertFalse(Files.readString(leaf.resolve("cgroup.procs")).isBlank());
        }
        assertTrue(Await.within(PATIENCE, () -> !Files.exists(area.resolveSibling(NAME))));
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void aRelativePathNeedsNoOtherRights() throws Exception {
        Sandbox sandbox = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(NAME + "/leaf"))
                .pidsLimit(9)
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            assertTrue(Files.readString(Path.of("/proc/" + process.pid() + "/cgroup"))
                    .contains("/named/" + NAME + "/leaf"));
        }
    }
}
