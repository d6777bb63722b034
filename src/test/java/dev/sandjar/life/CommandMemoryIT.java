package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Refusals;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command.memory(): less memory than the sandbox has, in whatever way it is started. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class CommandMemoryIT {
    /** What dd holds at once. */
    private static final Command TAKES = Command.of("dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1");

    private static final Command LITTLE = TAKES.memory(DataSize.mebibytes(16));
    private static final Command ENOUGH = TAKES.memory(DataSize.mebibytes(96));

    private static void runsOut(RunResult result) {
        assertEquals(Verdict.OOM_KILLED, result.report().verdict(), () -> result.report()
                .toString());
        CommandFailedException e = assertThrows(CommandFailedException.class, result::orThrow);
        assertTrue(e.getMessage().contains("(memory limit 16 MiB, of this command)"), e.getMessage());
        long peak = result.report().usage().peakMemory().toBytes();
        assertTrue(peak <= DataSize.mebibytes(16).toBytes(), () -> "peak " + peak);
    }

    /** Of warm sandboxes the later starts are in ones that were set up before their limit was known. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    @NeedsHost(Feature.CGROUP_MEMORY)
    void eachStartHasItsOwn(int warm) throws Exception {
        Sandbox sandbox = Sandbox.untrusted().warm(warm).build();
        for (int i = 0; i < 3; i++) {
            sandbox.run(TAKES).orThrow();
            runsOut(sandbox.run(LITTLE));
            sandbox.run(ENOUGH).orThrow();
        }
        RunResult result = sandbox.run(TAKES).orThrow();
        assertTrue(result.report().applied().toString().contains(" = 536870912"), () -> result.report()
                .toString());
    }

    @Test
    @NeedsHost(Feature.CGROUP_MEMORY)
    void poolsHaveItToo() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(1)) {
            runsOut(pool.run(LITTLE));
            pool.run(ENOUGH).orThrow();
            Refusals.refuses(() -> pool.run(TAKES.memory(DataSize.gibibytes(1))), "1 GiB", "512 MiB", "memory");
        }
    }

    /** Which has a directory of its own for each start, so that nothing of it is ever warm. */
    @Test
    @NeedsHost({Feature.CGROUP_MEMORY, Feature.OVERLAY})
    void sandboxesThatKeepChangesHaveItToo() throws Exception {
        Sandbox sandbox = Sandbox.builder()
                .userNamespace()
                .mountNamespace()
                .pidNamespace()
                .rootfs(RootFs.empty().captureChanges())
                .hostPrograms()
                .dev()
                .memoryLimit(DataSize.mebibytes(512))
                .build();
        RunResult first = sandbox.run(LITTLE);
        runsOut(first);
        first.changes().orElseThrow().close();
        RunResult second = sandbox.run(Command.of("sh", "-c", "echo x > /y").memory(DataSize.mebibytes(16)));
        try (ChangeSet changes = second.orThrow().changes().orElseThrow()) {
            assertTrue(changes.toString().contains("y"), changes::toString);
        }
    }

    /** It is the limit that later changes begin from. */
    @Test
    @NeedsHost(Feature.CGROUP_MEMORY)
    void itCanBeChangedWhileItRuns() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        Command waits = Command.of("sh", "-c", "read x; exec dd if=/dev/zero of=/dev/null bs=64M count=1");
        try (SandboxProcess process = sandbox.start(waits.memory(DataSize.mebibytes(16)))) {
            process.update(Limits.none().memory(DataSize.mebibytes(128)));
            process.outputWriter().append("\n").close();
            assertEquals(Verdict.EXITED, process.waitForReport().verdict());
        }
    }

    @Test
    void moreThanTheSandboxHasIsRefused() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().build();
        Command much = TAKES.memory(DataSize.mebibytes(513));
        Refusals.refuses(() -> sandbox.run(much), "513 MiB", "512 MiB", "memory");
        Refusals.refuses(() -> sandbox.start(much), "513 MiB", "512 MiB", "memory");
        Refusals.refuses(() -> TAKES.memory(DataSize.bytes(1)), "1");
        Sandbox without = Sandbox.untrusted().without(Limit.MEMORY).build();
        Refusals.refuses(() -> without.run(LITTLE), "16 MiB", "memoryLimit(...)");
        try (SandboxProcess process = sandbox.start("sleep", "1000")) {
            Refusals.refuses(() -> process.exec(LITTLE), "memory(...)");
        }
    }

    /** The sandbox's own is degraded there, to one of each process: that of a command would be none. */
    @Test
    @NeedsHost(Feature.NO_CGROUPS)
    void whereNothingCountsItIsRefused() {
        Sandbox sandbox = Sandbox.untrusted().build();
        UnsupportedIsolationException e = assertThrows(UnsupportedIsolationException.class, () -> sandbox.run(LITTLE));
        assertEquals(Isolation.CGROUP_LIMITS, e.isolation().orElseThrow());
        assertTrue(e.getMessage().contains("memory"), e.getMessage());
    }
}
