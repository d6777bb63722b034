package dev.sandjar.limits;

import static dev.sandjar.limits.ForeignGroup.MOUNTS;
import static dev.sandjar.limits.ForeignGroup.all;
import static dev.sandjar.limits.ForeignGroup.assertGone;
import static dev.sandjar.limits.ForeignGroup.at;
import static dev.sandjar.limits.ForeignGroup.content;
import static dev.sandjar.limits.ForeignGroup.file;
import static dev.sandjar.limits.ForeignGroup.none;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.linux.CgroupPath;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.CgroupTrees;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cgroups at paths that the caller has chosen. */
@KernelTest
@NeedsHost({Feature.ROOT, Feature.BOMB, Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS})
class CgroupsPathIT {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private ForeignGroup foreign;
    private String old;

    @BeforeEach
    void makeForeign() throws IOException {
        foreign = new ForeignGroup();
        old = foreign.path;
    }

    @AfterEach
    void removeForeign() throws IOException {
        foreign.close();
    }

    /** Not even what is called as Sandjar's own are, and is nobody's any more. */
    @Test
    void whatIsBesideItStays() throws Exception {
        Path beside = file(old, "pids.max", "pids.max").resolveSibling("sandjar-1-deadbeef");
        Files.createDirectory(beside);
        Process living = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "echo $$ > \"$1\" && echo in && exec sleep 60",
                        "sh",
                        beside.resolve("cgroup.procs").toString())
                .start();
        try {
            assertEquals("in", new String(living.getInputStream().readNBytes(2)));
            Sandbox sandbox = Sandbox.builder()
                    .cgroupPath(CgroupPath.of(old + "/mine"))
                    .pidsLimit(5)
                    .build();
            assertTrue(sandbox.explain().isPossible());
            sandbox.run("true");
            assertTrue(living.isAlive() && Files.isDirectory(beside));
            assertGone(old + "/mine");
        } finally {
            living.destroyForcibly().waitFor();
            assertTrue(Await.within(PATIENCE, () -> beside.toFile().delete() || !Files.exists(beside)));
        }
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void itIsThereWithItsLimitsAndGoesWithItsParents(Box box) throws Exception {
        String path = old + "/some/where/leaf";
        Sandbox sandbox = box.builder()
                .cgroupPath(CgroupPath.of(path))
                .memoryLimit(DataSize.mebibytes(64))
                .pidsLimit(7)
                .build();
        assertEquals(
                Outcome.ENFORCED,
                sandbox.explain().entries().stream()
                        .filter(e -> e.request().equals("cgroup " + path))
                        .findFirst()
                        .orElseThrow()
                        .outcome());
        assertTrue(none(old + "/some"), "looking makes nothing");
        try (SandboxProcess process = sandbox.start(box.bomb("silent"))) {
            assertTrue(all(path));
            assertEquals("67108864", content(path, "memory.limit_in_bytes", "memory.max"));
            assertEquals("7", content(path, "pids.max", "pids.max"));
            List<String> members = Files.readAllLines(Path.of("/proc/" + process.pid() + "/cgroup"));
            long inside =
                    members.stream().filter(line -> line.endsWith(":" + path)).count();
            assertEquals(MOUNTS.size(), inside, members::toString);
            assertTrue(process.usage().memory().current().orElseThrow().toBytes() > 0);
            process.update(Limits.none().pids(9));
            assertEquals("9", content(path, "pids.max", "pids.max"));
            assertTrue(process.isAlive());
            process.destroy();
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        }
        assertGone(old + "/some");
        assertTrue(all(old));
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void limitsHoldAndAreTold(Box box) throws Exception {
        Sandbox sandbox = box.builder()
                .cgroupPath(CgroupPath.of(old + "/limits"))
                .memoryLimit(DataSize.mebibytes(32))
                .build();
        var report = sandbox.run(box.bomb("grow", "256")).report();
        assertEquals(Verdict.OOM_KILLED, report.verdict());
        assertTrue(
                report.usage().peakMemory().toBytes() > DataSize.mebibytes(16).toBytes());
        assertGone(old + "/limits");
    }

    @Test
    @NeedsHost(Feature.CGROUP_FREEZER)
    void itFreezes() throws Exception {
        String path = old + "/cold/leaf";
        Sandbox sandbox = Box.PLAIN.builder().cgroupPath(CgroupPath.of(path)).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("tick", "2"))) {
            InputStream ticks = process.getInputStream();
            assertTrue(ticks.read() >= 0, "it goes on");
            process.freeze();
            ticks.skipNBytes(ticks.available());
            assertFalse(Await.within(Duration.ofMillis(200), () -> available(ticks) > 0), "it stands still");
            process.thaw();
            assertTrue(ticks.read() >= 0, "it goes on");
            process.freeze();
        }
        assertGone(old + "/cold");
    }

    private static int available(InputStream in) {
        try {
            return in.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsThereIsRefusedAndLeftAlone() throws Exception {
        String path = old + "/taken";
        try (ForeignGroup taken = new ForeignGroup(path)) {
            Path pids = file(path, "pids.max", "pids.max");
            Files.writeString(pids, "77");
            Sandbox sandbox = Box.PLAIN
                    .builder()
                    .cgroupPath(CgroupPath.of(path))
                    .pidsLimit(5)
                    .build();
            SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run(Bomb.command("exit", "0")));
            assertTrue(e.getMessage().contains("EEXIST") && e.getMessage().contains(path), e::getMessage);
            assertEquals("77", Files.readString(pids).strip());
            assertTrue(all(taken.path));
            // One below it writes nothing above.
            Sandbox below = Box.PLAIN
                    .builder()
                    .cgroupPath(CgroupPath.of(path + "/below"))
                    .build();
            below.run(Bomb.command("exit", "0")).orThrow();
            assertGone(path + "/below");
            assertEquals("77", Files.readString(pids).strip());
        }
    }

    /** In one hierarchy only: what was made in the others before goes too. */
    @Test
    void aRefusalLeavesNothing() throws Exception {
        String path = old + "/parent/half";
        Path last = at(path).get(MOUNTS.size() - 1);
        Files.createDirectories(last);
        try {
            Sandbox sandbox =
                    Box.PLAIN.builder().cgroupPath(CgroupPath.of(path)).build();
            assertThrows(SandboxException.class, () -> sandbox.run(Bomb.command("exit", "0")));
            assertTrue(Await.within(
                    PATIENCE,
                    () -> at(path).stream().filter(Files::exists).toList().equals(List.of(last))));
        } finally {
            Files.delete(last);
            Files.delete(last.getParent());
        }
        assertTrue(none(old + "/parent"));
    }

    @Test
    void oneAtATimeAndOneAfterAnother() throws Exception {
        String path = old + "/turns/leaf";
        Sandbox sandbox = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(path))
                .pidsLimit(20)
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run(Bomb.command("exit", "0")));
            assertTrue(e.getMessage().contains("EEXIST"), e::getMessage);
            assertTrue(process.isAlive() && all(path), "the first is not touched");
        }
        for (int i = 0; i < 40; i++) {
            // Orphans are still on their way out when the next one begins.
            sandbox.run(Bomb.command(i % 2 == 0 ? new String[] {"exit", "0"} : new String[] {"daemons", "5"}))
                    .orThrow();
        }
        assertGone(old + "/turns");
        assertThrows(IllegalStateException.class, () -> sandbox.pool(1).close());
    }

    /** The parent of the one that ends goes just while the next one looks what can be made there. */
    @Test
    void oneAfterAnotherBelowAParentThatGoesWithEach() throws Exception {
        for (int i = 0; i < 40; i++) {
            Sandbox sandbox = Box.PLAIN
                    .builder()
                    .cgroupPath(CgroupPath.of(old + "/each/more/leaf" + i))
                    .pidsLimit(20)
                    .build();
            sandbox.run(Bomb.command("exit", "0")).orThrow();
        }
        assertGone(old + "/each");
    }

    /** A parent that could not be removed while somebody looked into it goes with who looked; others' directories stay. */
    @Test
    void whoLooksLeavesNoParentBehind() throws Exception {
        for (Path parent : at(old + "/left")) {
            Files.createDirectory(parent);
            Files.getFileAttributeView(parent, UserDefinedFileAttributeView.class)
                    .write("sandjar", ByteBuffer.wrap(new byte[] {'p'}));
            Files.createDirectory(parent.resolve("other"));
        }
        Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(old + "/left/leaf"))
                .build()
                .explain();
        assertTrue(all(old + "/left/other"));
        Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(old + "/left/other/leaf"))
                .build()
                .explain();
        assertTrue(all(old + "/left/other"), "nobody has marked it");
        for (Path parent : at(old + "/left")) {
            Files.delete(parent.resolve("other"));
        }
        Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(old + "/left/leaf"))
                .build()
                .explain();
        assertTrue(none(old + "/left"));
    }

    @Test
    void aSharedParentGoesWithTheLast() throws Exception {
        Sandbox one =
                Box.PLAIN.builder().cgroupPath(CgroupPath.of(old + "/both/one")).build();
        Sandbox two =
                Box.PLAIN.builder().cgroupPath(CgroupPath.of(old + "/both/two")).build();
        try (SandboxProcess first = one.start(Bomb.command("silent"));
                SandboxProcess second = two.start(Bomb.command("silent"))) {
            first.destroy();
            first.waitForReport();
            assertGone(old + "/both/one");
            assertTrue(all(old + "/both/two"));
            assertTrue(second.isAlive());
        }
        assertGone(old + "/both");
    }

    @Test
    void aRelativePathIsBelowSandjarsOwn() throws Exception {
        long self = ProcessHandle.current().pid();
        Sandbox sandbox = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of("s1/launcher"))
                .memoryLimit(DataSize.mebibytes(64))
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            assertTrue(process.isAlive());
            assertTrue(Files.readString(Path.of("/proc/" + process.pid() + "/cgroup"))
                    .lines()
                    .anyMatch(line -> line.matches(".*/sandjar-.*/named/s1/launcher")));
        }
        for (String area : CgroupTrees.areas(self)) {
            assertTrue(Await.within(PATIENCE, () -> !Files.exists(Path.of(area, "named"))));
        }
    }

    @Test
    void aKilledJvmLeavesNone() throws Exception {
        String path = old + "/jvm/leaf";
        Process victim = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-Dsandjar.test.bomb=" + Bomb.PROGRAM,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Jvm.class.getName(),
                        path)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = victim.inputReader()) {
            assertEquals("running", out.readLine());
            assertTrue(all(path));
        } finally {
            victim.destroyForcibly();
        }
        assertGone(old + "/jvm");
    }

    /** A host of a sandbox that would run for ever. */
    static final class Jvm {
        private Jvm() {}

        public static void main(String[] arguments) throws Exception {
            Sandbox sandbox =
                    Box.PLAIN.builder().cgroupPath(CgroupPath.of(arguments[0])).build();
            try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
                System.out.println("running");
                process.waitFor();
            }
        }
    }

    @Test
    @NeedsHost(Feature.CGROUP_V2)
    void whatIsNotHandedDownIsRefused() throws Exception {
        Path top = at(old).get(0);
        Files.writeString(top.resolve("cgroup.subtree_control"), "-pids");
        Sandbox sandbox = Box.PLAIN
                .builder()
                .cgroupPath(CgroupPath.of(old + "/a/b"))
                .pidsLimit(9)
                .build();
        var refusal = assertThrows(UnsupportedIsolationException.class, () -> sandbox.run(Bomb.command("exit", "0")));
        assertTrue(refusal.getMessage().contains("pids"), refusal::getMessage);
        Files.writeString(top.resolve("cgroup.subtree_control"), "+pids");
        sandbox.run(Bomb.command("exit", "0")).orThrow();
        // Known from before, but taken back since.
        Files.writeString(top.resolve("cgroup.subtree_control"), "-pids");
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run(Bomb.command("exit", "0")));
        assertTrue(e.getMessage().contains("subtree_control"), e::getMessage);
        assertGone(old + "/a");
    }
}
