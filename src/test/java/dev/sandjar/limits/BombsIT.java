package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.CommandFailedException;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.linux.IoLimit;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that would take the host down are contained, told apart by their verdicts, and gone afterwards. */
@KernelTest
@NeedsHost({Feature.BOMB, Feature.CGROUP_MEMORY, Feature.CGROUP_CPU, Feature.CGROUP_PIDS})
@Tag("heavy")
class BombsIT {
    private static final Duration PLENTY = Duration.ofSeconds(20);
    private static final DataSize LIMIT = DataSize.mebibytes(32);
    private static final long SLACK = DataSize.mebibytes(2).bytes();

    private final Baseline baseline = new Baseline();

    @AfterEach
    void theHostIsAsItWas() {
        baseline.assertBack();
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void forkBomb(Box box) throws Exception {
        var sandbox = box.builder()
                .pidsLimit(40)
                .cpuLimit(0.5)
                .timeout(Duration.ofSeconds(15))
                .build();
        try (SandboxProcess process = sandbox.start(box.bomb("fork"))) {
            assertTrue(
                    Await.within(PLENTY, () -> Usages.live(process).processes().orElseThrow() == 40));
            ExitReport report = process.waitForReport();
            assertEquals(Verdict.TIMED_OUT, report.verdict());
            assertTrue(report.usage().peakProcesses().orElseThrow() <= 40, report.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void manyProcessesAndThreads(Box box) throws Exception {
        for (String what : new String[] {"forks", "threads"}) {
            RunResult free = box.builder().pidsLimit(200).build().run(box.bomb(what, "100"));
            assertTrue(Bomb.reached(free) >= 100, free.toString());
            RunResult result = box.builder().pidsLimit(32).build().run(box.bomb(what, "100"));
            assertEquals(Verdict.EXITED, result.report().verdict(), what);
            assertEquals(what.equals("forks") ? 31 : 32, Bomb.reached(result), result.stdout());
            assertTrue(result.stdout().contains("EAGAIN"), result.stdout());
            assertTrue(
                    result.report().usage().hits().pidsMax() > 0,
                    result.report().toString());
            String script = "\"$0\" " + what + " 100; exit 7";
            RunResult failed = box.builder()
                    .pidsLimit(32)
                    .build()
                    .run("sh", "-c", script, box.bomb(what).program());
            String message = String.valueOf(
                    assertThrows(CommandFailedException.class, failed::orThrow).getMessage());
            assertTrue(
                    message.contains(" refused a process or thread, by process limit 32; remedy: a higher"), message);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PLAIN, grow",
        "PLAIN, memfd",
        "PLAIN, shm",
        "UNTRUSTED, grow",
        "UNTRUSTED, memfd",
        "UNTRUSTED, shm",
    })
    void memory(Box box, String what) throws Exception {
        RunResult free =
                box.builder().memoryLimit(DataSize.mebibytes(96)).build().run(box.bomb(what, "48"));
        assertEquals(Verdict.EXITED, free.report().verdict(), free.toString());
        assertEquals(48, Bomb.reached(free));
        assertKilled(box, what, "512");
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void tmpfs(Box box) throws Exception {
        String path = box.tmpfs() + "/sandjar-" + System.nanoTime();
        RunResult free =
                box.builder().memoryLimit(DataSize.mebibytes(96)).build().run(box.bomb("file", path, "48"));
        assertEquals(48, Bomb.reached(free));
        assertKilled(box, "file", path, "512");
    }

    /** What the kernel holds for a program is the program's too. */
    @ParameterizedTest
    @CsvSource({
        "PLAIN, pipes",
        "PLAIN, sockets",
        "PLAIN, epoll",
        "UNTRUSTED, pipes",
        "UNTRUSTED, sockets",
        "UNTRUSTED, epoll",
    })
    void memoryOfTheKernel(Box box, String what) throws Exception {
        // The control: with more of it, it takes more.
        DataSize more = DataSize.mebibytes(96);
        try (SandboxProcess process =
                box.builder().memoryLimit(more).timeout(PLENTY).build().start(box.bomb(what))) {
            assertTrue(Await.within(PLENTY, () -> !process.isAlive() || memory(process) > LIMIT.bytes() + SLACK));
            process.destroyForcibly();
            ExitReport report = process.waitForReport();
            long peak = report.usage().memory().peak().orElse(more).bytes();
            assertTrue(peak > LIMIT.bytes() + SLACK, report.toString());
        }
        assertKilled(box, what);
    }

    private static long memory(SandboxProcess process) {
        return Usages.live(process).memory().current().map(DataSize::bytes).orElse(0L);
    }

    /** An event for which there is no memory is dropped, and nobody killed for it. */
    @ParameterizedTest
    @EnumSource(Box.class)
    void queuesOfInotify(Box box) throws Exception {
        var sandbox =
                box.builder().memoryLimit(LIMIT).timeout(Duration.ofSeconds(2)).build();
        ExitReport report = sandbox.run(box.bomb("inotify")).report();
        assertTrue(List.of(Verdict.OOM_KILLED, Verdict.TIMED_OUT).contains(report.verdict()), report.toString());
        assertContained(report);
    }

    /** Each waits for the disk, and so does whoever else has something to write: the control has hundreds of them. */
    @Test
    void floodOfFsync(@TempDir Path directory) throws Exception {
        HostProgram.sh("chmod 777 " + directory);
        long device = (Long) Files.getAttribute(directory, "unix:dev");
        int major = (int) (device >> 8 & 0xfff);
        int minor = (int) (device & 0xff | device >> 12 & 0xfff00);
        assumeTrue(
                Files.exists(Path.of("/sys/dev/block/" + major + ":" + minor)),
                () -> "SKIPPED: " + directory + " is on no block device");
        SandboxBuilder flood =
                Box.PLAIN.builder().workingDirectory(directory.toString()).timeout(Duration.ofSeconds(3));
        RunResult free = flood.build().run(Bomb.command("fsync"));
        assertEquals(Verdict.TIMED_OUT, free.report().verdict(), free.toString());
        RunResult held;
        try {
            held = flood.limits(l -> l.io(IoLimit.ofDevice(major, minor).writeOperations(5)))
                    .build()
                    .run(Bomb.command("fsync"));
        } catch (UnsupportedIsolationException e) {
            assumeTrue(false, () -> "SKIPPED: " + e.getMessage());
            return;
        }
        assertEquals(Verdict.TIMED_OUT, held.report().verdict(), held.toString());
        assertTrue(Bomb.reached(held) <= 30, held.toString());
        assumeTrue(
                Bomb.reached(free) > 60,
                () -> "SKIPPED the control: without a limit this disk made " + Bomb.reached(free)
                        + " in three seconds");
    }

    private static void assertContained(ExitReport report) {
        long peak = report.usage().memory().peak().orElse(LIMIT).bytes();
        assertTrue(peak <= LIMIT.bytes() + SLACK, report.toString());
    }

    private static void assertKilled(Box box, String... arguments) throws Exception {
        var sandbox = box.builder().memoryLimit(LIMIT).timeout(PLENTY).build();
        RunResult result = sandbox.run(box.bomb(arguments));
        assertEquals(Verdict.OOM_KILLED, result.report().verdict(), result.toString());
        assertContained(result.report());
        if (Feature.CGROUP_V2.isPresent()) {
            assertTrue(
                    result.report().usage().hits().oomKilled() > 0,
                    result.report().toString());
        }
    }

    /** Cached pages are given back, however many there have been. */
    @ParameterizedTest
    @EnumSource(value = Box.class, names = "PLAIN")
    void pageCache(Box box, @TempDir Path directory) throws Exception {
        String type = Files.getFileStore(directory).type();
        assumeTrue(!type.equals("tmpfs"), "temporary files are in memory");
        var sandbox = box.builder().memoryLimit(LIMIT).timeout(PLENTY).build();
        RunResult result =
                sandbox.run(box.bomb("churn", directory.resolve("file").toString(), "64", "2"));
        assertEquals(Verdict.EXITED, result.report().verdict(), result.toString());
        assertEquals(128, Bomb.reached(result), result.stdout());
        assertContained(result.report());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void spinnersOnManyThreads(Box box) throws Exception {
        // So little that they would get more on a machine under load too.
        var sandbox = box.builder().cpuLimit(0.05).timeout(PLENTY).build();
        RunResult result = sandbox.run(box.bomb("spin", "1000", "32"));
        assertEquals(Verdict.EXITED, result.report().verdict(), result.toString());
        assertTrue(Usages.coresByItself(result) < 0.15, result.toString());
        assertNotEquals(Duration.ZERO, result.report().usage().throttledTime());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void tenGigabytesOfOutput(Box box) throws Exception {
        var sandbox =
                box.builder().outputLimit(DataSize.mebibytes(1)).timeout(PLENTY).build();
        RunResult result = sandbox.run(box.bomb("flood-both", "10240"), DataSize.mebibytes(4));
        assertEquals(Verdict.OUTPUT_LIMIT_EXCEEDED, result.report().verdict());
        assertEquals(1 << 20, result.stdoutBytes().length + result.stderrBytes().length);
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void sleepingWithoutStreams(Box box) throws Exception {
        var sandbox = box.builder().timeout(Duration.ofMillis(300)).build();
        assertEquals(Verdict.TIMED_OUT, sandbox.run(box.bomb("silent")).report().verdict());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void daemonsEndWithTheProgram(Box box) throws Exception {
        var sandbox = box.builder().pidsLimit(50).timeout(PLENTY).build();
        RunResult result = sandbox.run(box.bomb("daemons", "10"));
        assertEquals(Verdict.EXITED, result.report().verdict());
        assertEquals(10, Bomb.reached(result));
        baseline.assertBack();
        sandbox = sandbox.toBuilder().timeout(Duration.ofSeconds(4)).build();
        result = sandbox.run(box.bomb("daemons-and-stay", "10"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertEquals(10, Bomb.reached(result));
    }

    /** Their time is in nobody's rusage. */
    @ParameterizedTest
    @EnumSource(Box.class)
    void shortLivedChildren(Box box) throws Exception {
        var sandbox = box.builder()
                .bounds(b -> b.cpuTime(Duration.ofSeconds(5)))
                .timeout(PLENTY)
                .build();
        RunResult free = sandbox.run(box.bomb("short-lived", "200"));
        assertEquals(Verdict.EXITED, free.report().verdict());
        assertTrue(
                free.report().usage().cpuTime().toMillis() >= 200, free.report().toString());
        sandbox = sandbox.toBuilder()
                .bounds(b -> b.cpuTime(Duration.ofMillis(300)))
                .build();
        RunResult result = sandbox.run(box.bomb("short-lived", "60000"));
        assertEquals(Verdict.CPU_TIME_EXCEEDED, result.report().verdict());
        long used = result.report().usage().cpuTime().toMillis();
        // However late the launcher looks, far from what all of them would take.
        assertTrue(used >= 300 && used < 15_000, result.report().toString());
    }
}
