package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.OutputSink;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxListener;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** runAsync(): what the future says and what happens to the program are one; and an end that a program may shape. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class AsyncIT {
    private final LinkedBlockingQueue<SandboxProcess> started = new LinkedBlockingQueue<>();

    private Sandbox watched(Kind kind) {
        return kind.sandbox().toBuilder()
                .listener(new SandboxListener() {
                    @Override
                    public void started(Command command, SandboxProcess process) {
                        started.add(process);
                    }
                })
                .build();
    }

    private ExitReport theReport() throws Exception {
        SandboxProcess process = started.poll(1, TimeUnit.MINUTES);
        return process.onReport().get(1, TimeUnit.MINUTES);
    }

    @Test
    void theResultComes() throws Exception {
        RunResult result = Kind.UNTRUSTED
                .sandbox()
                .runAsync(Command.of("sh", "-c", "cat; exit 3").input("in"))
                .get(1, TimeUnit.MINUTES);
        assertEquals("in", result.stdout());
        assertEquals(3, result.exitValue());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void cancellingEndsTheTree(Kind kind) throws Exception {
        LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
        CompletableFuture<RunResult> future = watched(kind)
                .runAsync(Command.of("sh", "-c", "setsid sleep 1000 & echo there; wait")
                        .stdout(OutputSink.lines(lines::add)));
        assertEquals("there", lines.poll(1, TimeUnit.MINUTES));
        SandboxProcess process = started.element();
        List<ProcessHandle> tree = process.descendants().toList();
        assertTrue(process.isAlive());
        assertFalse(tree.isEmpty());
        assertTrue(future.cancel(true));
        assertEquals(Verdict.DESTROYED, theReport().verdict());
        for (ProcessHandle one : tree) {
            assertFalse(one.isAlive(), () -> "process " + one.pid() + " lives");
        }
    }

    @Test
    void aTimeoutOfTheFutureEndsTheTree() throws Exception {
        CompletableFuture<RunResult> future =
                watched(Kind.UNTRUSTED).runAsync(Command.of("sleep", "1000")).orTimeout(300, TimeUnit.MILLISECONDS);
        ExecutionException e = assertThrows(ExecutionException.class, () -> future.get(1, TimeUnit.MINUTES));
        assertInstanceOf(TimeoutException.class, e.getCause());
        assertEquals(Verdict.DESTROYED, theReport().verdict());
    }

    /** At whatever moment of its start that comes. */
    @Test
    void cancelledAtOnceNothingIsLeft() throws Exception {
        Sandbox sandbox = watched(Kind.PLAIN);
        for (int i = 0; i < 50; i++) {
            CompletableFuture<RunResult> future = sandbox.runAsync(Command.of("sleep", "1000"));
            if (i % 2 == 0) {
                started.poll(i, TimeUnit.MICROSECONDS);
            }
            future.cancel(false);
        }
        for (SandboxProcess process : started) {
            Verdict verdict = process.onReport().get(1, TimeUnit.MINUTES).verdict();
            assertTrue(verdict == Verdict.DESTROYED || verdict == Verdict.EXITED, verdict::toString);
        }
    }

    @Test
    void whatFailsCompletesIt() {
        Sandbox sandbox = Kind.UNTRUSTED.sandbox();
        CompletableFuture<RunResult> future = sandbox.runAsync(Command.of("no-such-program"));
        ExecutionException e = assertThrows(ExecutionException.class, () -> future.get(1, TimeUnit.MINUTES));
        assertInstanceOf(SandboxException.class, e.getCause());
        assertThrows(
                IllegalArgumentException.class,
                () -> sandbox.runAsync(Command.of("sh").pty(1, 1)));
    }

    @Test
    void startsHaveNoSinks() throws Exception {
        Command command = Command.of("true").stdout(OutputSink.lines(line -> {}));
        Sandbox sandbox = Kind.UNTRUSTED.sandbox();
        assertThrows(IllegalArgumentException.class, () -> sandbox.start(command));
        try (SandboxProcess process = sandbox.start("sleep", "1000")) {
            assertThrows(IllegalArgumentException.class, () -> process.exec(command));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aProgramMayTidyUpBeforeItsEnd(Kind kind) throws Exception {
        // Not by the shell's wait, whose child would be the last to hear of it.
        String script = "trap 'echo tidy; exit 5' TERM; echo ready; while :; do sleep 0.05; done";
        try (SandboxProcess process = kind.sandbox().start("sh", "-c", script)) {
            assertEquals("ready", process.inputReader().readLine());
            process.destroy(Duration.ofMinutes(5));
            assertEquals("tidy", process.inputReader().readLine());
            ExitReport report = process.onReport().get(1, TimeUnit.MINUTES);
            assertEquals(Verdict.EXITED, report.verdict());
            assertEquals(5, report.exitValue());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aProgramThatHeedsNoSignalIsKilledAfterTheGrace(Kind kind) throws Exception {
        try (SandboxProcess process =
                kind.sandbox().start("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")) {
            assertEquals("ready", process.inputReader().readLine());
            long begun = System.nanoTime();
            process.destroy(Duration.ofMillis(300));
            assertEquals(
                    Verdict.DESTROYED,
                    process.onReport().get(1, TimeUnit.MINUTES).verdict());
            assertTrue(System.nanoTime() - begun >= 300_000_000);
        }
    }

    @Test
    void theStopSignalIsThatOfTheSandbox() throws Exception {
        Sandbox sandbox = Kind.UNTRUSTED.sandbox().toBuilder()
                .bounds(b -> b.stopSignal(Signal.USR1))
                .build();
        try (SandboxProcess process =
                sandbox.start("sh", "-c", "trap 'exit 6' USR1; echo ready; while :; do sleep 0.05; done")) {
            assertEquals("ready", process.inputReader().readLine());
            assertThrows(IllegalArgumentException.class, () -> process.destroy(Duration.ofMillis(-1)));
            assertTrue(process.isAlive());
            process.destroy(Duration.ofMinutes(5));
            assertEquals(6, process.onReport().get(1, TimeUnit.MINUTES).exitValue());
        }
    }

    @Test
    void aTimeoutBringsWhatWasWritten() throws Exception {
        RunResult result = Kind.UNTRUSTED.sandbox().toBuilder()
                .timeout(Duration.ofMillis(500))
                .build()
                .run("sh", "-c", "echo first; exec sleep 1000");
        assertEquals(Verdict.TIMED_OUT, result.report().verdict());
        assertEquals("first\n", result.stdout());
    }
}
