package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.DataSize;
import dev.sandjar.Explanation;
import dev.sandjar.Isolation;
import dev.sandjar.Limits;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the ends of programs are called where resource limits stand in for cgroups. */
@KernelTest
@NeedsHost({Feature.NO_CGROUPS, Feature.BOMB})
class WithoutCgroupsIT {
    private static final String SPIN = "while :; do :; done";

    private static SandboxBuilder builder() {
        return Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .timeout(Duration.ofSeconds(30))
                .allowDegraded(Isolation.CGROUP_LIMITS);
    }

    @Test
    void usedUpCpuTimeIsCalledSo() throws Exception {
        Sandbox sandbox =
                builder().bounds(b -> b.cpuTime(Duration.ofMillis(300))).build();
        RunResult result = sandbox.run("sh", "-c", SPIN);
        assertEquals(Verdict.CPU_TIME_EXCEEDED, result.report().verdict(), result.report()::toString);
        assertEquals(Optional.of(Signal.XCPU), result.report().signal());
        RunResult stubborn = sandbox.run("sh", "-c", "trap '' XCPU; " + SPIN);
        assertEquals(Verdict.CPU_TIME_EXCEEDED, stubborn.report().verdict(), stubborn.report()::toString);
        String explanation = sandbox.explain().entries().toString();
        assertTrue(explanation.contains("RLIMIT_CPU, for each process alone: 1 s"), explanation);
    }

    /** The same signal alone says nothing. */
    @Test
    void otherEndsAreNot() throws Exception {
        Sandbox sandbox =
                builder().bounds(b -> b.cpuTime(Duration.ofSeconds(1))).build();
        assertEquals(
                Verdict.SIGNALED, sandbox.run("sh", "-c", "kill -9 $$").report().verdict());
        assertEquals(
                Verdict.SIGNALED,
                sandbox.run("sh", "-c", "kill -XCPU $$").report().verdict());
        assertEquals(
                Verdict.EXITED, sandbox.run("sh", "-c", "exit 137").report().verdict());
        try (SandboxProcess process = sandbox.start("sleep", "60")) {
            process.destroyForcibly();
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        }
    }

    /** Where a program can't have more memory nobody kills it, and that is said before anything runs. */
    @Test
    void thatThereIsNoVerdictAboutMemoryIsSaid() throws Exception {
        Sandbox sandbox = builder().memoryLimit(DataSize.mebibytes(32)).build();
        RunResult result = sandbox.run(Bomb.command("grow", "400"));
        assertTrue(result.report().verdict() != Verdict.OOM_KILLED, result.report()::toString);
        assertTrue(Bomb.reached(result) <= 32, result.stdout());
        String explanation = sandbox.explain().entries().toString();
        assertTrue(explanation.contains("what is beyond it can't be allocated"), explanation);
        assertTrue(explanation.contains("no verdict about memory"), explanation);
        assertTrue(
                result.report().applied().entries().toString().contains("no verdict about memory"),
                result.report()::toString);
    }

    /** What the preset brings may be missing; what the caller has asked for may not. */
    @Test
    void accountingIsRefusedBesideLimitsOfThePreset() throws Exception {
        SandboxBuilder asked = Sandbox.untrusted().accounting();
        Explanation explanation = asked.build().explain();
        assertFalse(explanation.isPossible(), explanation::toString);
        assertTrue(explanation.toString().contains("accounting by cgroups"), explanation::toString);
        UnsupportedIsolationException refused = assertThrows(
                UnsupportedIsolationException.class, () -> asked.build().run("true"));
        assertEquals(Optional.of(Isolation.CGROUP_LIMITS), refused.isolation());
        Sandbox degraded = asked.allowDegraded(Isolation.CGROUP_LIMITS).build();
        degraded.run("true").orThrow();
        assertTrue(
                degraded.explain().entries().toString().contains("accounting by cgroups"),
                degraded.explain()::toString);
    }

    @Test
    void aTimeOfOneCommandIsRefusedWithOneRemedy() throws Exception {
        Sandbox sandbox =
                builder().bounds(b -> b.cpuTime(Duration.ofSeconds(9))).build();
        UnsupportedIsolationException refused = assertThrows(
                UnsupportedIsolationException.class,
                () -> sandbox.run(Command.of("true").cpuTime(Duration.ofSeconds(1))));
        String message = String.valueOf(refused.getMessage());
        assertEquals(2, message.split("remedy: ", -1).length, message);
        assertTrue(
                refused.remedy().endsWith("; or leave Command.cpuTime(...) out, or start where cgroups can be made"),
                message);
        sandbox.run("true").orThrow();
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void aLackOfMemoryIsPutDownToWhatStandsInForTheLimit() throws Exception {
        Sandbox sandbox = builder().memoryLimit(DataSize.mebibytes(64)).build();
        RunResult result = sandbox.run("python3", "-c", "b'x' * (200 << 20)");
        String message = String.valueOf(
                assertThrows(CommandFailedException.class, result::orThrow).getMessage());
        assertTrue(message.contains("MemoryError"), message);
        assertTrue(
                message.contains("the memory limit of memoryLimit(...), for which this stands here: RLIMIT_"), message);
    }

    @Test
    void whatNeedsACgroupSaysWhyTheHostGivesNone() throws Exception {
        try (SandboxProcess process = Sandbox.untrusted().build().start("sleep", "60")) {
            IllegalStateException none = assertThrows(IllegalStateException.class, process::freeze);
            String message = String.valueOf(none.getMessage());
            assertTrue(message.contains("; remedy: "), message);
            assertFalse(message.contains("without limits"), message);
        }
        try (SandboxProcess process = builder().build().start("sleep", "60")) {
            IllegalStateException none = assertThrows(
                    IllegalStateException.class,
                    () -> process.update(Limits.none().pids(9)));
            String message = String.valueOf(none.getMessage());
            assertTrue(message.contains("SandboxBuilder.accounting()"), message);
        }
    }
}
