package dev.sandjar.limits;

import static dev.sandjar.limits.ForeignGroup.content;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Limits;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Limits that are looked for in the files of the cgroup itself, which is where the test has chosen. */
@KernelTest
@NeedsHost({Feature.ROOT, Feature.BOMB, Feature.CGROUP_MEMORY, Feature.CGROUP_CPU})
class CgroupFilesIT {
    private static final Duration PLENTY = Duration.ofSeconds(20);

    @Test
    void bursts() throws Exception {
        try (ForeignGroup above = new ForeignGroup()) {
            String path = above.path + "/leaf";
            Sandbox sandbox = Box.PLAIN
                    .builder()
                    .cgroupPath(CgroupPath.of(path))
                    .cpuLimit(0.5)
                    .limits(l -> l.cpuBurst(Duration.ofMillis(20)))
                    .build();
            try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
                assertEquals("20000", content(path, "cpu.cfs_burst_us", "cpu.max.burst"));
                process.update(Limits.none().cpuBurst(Duration.ofMillis(10)));
                assertEquals("10000", content(path, "cpu.cfs_burst_us", "cpu.max.burst"));
                // More than the quota.
                SandboxException e = assertThrows(
                        SandboxException.class,
                        () -> process.update(Limits.none().cpuBurst(Duration.ofMillis(60))));
                assertEquals("EINVAL", e.errnoName());
            }
            ForeignGroup.assertGone(path);
        }
    }

    @Test
    void filesOfTheKernel() throws Exception {
        String file = ForeignGroup.isV2() ? "memory.min" : "memory.swappiness";
        String other = ForeignGroup.isV2() ? "memory.swappiness" : "memory.min";
        String text = ForeignGroup.isV2() ? "65536" : "17";
        try (ForeignGroup above = new ForeignGroup()) {
            String path = above.path + "/leaf";
            Sandbox sandbox = Box.PLAIN
                    .builder()
                    .cgroupPath(CgroupPath.of(path))
                    .limits(l -> l.cgroupFile(file, text))
                    .build();
            try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
                assertEquals(text, content(path, file, file));
                assertTrue(
                        sandbox.explain().entries().toString().contains(file + " = " + text), () -> "" + process.pid());
            }
            ForeignGroup.assertGone(path);
        }
        Sandbox none = Box.PLAIN.builder().limits(l -> l.cgroupFile(other, "1")).build();
        var refusal = assertThrows(UnsupportedIsolationException.class, () -> none.run(Bomb.command("exit", "0")));
        assertEquals(Isolation.CGROUP_LIMITS, refusal.isolation().orElseThrow());
        assertTrue(refusal.getMessage().contains(other), refusal::getMessage);
        Sandbox bad =
                Box.PLAIN.builder().limits(l -> l.cgroupFile(file, "nonsense")).build();
        SandboxException e = assertThrows(SandboxException.class, () -> bad.run(Bomb.command("exit", "0")));
        assertEquals("EINVAL", e.errnoName());
    }

    /** Without the killer processes wait for memory, until somebody ends them. */
    @Test
    void withoutTheKillerNobodyIsKilled() throws Exception {
        if (ForeignGroup.isV2()) {
            Sandbox sandbox = Box.PLAIN
                    .builder()
                    .limits(l -> l.cgroupFile("memory.oom_control", "1"))
                    .build();
            assertThrows(UnsupportedIsolationException.class, () -> sandbox.run(Bomb.command("exit", "0")));
            return;
        }
        Sandbox sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(32))
                .limits(l -> l.oomGroup(false).cgroupFile("memory.oom_control", "1"))
                .timeout(PLENTY)
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("grow", "256"))) {
            assertTrue(Await.within(
                    PLENTY, () -> memory(process) > DataSize.mebibytes(31).toBytes()));
            assertFalse(Await.within(Duration.ofMillis(500), () -> !process.isAlive()), "it waits");
            process.update(Limits.none().memory(DataSize.mebibytes(400)));
            assertEquals(Verdict.EXITED, process.waitForReport().verdict());
        }
    }

    private static long memory(SandboxProcess process) {
        try {
            return process.usage().memory().current().orElseThrow().toBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void realtimeIsWhatTheGroupAboveHas() throws Exception {
        if (ForeignGroup.isV2()) {
            return; // it has no such files, and filesOfTheKernel shows what becomes of those
        }
        String path = "/sandjar-it-rt-" + ProcessHandle.current().pid();
        Sandbox atTheTop = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(path))
                .limits(l -> l.cgroupFile("cpu.rt_runtime_us", "1000"))
                .build();
        Sandbox below = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(path + "/below/leaf"))
                .limits(l -> l.cgroupFile("cpu.rt_runtime_us", "1000"))
                .build();
        try (SandboxProcess process = atTheTop.start(Bomb.command("silent"))) {
            assertTrue(process.isAlive());
            assertEquals("1000", content(path, "cpu.rt_runtime_us", ""));
        }
        ForeignGroup.assertGone(path);
        SandboxException e = assertThrows(SandboxException.class, () -> below.run(Bomb.command("exit", "0")));
        assertEquals("EINVAL", e.errnoName());
        ForeignGroup.assertGone(path);
    }
}
