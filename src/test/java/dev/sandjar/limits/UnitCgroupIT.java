package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several users of one cgroup that was given to them, and who else may reach what is in it. */
@KernelTest
@NeedsHost({Feature.CGROUP_V2, Feature.CGROUP_MEMORY, Feature.CGROUP_PIDS})
@Timeout(value = 4, unit = TimeUnit.MINUTES) // further JVMs, on emulated processors
class UnitCgroupIT {
    private static final long SELF = ProcessHandle.current().pid();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String HOST = "sandjar-host";

    private static Sandbox limited() {
        return Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .memoryLimit(DataSize.mebibytes(64))
                .pidsLimit(20)
                .build();
    }

    private static String cgroup(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup")).strip();
    }

    private static Path area(long jvm) {
        Set<String> areas = CgroupTrees.areas(jvm);
        assertEquals(1, areas.size(), areas::toString);
        return Path.of(areas.iterator().next());
    }

    /** Wherever systemd gives each launcher a scope there is nothing to share. */
    private static Path unit() throws Exception {
        limited().run("true").orThrow();
        assumeTrue(cgroup(SELF).endsWith("/" + HOST), "the cgroup of this process was not given to it");
        return area(SELF).getParent();
    }

    @Test
    void severalJvmsAreBesideEachOther() throws Exception {
        Path unit = unit();
        String own = cgroup(SELF);
        Process second = jvm("");
        try (SandboxProcess kept = limited().start("sleep", "600"); // a launcher with nothing to do would end
                BufferedReader out = second.inputReader()) {
            assertEquals("running", out.readLine());
            assertTrue(kept.isAlive());
            assertEquals(unit, area(second.pid()).getParent());
            assertEquals(own, cgroup(second.pid()));
            second.destroyForcibly();
            assertGone(second.pid());
            // It was not the last: those of the first are where they were.
            assertEquals(own, cgroup(SELF));
        } finally {
            second.destroyForcibly();
        }
        limited().run("true").orThrow();
    }

    @Test
    void aKilledLauncherLeavesNothing() throws Exception {
        Path unit = unit();
        String own = cgroup(SELF);
        Process other = jvm("kill the launcher");
        try (BufferedReader out = other.inputReader()) {
            assertEquals("running", out.readLine());
            assertEquals("again", out.readLine());
            assertEquals(unit, area(other.pid()).getParent());
            assertEquals(own, cgroup(other.pid()));
        } finally {
            other.destroyForcibly();
        }
        assertGone(other.pid());
        assertFalse(Files.isDirectory(unit.resolve(HOST).resolve(HOST)));
    }

    private static void assertGone(long jvm) {
        assertTrue(Await.within(PATIENCE, () -> CgroupTrees.areas(jvm).isEmpty()), () -> CgroupTrees.areas(jvm)
                .toString());
    }

    /** Sandboxes of root, with ids of their own. */
    @Test
    @NeedsHost({Feature.ROOT, Feature.USERNS, Feature.PROC})
    void anotherUserMovesNobody() throws Exception {
        Sandbox small = Sandbox.untrusted().memoryLimit(DataSize.mebibytes(64)).build();
        Sandbox large = Sandbox.untrusted().memoryLimit(DataSize.mebibytes(400)).build();
        try (SandboxProcess victim = small.start("sleep", "60");
                SandboxProcess other = large.start("sleep", "60")) {
            String before = cgroup(victim.pid());
            Path from = Path.of("/sys/fs/cgroup", before.substring("0::/".length()));
            Path to = Path.of("/sys/fs/cgroup", cgroup(other.pid()).substring("0::/".length()));
            assertNotEquals(from, to);
            Path area = to.getParent();
            for (Path place : List.of(to, area, area.resolve("launcher"))) {
                assertNotEquals(0, asNobody(victim.pid(), place));
                assertEquals(before, cgroup(victim.pid()));
            }
            assertNotEquals(0, nobody("flock --nonblock " + area + " true"));
            // Control: with a permission more it is moved.
            Files.setPosixFilePermissions(to.resolve("cgroup.procs"), PosixFilePermissions.fromString("rw-rw-rw-"));
            assertEquals(0, asNobody(victim.pid(), to));
            assertNotEquals(before, cgroup(victim.pid()));
        }
    }

    private static int asNobody(long pid, Path to) {
        return nobody("echo " + pid + " >" + to + "/cgroup.procs");
    }

    private static int nobody(String script) {
        return HostProgram.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script)
                .exit();
    }

    private static Process jvm(String then) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Jvm.class.getName(),
                then);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Another host of sandboxes. */
    static final class Jvm {
        private Jvm() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            SandboxProcess first = limited().start("sleep", "600");
            System.out.println("running");
            if (!arguments[0].isEmpty()) {
                ProcessHandle launcher =
                        ProcessHandle.current().children().findFirst().orElseThrow();
                launcher.destroyForcibly();
                first.waitFor();
                first = limited().start("sleep", "600");
                System.out.println("again");
            }
            first.waitFor();
        }
    }
}
