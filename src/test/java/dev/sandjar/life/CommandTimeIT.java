package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Refusals;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command.timeout(): less time than the sandbox has, in whatever way it is started. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class CommandTimeIT {
    private static final Command SLEEP = Command.of("sleep", "1000").timeout(Duration.ofMillis(300));

    private static void timesOut(RunResult result) {
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        Duration time = result.report().usage().wallTime();
        assertTrue(time.compareTo(Duration.ofMillis(300)) >= 0 && time.toSeconds() < 30, time::toString);
        CommandFailedException e = Assertions.assertThrows(CommandFailedException.class, result::orThrow);
        assertTrue(e.getMessage().contains(" 300 ms"), e.getMessage());
    }

    /** Of warm sandboxes the later starts are in ones that were set up before their time was known. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void eachStartHasItsOwn(int warm) throws Exception {
        Sandbox sandbox = Sandbox.untrusted().warm(warm).build();
        for (int i = 0; i < 5; i++) {
            assertEquals("x\n", sandbox.run("echo", "x").orThrow().stdout());
            timesOut(sandbox.run(SLEEP));
        }
        RunResult result = sandbox.run(Command.of("sleep", "0.6")).orThrow();
        assertTrue(result.report().applied().entries().toString().contains(" 60 s"));
    }

    @Test
    void aSandboxWithoutTimeoutTakesAny() throws Exception {
        timesOut(Kind.PLAIN.sandbox().run(SLEEP));
    }

    @Test
    void poolsHaveItToo() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(1)) {
            timesOut(pool.run(SLEEP));
            timesOut(pool.run(SLEEP));
            Refusals.refuses(() -> pool.run(SLEEP.timeout(Duration.ofHours(1))), "3600 s", "60 s");
        }
    }

    @Test
    void moreThanTheSandboxHasIsRefused() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().timeout(Duration.ofMinutes(2)).build();
        Command longer = Command.of("true").timeout(Duration.ofMinutes(2).plusMillis(1));
        Refusals.refuses(() -> sandbox.run(longer), "120001 ms", "120 s");
        Refusals.refuses(() -> sandbox.start(longer), "120001 ms", "120 s");
        sandbox.run(longer.timeout(Duration.ofMinutes(2))).orThrow();
        Refusals.refuses(() -> longer.timeout(Duration.ZERO), "0 s");
        try (SandboxProcess process = sandbox.start("sleep", "1000")) {
            Refusals.refuses(() -> process.exec(SLEEP), "timeout(...)");
        }
    }
}
