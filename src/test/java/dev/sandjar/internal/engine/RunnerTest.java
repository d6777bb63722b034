package dev.sandjar.internal.engine;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.Descriptor;
import dev.sandjar.PlainProcess;
import dev.sandjar.RunResult;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RunnerTest {
    private static final int MIB = 1 << 20;

    private static RunResult run(Command command, int limit) throws IOException, InterruptedException {
        return Runner.run(new PlainProcess(command.argv().toArray(String[]::new)), command, limit);
    }

    private static Command shell(String script) {
        return Command.of("sh", "-c", script);
    }

    @Test
    void bringsBackBothStreamsAndTheExitCode() throws Exception {
        RunResult result = run(shell("printf 'out é'; printf err >&2; exit 3"), MIB);
        assertEquals("out é", result.stdout());
        assertEquals("err", result.stderr());
        assertEquals(3, result.exitValue());
        assertFalse(result.stdoutTruncated() || result.stderrTruncated());
    }

    @Test
    void floodsOfBothStreamsAndInputAtOnceDoNotStopIt() throws Exception {
        byte[] input = new byte[4 * MIB];
        new Random(7).nextBytes(input);
        // The error stream comes first and is far more than a pipe holds; only then is input read.
        RunResult result = run(shell("head -c 3000000 /dev/zero >&2; cat").input(input), 8 * MIB);
        assertArrayEquals(input, result.stdoutBytes());
        assertEquals(3_000_000, result.stderrBytes().length);
    }

    @Test
    void whatIsBeyondTheLimitIsReadAndDropped() throws Exception {
        RunResult result = run(shell("head -c 1000000 /dev/zero; printf xyz >&2"), 1000);
        assertEquals(1000, result.stdoutBytes().length);
        assertTrue(result.stdoutTruncated());
        assertEquals("xyz", result.stderr());
        assertFalse(result.stderrTruncated());
        assertEquals(0, result.exitValue());
        assertTrue(run(shell("printf x"), 0).stdoutTruncated());
        assertFalse(run(shell("printf x"), 1).stdoutTruncated());
        assertFalse(run(shell(":"), 0).stdoutTruncated());
    }

    @Test
    void withoutInputStandardInputEndsAtOnce() throws Exception {
        assertEquals("end\n", run(shell("cat; echo end"), MIB).stdout());
        assertEquals("end\n", run(shell("cat; echo end").input(""), MIB).stdout());
    }

    @Test
    void inputThatNobodyReadsIsNoError() throws Exception {
        RunResult result = run(shell("exec <&-; echo done").input(new byte[2 * MIB]), MIB);
        assertEquals("done\n", result.stdout());
    }

    @Test
    void anInterruptKillsAndIsPassedOn() throws Exception {
        PlainProcess process = new PlainProcess("sleep", "1000");
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread runner = new Thread(() -> {
            try {
                Runner.run(process, Command.of("sleep"), MIB);
                outcome.complete(null);
            } catch (Throwable e) {
                outcome.complete(e);
            }
        });
        runner.start();
        runner.interrupt();
        assertTrue(outcome.get(30, TimeUnit.SECONDS) instanceof InterruptedException);
        assertFalse(process.isAlive());
        assertFalse(process.toHandle().isAlive());
    }

    @Test
    void refusesWhatSomebodyWouldHaveToServe() {
        refuses(() -> Runner.check(Command.of("sh").pty(24, 80)), "pseudo-terminal", "start()");
        refuses(() -> Runner.check(Command.of("sh").descriptor("log", Descriptor.pipeOut())), "\"log\"", "start()");
        refuses(() -> Runner.check(Command.of("sh").descriptor("in", Descriptor.pipeIn())), "\"in\"");
        Runner.check(Command.of("sh").descriptor("f", Descriptor.readFrom(Path.of("/dev/null"))));
    }

    @Test
    void orThrowTellsTheEndOfStandardError() throws Exception {
        RunResult good = run(shell(":"), MIB);
        assertSame(good, good.orThrow());
        RunResult bad = run(
                shell("printf 'first '; head -c 5000 /dev/zero | tr '\\0' x >&2; printf ' \\033[31mlast' >&2; exit 4"),
                MIB);
        CommandFailedException e = assertThrows(CommandFailedException.class, bad::orThrow);
        assertSame(bad, e.result());
        assertTrue(e.getMessage().contains("EXITED with code 4"), e.getMessage());
        assertTrue(e.getMessage().endsWith(" \\x1b[31mlast"), e.getMessage());
        assertTrue(e.getMessage().length() < 2_500, e.getMessage());
        RunResult silent = run(shell("exit 1"), MIB);
        assertTrue(assertThrows(CommandFailedException.class, silent::orThrow)
                .getMessage()
                .contains("nothing was captured on standard output and standard error"));
    }

    @Test
    void orThrowTellsTheEndOfStandardOutputToo() throws Exception {
        RunResult both = run(shell("printf 'no \\033such table'; printf usage >&2; exit 4"), MIB);
        String message =
                assertThrows(CommandFailedException.class, both::orThrow).getMessage();
        assertTrue(message.endsWith("; standard output:\nno \\x1bsuch table\nstandard error:\nusage"), message);
        RunResult out = run(shell("head -c 5000 /dev/zero | tr '\\0' x; printf last; exit 4"), MIB);
        message = assertThrows(CommandFailedException.class, out::orThrow).getMessage();
        assertTrue(message.contains("; standard output ends:\nx") && message.endsWith("xlast"), message);
        assertTrue(message.length() < 2_500, message);
        assertFalse(message.contains("standard error"), message);
        RunResult cut = run(shell("printf abcdef; exit 4"), 3);
        message = assertThrows(CommandFailedException.class, cut::orThrow).getMessage();
        assertTrue(message.endsWith("standard output (its first 3 bytes are kept):\nabc"), message);
    }

    @Test
    void orThrowRefusesAResultOfWhichThereIsMore() throws Exception {
        RunResult cut = run(shell("printf abcdef"), 3);
        assertEquals("abc", cut.stdout());
        CommandFailedException e = assertThrows(CommandFailedException.class, cut::orThrow);
        assertTrue(e.getMessage().contains("3 bytes that are kept of standard output"), e.getMessage());
        RunResult noisy = run(shell("printf abcdef >&2"), 3);
        assertTrue(assertThrows(CommandFailedException.class, noisy::orThrow)
                .getMessage()
                .contains("standard error"));
        RunResult whole = run(shell("printf abc"), 3);
        assertSame(whole, whole.orThrow());
    }

    @Test
    void threadsAreDaemonsWithNothingInherited() throws Exception {
        Thread thread = IoThreads.submit(Thread::currentThread).get();
        assertNotNull(thread);
        assertTrue(thread.isDaemon());
        assertTrue(thread.getName().startsWith("sandjar-io-"), thread.getName());
        // They end when idle, without a shutdown.
        thread.join(30_000);
        assertFalse(thread.isAlive());
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader() {});
        try {
            assertSame(
                    ClassLoader.getSystemClassLoader(),
                    IoThreads.submit(() -> Thread.currentThread().getContextClassLoader())
                            .get());
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void theHandleBehavesLikeAProcess() throws Exception {
        try (PlainProcess process = new PlainProcess("cat")) {
            assertTrue(process.isAlive());
            assertThrows(IllegalThreadStateException.class, process::exitValue);
            assertFalse(process.waitFor(0, TimeUnit.SECONDS));
            assertFalse(process.waitFor(Duration.ofMillis(-5)));
            assertFalse(process.supportsNormalTermination());
            process.getOutputStream().close();
            assertTrue(process.waitFor(Duration.ofSeconds(30)));
            assertEquals(0, process.waitFor());
            assertEquals(0, process.exitValue());
            assertSame(process, process.onExit().get());
            assertFalse(process.isAlive());
        }
    }
}
