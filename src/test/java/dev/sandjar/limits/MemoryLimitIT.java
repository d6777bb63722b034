package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.MemoryUsage;
import dev.sandjar.ResourceUsage;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
@NeedsHost({Feature.BOMB, Feature.CGROUP_MEMORY})
class MemoryLimitIT {
    private static final Duration PLENTY = Duration.ofSeconds(20);
    private static final int MIB = 1 << 20;

    /** Measured by the program itself, which counts what it could touch. */
    @ParameterizedTest
    @ValueSource(ints = {20, 64, 200})
    void isHeldWithinFivePercent(int mebibytes) throws Exception {
        var sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(mebibytes))
                .timeout(PLENTY)
                .build();
        RunResult result = sandbox.run(Bomb.command("grow", "4000"));
        assertEquals(Verdict.OOM_KILLED, result.report().verdict());
        long reached = Bomb.reached(result);
        assertTrue(reached <= mebibytes && reached + 1 >= mebibytes * 0.95, reached + " of " + mebibytes);
        long peak = result.report().usage().peakMemory().bytes();
        assertTrue(
                peak <= mebibytes * 1.05 * MIB && peak >= mebibytes * 0.95 * MIB,
                result.report().toString());
    }

    /** What is over the limit would be swapped out rather than refused, with a swap that nobody has limited. */
    @Test
    void swapIsNoWayRoundIt() throws Exception {
        var sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(32))
                .timeout(PLENTY)
                .build();
        RunResult result = sandbox.run(Bomb.command("grow", "96"));
        assertEquals(Verdict.OOM_KILLED, result.report().verdict(), result.toString());
        assertTrue(Bomb.reached(result) <= 32, result.stdout());
        assumeTrue(
                Files.readAllLines(Path.of("/proc/swaps")).size() > 1,
                "SKIPPED the control: this machine has no swap (/proc/swaps)");
        RunResult swapping = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(32))
                .limits(l -> l.swap(DataSize.mebibytes(128)))
                .timeout(PLENTY)
                .build()
                .run(Bomb.command("grow", "96"));
        assertEquals(96, Bomb.reached(swapping), swapping.toString());
    }

    @Test
    void whatIsBelowIsFree() throws Exception {
        var sandbox = Box.PLAIN.builder().memoryLimit(DataSize.mebibytes(64)).build();
        RunResult result = sandbox.run(Bomb.command("grow", "56"));
        assertEquals(Verdict.EXITED, result.report().verdict());
        assertEquals(0, result.report().usage().hits().oomKilled());
        long peak = result.report().usage().peakMemory().bytes();
        assertTrue(peak >= 56L * MIB && peak <= 64L * MIB, result.report().toString());
    }

    /** Nothing of a killed program goes on, unless that is asked for. */
    @ParameterizedTest
    @CsvSource({"PLAIN, true", "PLAIN, false", "UNTRUSTED, true", "UNTRUSTED, false"})
    void aChildIsKilledAloneOrWithAll(Box box, boolean together) throws Exception {
        var sandbox = box.builder()
                .memoryLimit(DataSize.mebibytes(32))
                .limits(l -> l.oomGroup(together))
                .timeout(PLENTY)
                .build();
        RunResult result = sandbox.run(box.bomb(together ? "child-and-stay" : "child", "512"));
        if (together) {
            assertEquals(Verdict.OOM_KILLED, result.report().verdict(), result.toString());
            // On v1 the kernel kills one, and the launcher the others a moment later.
            assertFalse(Feature.CGROUP_V2.isPresent() && result.stdout().contains("child"), result.stdout());
        } else {
            assertEquals(Verdict.EXITED, result.report().verdict(), result.toString());
            assertTrue(result.stdout().contains("child 9"), result.stdout());
            assertTrue(
                    result.report().usage().hits().oomKilled() > 0,
                    result.report().toString());
        }
    }

    /** By somebody else than the kernel for lack of memory. */
    @Test
    void aKilledProgramIsNoMemoryHog() throws Exception {
        var sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(64))
                .timeout(PLENTY)
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("hold", "16"))) {
            awaitLine(process, "16");
            process.signal(Signal.KILL);
            assertEquals(Verdict.SIGNALED, process.waitForReport().verdict());
            assertEquals(Optional.of(Signal.KILL), process.waitForReport().signal());
        }
        RunResult result = sandbox.run(Bomb.command("exit", "137"));
        assertEquals(Verdict.EXITED, result.report().verdict());
        assertEquals(137, result.exitValue());
    }

    @ParameterizedTest
    @CsvSource({"PLAIN", "UNTRUSTED"})
    void usageShowsWhatIsHeldAndByWhat(Box box) throws Exception {
        var sandbox = box.builder()
                .memoryLimit(DataSize.mebibytes(128))
                .timeout(PLENTY)
                .build();
        try (SandboxProcess process = sandbox.start(box.bomb("hold", "48"))) {
            awaitLine(process, "48");
            MemoryUsage memory = process.usage().memory();
            assertNear(48, memory.current());
            assertNear(48, memory.anon());
            assertTrue(memory.peak().orElseThrow().bytes() >= 48L * MIB, memory.toString());
            assertTrue(memory.shmem().orElseThrow().bytes() < 8L * MIB, memory.toString());
            assertEquals(ResourceUsage.Source.CGROUP, process.usage().source());
            process.destroy();
            assertTrue(process.waitForReport().usage().peakMemory().bytes() >= 48L * MIB);
            assertEquals(process.waitForReport().usage(), process.usage());
        }
    }

    private static void assertNear(long mebibytes, Optional<DataSize> size) {
        long bytes = size.orElseThrow().bytes();
        assertTrue(bytes >= mebibytes * MIB * 0.95 && bytes <= mebibytes * MIB * 1.05 + 2 * MIB, size.toString());
    }

    @Test
    void updateRaisesAndLowers() throws Exception {
        var sandbox = Box.PLAIN
                .builder()
                .memoryLimit(DataSize.mebibytes(48))
                .timeout(PLENTY)
                .build();
        // It grows when it is told to: else it could be at the old limit before the new one is there.
        String script = "read line; exec \"$0\" grow 100";
        try (SandboxProcess process = sandbox.start("sh", "-c", script, Bomb.PROGRAM.toString())) {
            process.update(Limits.none().memory(DataSize.mebibytes(160)));
            process.getOutputStream().close();
            assertEquals(Verdict.EXITED, drained(process));
        }
        try (SandboxProcess process =
                sandbox.toBuilder().memoryLimit(DataSize.mebibytes(160)).build().start(Bomb.command("hold", "64"))) {
            awaitLine(process, "64");
            try {
                process.update(Limits.none().memory(DataSize.mebibytes(32)));
            } catch (IOException e) {
                // v1 refuses what it can't reclaim; v2 kills instead.
                assertTrue(e.getMessage().contains("EBUSY"), e.getMessage());
                assertTrue(process.isAlive());
                return;
            }
            assertEquals(Verdict.OOM_KILLED, process.waitForReport().verdict());
        }
    }

    private static Verdict drained(SandboxProcess process) throws Exception {
        process.getInputStream().readAllBytes();
        return process.waitForReport().verdict();
    }

    @Test
    @NeedsHost(Feature.CGROUP_V2)
    void highSlowsDownInsteadOfKilling() throws Exception {
        var sandbox = Box.PLAIN
                .builder()
                .limits(l -> l.memoryHigh(DataSize.mebibytes(24)))
                .timeout(Duration.ofSeconds(5))
                .build();
        RunResult result = sandbox.run(Bomb.command("hold", "200"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertTrue(
                result.report().usage().hits().memoryHigh() > 0, result.report().toString());
        assertTrue(Bomb.reached(result) < 200, result.stdout());
    }

    private static void awaitLine(SandboxProcess process, String line) throws IOException {
        BufferedReader reader = process.inputReader();
        for (String read = reader.readLine(); !line.equals(read); read = reader.readLine()) {
            assertTrue(read != null, "the program ended before " + line);
        }
        assertTrue(Await.within(PLENTY, process::isAlive));
    }
}
