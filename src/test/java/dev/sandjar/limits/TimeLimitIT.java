package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Limits;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Time on the clock, which needs no cgroup, and time of CPUs, which does. */
@KernelTest
@NeedsHost(Feature.BOMB)
class TimeLimitIT {
    private static final Duration PLENTY = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    /** In which a program has come to say something, on a busy machine too. */
    private static final Duration TO_SPEAK = Duration.ofSeconds(3);
    /** For what can't be tried again. */
    private static final Duration TO_BEGIN = Duration.ofSeconds(8);
    /** CPU time of a program that was to have {@link #SHORT}: however late the launcher looks, far from what it would take by itself. */
    private static final long FAR_MILLIS = 30_000;

    private static void assertEndedAfter(Duration least, ExitReport report) {
        Duration wall = report.usage().wallTime();
        assertTrue(wall.compareTo(least) >= 0, report.toString());
        // Of a program that would never end.
        assertTrue(wall.compareTo(least.plusSeconds(100)) < 0, report.toString());
    }

    /** With a longer time where it had not yet come to that. */
    private static RunResult afterItSpoke(SandboxBuilder builder, Command bomb) throws Exception {
        RunResult result = builder.timeout(TO_SPEAK).build().run(bomb);
        return result.stdout().startsWith("ready\n")
                ? result
                : builder.timeout(TO_SPEAK.multipliedBy(10)).build().run(bomb);
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void timeoutWithoutGraceKills(Box box) throws Exception {
        RunResult result = afterItSpoke(box.builder(), box.bomb("polite"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertEquals(137, result.exitValue());
        assertEquals("ready\n", result.stdout(), "it was not asked");
        assertEndedAfter(TO_SPEAK, result.report());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void graceLetsItSayGoodbye(Box box) throws Exception {
        RunResult result = afterItSpoke(box.builder().bounds(b -> b.grace(PLENTY)), box.bomb("polite"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertEquals("ready\n15\n", result.stdout());
        assertEquals(OptionalInt.of(0), result.report().exitCode());
        assertEndedAfter(TO_SPEAK, result.report());
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    void graceEnds(Box box) throws Exception {
        RunResult result = afterItSpoke(box.builder().bounds(b -> b.grace(SHORT)), box.bomb("stubborn"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertEquals(137, result.exitValue());
        assertEndedAfter(TO_SPEAK.plus(SHORT), result.report());
    }

    @Test
    void inTimeIsNoTimeout() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().timeout(PLENTY).build();
        for (int code : new int[] {0, 124, 137, 143}) {
            RunResult result = sandbox.run(Bomb.command("exit", Integer.toString(code)));
            assertEquals(Verdict.EXITED, result.report().verdict());
            assertEquals(code, result.exitValue());
        }
    }

    @Test
    void destroyedIsNoTimeout() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().timeout(PLENTY).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"))) {
            process.destroy();
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        }
    }

    /** Further programs count neither of their own nor are they spared. */
    @Test
    @Tag("heavy")
    void furtherProgramsEndWithTheSandbox() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().timeout(TO_BEGIN).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("silent"));
                SandboxProcess further = process.exec(Bomb.command("silent"))) {
            assertEquals(Verdict.TIMED_OUT, process.waitForReport().verdict());
            further.waitForReport();
        }
    }

    @ParameterizedTest
    @EnumSource(Box.class)
    @NeedsHost(Feature.CGROUP_CPU)
    void cpuTimeOfManyThreads(Box box) throws Exception {
        Sandbox sandbox = box.builder()
                .bounds(b -> b.cpuTime(SHORT))
                .timeout(Duration.ofSeconds(30))
                .build();
        RunResult result = sandbox.run(box.bomb("spin", "60000", "4"));
        assertEquals(Verdict.CPU_TIME_EXCEEDED, result.report().verdict());
        long used = result.report().usage().cpuTime().toMillis();
        assertTrue(
                used >= SHORT.toMillis() && used < FAR_MILLIS, result.report().toString());
    }

    @Test
    @NeedsHost(Feature.CGROUP_CPU)
    void sleepCostsNoCpuTime() throws Exception {
        Sandbox sandbox = Box.PLAIN
                .builder()
                .bounds(b -> b.cpuTime(SHORT))
                .timeout(SHORT.multipliedBy(4))
                .build();
        RunResult result = sandbox.run(Bomb.command("silent"));
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertTrue(
                result.report().usage().cpuTime().compareTo(SHORT) < 0,
                result.report().toString());
    }

    @Test
    @NeedsHost({Feature.CGROUP_CPU, Feature.CGROUP_FREEZER})
    @Tag("heavy")
    void aFrozenProgramStillTimesOut() throws Exception {
        Sandbox sandbox = Box.PLAIN
                .builder()
                .accounting()
                .timeout(TO_BEGIN)
                .bounds(b -> b.grace(SHORT))
                .build();
        try (SandboxProcess process = sandbox.start(Bomb.command("stubborn"))) {
            assertEquals("ready", process.inputReader(StandardCharsets.US_ASCII).readLine());
            process.freeze();
            assertEquals(Verdict.TIMED_OUT, process.waitForReport().verdict());
        }
    }

    @Test
    @NeedsHost(Feature.CGROUP_CPU)
    void anEndedSandboxCannotBeUpdated() throws Exception {
        Sandbox sandbox = Box.PLAIN.builder().cpuLimit(1).build();
        try (SandboxProcess process = sandbox.start(Bomb.command("exit", "0"))) {
            process.waitForReport();
            assertThrows(
                    IllegalStateException.class,
                    () -> process.update(Limits.none().cpus(0.5)));
            assertEquals(process.waitForReport().usage(), process.usage());
        }
    }
}
