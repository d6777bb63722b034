package dev.sandjar.internal.engine;

import static dev.sandjar.testing.Refusals.refuses;
import static java.util.stream.Collectors.toList;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.CommandFailedException;
import dev.sandjar.CommandInterruptedException;
import dev.sandjar.Descriptor;
import dev.sandjar.OutputSink;
import dev.sandjar.PlainProcess;
import dev.sandjar.RunResult;
import dev.sandjar.internal.util.IoThreads;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
    void whoIsInterruptedHasWhatWasWrittenByThen() throws Exception {
        PlainProcess process = new PlainProcess("sh", "-c", "echo problem >&2; echo first; exec sleep 1000");
        Thread runner = Thread.currentThread();
        Command command = Command.of("sh").stdout(OutputSink.lines(line -> runner.interrupt()));
        CommandInterruptedException e =
                assertThrows(CommandInterruptedException.class, () -> Runner.run(process, command, MIB));
        assertEquals("first\n", e.result().stdout());
        assertEquals("problem\n", e.result().stderr());
        assertFalse(process.isAlive());
        assertFalse(Thread.interrupted());
    }

    @Test
    void sinksGetAllOfWhatIsKeptInPart() throws Exception {
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream copied = new ByteArrayOutputStream();
        Command command = shell("seq 10000; head -c 3000000 /dev/zero >&2; printf end")
                .stdout(OutputSink.lines(lines::add))
                .stderr(OutputSink.to(copied));
        RunResult result = run(command, 10);
        List<String> expected =
                IntStream.rangeClosed(1, 10_000).mapToObj(Integer::toString).collect(toList());
        expected.add("end");
        assertEquals(expected, lines);
        assertEquals(3_000_000, copied.size());
        assertEquals("1\n2\n3\n4\n5\n", result.stdout());
        assertTrue(result.stdoutTruncated() && result.stderrTruncated());
        assertSame(result, result.orThrow(), "nothing is lost");
    }

    @Test
    void aSinkHasALineBeforeTheProgramGoesOn() throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        PipedOutputStream answers = new PipedOutputStream();
        Command command = shell("echo question; read answer; echo got $answer")
                .stdout(OutputSink.lines(line -> {
                    lines.add(line);
                    if (line.equals("question")) {
                        answer(answers);
                    }
                }))
                .input(new PipedInputStream(answers));
        assertEquals("question\ngot yes\n", run(command, MIB).stdout());
        assertEquals(List.of("question", "got yes"), List.copyOf(lines));
    }

    private static void answer(OutputStream answers) {
        try {
            answers.write("yes\n".getBytes(StandardCharsets.UTF_8));
            answers.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aSinkThatFailsEndsProgramAndRun() throws Exception {
        IllegalStateException reason = new IllegalStateException("of the sink");
        OutputSink failing = OutputSink.lines(line -> {
            throw reason;
        });
        for (Command command : List.of(
                shell("echo line; exec sleep 1000").stdout(failing),
                shell("echo line >&2; exec sleep 1000").stderr(failing),
                shell("printf line >&2").stderr(failing),
                shell("exec sleep 1000").stdout(() -> {
                    throw reason;
                }))) {
            IOException e = assertThrows(IOException.class, () -> run(command, MIB));
            assertSame(reason, e.getCause());
            assertTrue(e.getMessage().startsWith("the sink of standard "), e.getMessage());
        }
    }

    @Test
    void sinksAreClosedButStreamsAreNot() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        OutputStream stream = new OutputStream() {
            @Override
            public void write(int b) {}

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        run(shell("echo x").stdout(OutputSink.to(stream)), MIB);
        assertEquals(0, closed.get());
        run(shell("echo x").stdout(() -> stream), MIB);
        assertEquals(1, closed.get());
    }

    @Test
    void inputComesFromFilesAndStreams(@TempDir Path directory) throws Exception {
        byte[] bytes = new byte[3 * MIB + 1];
        new Random(8).nextBytes(bytes);
        Path file = Files.write(directory.resolve("input"), bytes);
        assertArrayEquals(bytes, run(Command.of("cat").input(file), 4 * MIB).stdoutBytes());
        AtomicInteger closed = new AtomicInteger();
        InputStream stream = new ByteArrayInputStream(bytes) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        assertArrayEquals(bytes, run(Command.of("cat").input(stream), 4 * MIB).stdoutBytes());
        assertEquals(0, closed.get());
        assertThrows(NoSuchFileException.class, () -> run(Command.of("cat").input(directory.resolve("none")), MIB));
    }

    /** It would otherwise look to the program as if that were all. */
    @Test
    void inputThatCannotBeReadEndsProgramAndRun() {
        IOException reason = new IOException("of the input");
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(new byte[] {'x'}), new InputStream() {
            @Override
            public int read() throws IOException {
                throw reason;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                throw reason;
            }
        });
        IOException e = assertThrows(
                IOException.class, () -> run(shell("cat; sleep 1000").input(broken), MIB));
        assertSame(reason, e.getCause());
        assertEquals("reading the input of the program failed", e.getMessage());
    }

    @Test
    void acceptedExitCodesAreSuccess() throws Exception {
        RunResult result = run(shell("exit 1").exitCodes(0, 1), MIB);
        assertTrue(result.isSuccess());
        assertFalse(result.report().isSuccess());
        assertSame(result, result.orThrow());
        assertFalse(run(shell("exit 2").exitCodes(0, 1), MIB).isSuccess());
        RunResult zero = run(shell(":").exitCodes(1), MIB);
        assertThrows(CommandFailedException.class, zero::orThrow);
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
    void orThrowTellsFewLines() throws Exception {
        RunResult flood = run(shell("seq 1000; seq 2000 >&2; exit 4"), MIB);
        String message = String.valueOf(
                assertThrows(CommandFailedException.class, flood::orThrow).getMessage());
        assertTrue(message.contains("; standard output ends:\n981\n982\n"), message);
        assertTrue(message.contains("\nstandard error ends:\n1981\n"), message);
        assertTrue(message.endsWith("\n1999\n2000"), message);
        assertEquals(42, message.lines().count(), message);
        RunResult few = run(shell("seq 20; exit 4"), MIB);
        message = assertThrows(CommandFailedException.class, few::orThrow).getMessage();
        assertTrue(message.contains("; standard output:\n1\n2\n"), message);
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
