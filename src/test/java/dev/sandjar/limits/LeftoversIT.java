package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.CgroupTrees;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No cgroup outlives its sandbox, nor any the JVM. */
@KernelTest
@NeedsHost({Feature.BOMB, Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS})
class LeftoversIT {
    private static final long SELF = ProcessHandle.current().pid();
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static Sandbox limited() {
        return Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(64))
                .cpuLimit(1)
                .pidsLimit(20)
                .build();
    }

    @Test
    void aRunningSandboxHasCgroupsAndAnEndedOneHasNone() throws Exception {
        try (SandboxProcess process = limited().start(Bomb.command("silent"))) {
            assertTrue(process.isAlive());
            assertFalse(CgroupTrees.leaves(SELF).isEmpty());
            process.destroy();
            process.waitForReport();
            assertNoLeaves();
        }
    }

    /** Who could open one could lock it once this JVM is dead, and nothing would remove it any more. */
    @Test
    @NeedsHost(Feature.ROOT)
    void nobodyElseCanOpenThem() throws Exception {
        try (SandboxProcess process = limited().start(Bomb.command("silent"))) {
            assertTrue(process.isAlive());
            Set<String> areas = CgroupTrees.areas(SELF);
            assertFalse(areas.isEmpty());
            for (String area : areas) {
                Path above = Objects.requireNonNull(Path.of(area).getParent());
                assertEquals(0, asNobody("exec 9<" + above), "the control");
                assertNotEquals(0, asNobody("exec 9<" + area), area);
            }
        }
    }

    private static int asNobody(String script) {
        return HostProgram.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script)
                .exit();
    }

    /** The kernel lets go of a cgroup a moment after its last process. */
    private static void assertNoLeaves() {
        assertTrue(Await.within(PATIENCE, () -> CgroupTrees.leaves(SELF).isEmpty()), () -> CgroupTrees.leaves(SELF)
                .toString());
    }

    @Test
    @Tag("soak")
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void tenThousandSandboxes() throws Exception {
        Sandbox sandbox = limited();
        for (int i = 0; i < 10_000; i++) {
            sandbox.run(Bomb.command("exit", "0")).orThrow();
        }
        assertNoLeaves();
    }

    @Test
    void aKilledJvmLeavesNone() throws Exception {
        Process victim = jvm("and stay");
        try (BufferedReader out = victim.inputReader()) {
            assertEquals("running", out.readLine());
            assertFalse(CgroupTrees.leaves(victim.pid()).isEmpty());
        } finally {
            victim.destroyForcibly();
        }
        assertTrue(
                Await.within(PATIENCE, () -> CgroupTrees.leaves(victim.pid()).isEmpty()),
                () -> CgroupTrees.leaves(victim.pid()).toString());
        // The next to open its own removes what else there was.
        Process next = jvm("and end");
        assertEquals("running", next.inputReader().readLine());
        assertEquals(0, next.waitFor());
        for (Process jvm : new Process[] {victim, next}) {
            assertTrue(
                    Await.within(PATIENCE, () -> CgroupTrees.areas(jvm.pid()).isEmpty()),
                    () -> CgroupTrees.areas(jvm.pid()).toString());
        }
    }

    private static Process jvm(String then) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-Dsandjar.test.bomb=" + Bomb.PROGRAM,
                "-cp",
                System.getProperty("java.class.path"),
                Jvm.class.getName(),
                then);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A host of sandboxes that would run for ever. */
    static final class Jvm {
        private Jvm() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            SandboxProcess last = limited().start(Bomb.command("silent"));
            for (int i = 0; i < 4; i++) {
                last = limited().start(Bomb.command("silent"));
            }
            System.out.println("running");
            if (arguments[0].equals("and stay")) {
                last.waitFor();
            }
            System.exit(0);
        }
    }
}
