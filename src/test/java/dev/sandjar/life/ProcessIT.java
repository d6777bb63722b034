package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sandboxed process is a java.lang.Process in every respect. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class ProcessIT {
    private static final String TWO_CHILDREN = "sleep 1000 & sleep 1000 & echo ready; wait";

    @ParameterizedTest
    @EnumSource(Kind.class)
    void whileItRuns(Kind kind) throws Exception {
        try (SandboxProcess process = kind.sandbox().start("sh", "-c", TWO_CHILDREN)) {
            assertEquals("ready", process.inputReader().readLine());
            assertTrue(process.isAlive());
            assertThrows(IllegalThreadStateException.class, process::exitValue);
            assertFalse(process.waitFor(20, TimeUnit.MILLISECONDS));
            assertFalse(process.waitFor(Duration.ofMillis(-1)));
            assertFalse(process.onExit().isDone());
            assertFalse(process.onReport().isDone());

            assertNotEquals(ProcessHandle.current().pid(), process.pid());
            assertEquals(process.pid(), process.toHandle().pid());
            assertTrue(process.toHandle().isAlive());
            assertTrue(process.info().startInstant().isPresent());
            assertEquals(2, process.children().count());
            assertEquals(2, process.descendants().count());
            assertFalse(process.supportsNormalTermination());
            assertTrue(process.toString().contains(Long.toString(process.pid())), process.toString());
            assertTrue(process.upperDirectory().isEmpty());
            assertFalse(process.isPty());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void afterItsEnd(Kind kind) throws Exception {
        SandboxProcess process = kind.sandbox().start("sh", "-c", "echo out; echo err >&2; exit 7");
        assertEquals(7, process.waitFor());
        assertEquals(7, process.exitValue());
        assertTrue(process.waitFor(Duration.ZERO));
        assertSame(process, process.onExit().get(60, TimeUnit.SECONDS));
        assertEquals(
                Verdict.EXITED, process.onReport().get(60, TimeUnit.SECONDS).verdict());
        assertFalse(process.isAlive());
        assertTrue(process.info().command().isEmpty());
        assertEquals(0, process.children().count());
        assertEquals(0, process.descendants().count());
        assertEquals(process.pid(), process.processes().pid());
        assertEquals(1, process.processes().stream().count());
        assertThrows(IOException.class, () -> process.exec(Command.of("true")));
        // What it wrote is still there.
        assertEquals("out", process.inputReader().readLine());
        assertEquals("err", process.errorReader().readLine());
        assertEquals(-1, process.getInputStream().read());
        // And nothing of this can hurt any more.
        process.destroy();
        assertSame(process, process.destroyForcibly());
        process.signal(Signal.KILL);
        process.close();
        process.close();
        assertEquals(7, process.exitValue());
        assertThrows(IOException.class, () -> process.getInputStream().read());
    }

    /** Nobody but the program may hold its ends of the pipes, the supervisor least of all. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void whatItClosesWhileItRunsIsClosed(Kind kind) throws Exception {
        Command command = Command.of("sh", "-c", "exec >&- 2>&-; read line; exec <&-; sleep 1000");
        try (SandboxProcess main = kind.sandbox().start(command);
                SandboxProcess more = main.exec(command)) {
            for (SandboxProcess process : List.of(main, more)) {
                assertEquals(-1, process.getInputStream().read());
                assertEquals(-1, process.getErrorStream().read());
                process.outputWriter().write("line\n");
                process.outputWriter().flush();
                assertTrue(Await.within(Duration.ofSeconds(60), () -> !takes(process)));
                assertTrue(process.isAlive());
            }
        }
    }

    private static boolean takes(SandboxProcess process) {
        try {
            process.getOutputStream().write(1);
            process.getOutputStream().flush();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void writingToOneThatHasEndedFails() throws Exception {
        try (SandboxProcess process = Kind.PLAIN.sandbox().start("true")) {
            process.waitFor();
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 100; i++) {
                    process.getOutputStream().write(new byte[10_000]);
                }
            });
        }
    }

    @Test
    void everyWaiterIsTold() throws Exception {
        int waiters = 16;
        CountDownLatch told = new CountDownLatch(waiters);
        List<Thread> threads = new ArrayList<>();
        try (SandboxProcess process = Kind.UNTRUSTED.sandbox().start("cat")) {
            for (int i = 0; i < waiters; i++) {
                Thread thread = new Thread(() -> {
                    try {
                        if (process.waitFor() == 0) {
                            told.countDown();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                threads.add(thread);
                thread.start();
            }
            process.getOutputStream().close();
            assertTrue(told.await(60, TimeUnit.SECONDS));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void waitingCanBeInterrupted() throws Exception {
        try (SandboxProcess process = Kind.PLAIN.sandbox().start("sleep", "1000")) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, process::waitFor);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> process.waitFor(Duration.ofSeconds(100)));
            Thread.currentThread().interrupt();
            process.close();
            assertTrue(Thread.interrupted(), "closing keeps the interrupt for the caller");
            assertFalse(process.isAlive());
        }
    }

    @Test
    void cancellingAFutureCancelsNothingElse() throws Exception {
        try (SandboxProcess process = Kind.PLAIN.sandbox().start("cat")) {
            process.onExit().cancel(true);
            process.onReport().cancel(true);
            process.onReport().completeExceptionally(new IllegalStateException("not ours"));
            process.getOutputStream().close();
            assertEquals(0, process.waitFor());
            assertSame(process, process.onExit().get(60, TimeUnit.SECONDS));
        }
    }

    /** A callback that blocks is a bad idea, but may not stop other ends from being told. */
    @Test
    void aCallbackThatBlocksStopsNobodyElse() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (SandboxProcess first = Kind.PLAIN.sandbox().start("cat");
                SandboxProcess second = Kind.PLAIN.sandbox().start("cat")) {
            first.onReport().thenRun(() -> {
                try {
                    release.await(120, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            // Only now may it end: on an end that has been, a callback runs in the caller's own thread.
            first.getOutputStream().close();
            first.waitFor();
            second.getOutputStream().close();
            assertTrue(second.waitFor(Duration.ofSeconds(60)));
        } finally {
            release.countDown();
        }
    }

    @Test
    void theReportHasTimes() throws Exception {
        try (SandboxProcess process =
                Kind.UNTRUSTED.sandbox().start("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done")) {
            var report = process.waitForReport();
            assertTrue(report.usage().cpuTime().compareTo(Duration.ZERO) > 0, report.toString());
            assertTrue(
                    report.usage()
                                    .wallTime()
                                    .compareTo(report.usage().userTime().dividedBy(2))
                            > 0,
                    report.toString());
            assertTrue(report.usage().peakMemory().toBytes() > 100_000, report.toString());
            assertTrue(report.usage().minorFaults() > 0, report.toString());
            assertTrue(report.setupTime().compareTo(Duration.ZERO) > 0, report.toString());
            assertFalse(report.steps().isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void signalsReachTheProgram(Kind kind) throws Exception {
        String script =
                "trap 'echo got usr1' USR1; trap 'echo got term; exit 5' TERM; echo ready; while :; do sleep 0.01; done";
        try (SandboxProcess process = kind.sandbox().start("sh", "-c", script)) {
            BufferedReader out = process.inputReader();
            assertEquals("ready", out.readLine());
            process.signal(Signal.USR1);
            assertEquals("got usr1", out.readLine());
            process.signal(Signal.TERM);
            assertEquals("got term", out.readLine());
            assertEquals(5, process.waitFor());
        }
    }
}
