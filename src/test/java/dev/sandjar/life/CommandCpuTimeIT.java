package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Refusals;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command.cpuTime(): less CPU time than the sandbox has, in whatever way it is started. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class CommandCpuTimeIT {
    /** Two processes at once, so that the time of one alone is not what is counted. */
    private static final Command SPIN =
            Command.of("sh", "-c", "while :; do :; done & while :; do :; done").cpuTime(Duration.ofMillis(300));

    private static void runsOut(RunResult result) {
        assertEquals(Verdict.CPU_TIME_EXCEEDED, result.report().verdict(), () -> result.report()
                .toString());
        Duration time = result.report().usage().cpuTime();
        assertTrue(time.compareTo(Duration.ofMillis(300)) >= 0 && time.toMillis() < 5000, time::toString);
        CommandFailedException e = assertThrows(CommandFailedException.class, result::orThrow);
        assertTrue(e.getMessage().contains(" 300 ms"), e.getMessage());
    }

    /** Of warm sandboxes the later starts are in ones that were set up before their time was known. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    @NeedsHost(Feature.CGROUP_CPU)
    void eachStartHasItsOwn(int warm) throws Exception {
        Sandbox sandbox = Sandbox.untrusted().warm(warm).build();
        for (int i = 0; i < 3; i++) {
            assertEquals("x\n", sandbox.run("echo", "x").orThrow().stdout());
            runsOut(sandbox.run(SPIN));
        }
        RunResult result = sandbox.run("echo", "x").orThrow();
        assertTrue(result.report().applied().entries().toString().contains(Limit.CPU_TIME.label() + " 60 s"));
    }

    @Test
    @NeedsHost(Feature.CGROUP_CPU)
    void poolsHaveItToo() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(1)) {
            runsOut(pool.run(SPIN));
            Refusals.refuses(() -> pool.run(SPIN.cpuTime(Duration.ofHours(1))), "3600 s", "60 s");
        }
    }

    @Test
    void moreThanTheSandboxHasIsRefused() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        Refusals.refuses(() -> sandbox.run(SPIN.cpuTime(Duration.ofMinutes(2))), "120 s", "60 s", "CPU time");
        Refusals.refuses(() -> sandbox.start(SPIN.cpuTime(Duration.ofMinutes(2))), "120 s", "60 s", "CPU time");
        Refusals.refuses(() -> SPIN.cpuTime(Duration.ZERO), "0 s");
        Sandbox without = Sandbox.untrusted().without(Limit.CPU_TIME).build();
        Refusals.refuses(() -> without.run(SPIN), "300 ms", "cpuTime(...)");
        try (SandboxProcess process = sandbox.start("sleep", "1000")) {
            Refusals.refuses(() -> process.exec(SPIN), "cpuTime(...)");
        }
    }

    /** The sandbox's own is degraded there, to one of each process: that of a command would be none. */
    @Test
    @NeedsHost(Feature.NO_CGROUPS)
    void whereNothingCountsItIsRefused() {
        Sandbox sandbox = Sandbox.untrusted().build();
        UnsupportedIsolationException e = assertThrows(UnsupportedIsolationException.class, () -> sandbox.run(SPIN));
        assertEquals(Isolation.CGROUP_LIMITS, e.isolation().orElseThrow());
    }
}
