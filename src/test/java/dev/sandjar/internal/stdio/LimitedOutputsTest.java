package dev.sandjar.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.testing.Await;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Standard output and error with a limit that both share. */
@Timeout(30)
class LimitedOutputsTest {
    private static final Command COMMAND = Command.of("x");
    private final Set<String> before = Fds.open();
    private final AtomicInteger fired = new AtomicInteger();
    private Kernel kernel;

    @TempDir
    Path directory;

    @BeforeEach
    void kernel() throws SandboxException {
        kernel = Kernel.get();
    }

    @AfterEach
    void nothingStaysOpen() {
        Fds.assertNoneBeyond(before);
    }

    private OutputLimit limit(long bytes) {
        OutputLimit limit = new OutputLimit(bytes);
        limit.onExceeded(fired::incrementAndGet);
        return limit;
    }

    private void childWrites(int fd, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        assertEquals(bytes.length, kernel.write(fd, bytes, 0, bytes.length));
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static void await(CompletableFuture<Optional<SandboxException>> future) throws Exception {
        assertEquals(Optional.empty(), failure(future));
    }

    private static Optional<SandboxException> failure(CompletableFuture<Optional<SandboxException>> future)
            throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private void awaitFired() {
        assertTrue(Await.within(Duration.ofSeconds(10), () -> fired.get() > 0));
    }

    @Test
    void exactlyTheLimitIsNotTooMuch() throws Exception {
        OutputLimit limit = limit(9);
        try (Stdio stdio = Stdio.open(kernel, COMMAND, limit)) {
            childWrites(stdio.childFds()[1], "hello");
            childWrites(stdio.childFds()[2], "oops");
            stdio.closeChildEnds();
            HostStreams streams = stdio.streams(-1);
            await(streams.pumped());
            assertEquals("hello", text(streams.stdout()));
            assertEquals("oops", text(streams.stderr()));
            assertFalse(limit.isExceeded());
            streams.close();
        }
    }

    @Test
    void bothStreamsCountAndEndTogether() throws Exception {
        OutputLimit limit = limit(8);
        try (Stdio stdio = Stdio.open(kernel, COMMAND, limit)) {
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "hello");
            assertEquals('h', streams.stdout().read());
            childWrites(stdio.childFds()[2], "oops");
            assertEquals(0, fired.get());
            assertEquals("oop", text(streams.stderr()), "without waiting for the end of the pipe");
            assertEquals(1, fired.get());
            childWrites(stdio.childFds()[1], "more");
            assertEquals("ello", text(streams.stdout()), "what had been read within the limit");
            assertEquals(-1, streams.stdout().read());
            assertEquals(0, streams.stdout().available());
            childWrites(stdio.childFds()[1], "the pipe is still there");
            streams.close();
        }
    }

    @Test
    void mergedErrorsCountOnce() throws Exception {
        OutputLimit limit = limit(9);
        try (Stdio stdio = Stdio.open(kernel, COMMAND.mergeStderr(), limit)) {
            childWrites(stdio.childFds()[1], "hello");
            childWrites(stdio.childFds()[2], "oops");
            stdio.closeChildEnds();
            HostStreams streams = stdio.streams(-1);
            assertEquals("hellooops", text(streams.stdout()));
            assertFalse(limit.isExceeded());
            streams.close();
        }
    }

    @Test
    void skippedBytesCount() throws Exception {
        OutputLimit limit = limit(4);
        try (Stdio stdio = Stdio.open(kernel, COMMAND, limit)) {
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "hello");
            assertEquals(4, streams.stdout().available());
            assertEquals(4, streams.stdout().skip(100));
            assertEquals(1, fired.get());
            streams.close();
        }
    }

    /** As when a program has ended before anybody looked at what it wrote. */
    @Test
    void whatNobodyHasReadYetCountsAtTheEnd() throws Exception {
        OutputLimit limit = limit(8);
        try (Stdio stdio = Stdio.open(kernel, COMMAND, limit)) {
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "hello");
            childWrites(stdio.childFds()[2], "oops");
            stdio.closeChildEnds();
            assertFalse(limit.isExceeded());
            await(streams.pumped());
            assertTrue(limit.isExceeded());
            assertEquals(1, fired.get());
            assertEquals("hello", text(streams.stdout()));
            assertEquals("oop", text(streams.stderr()));
            streams.close();
        }
    }

    @Test
    void aReaderThatWaitsDoesNotHoldUpTheEnd() throws Exception {
        OutputLimit limit = limit(8);
        try (Stdio stdio = Stdio.open(kernel, COMMAND, limit)) {
            HostStreams streams = stdio.streams(-1);
            CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> {
                try {
                    return streams.stdout().read();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            await(streams.pumped());
            assertFalse(limit.isExceeded());
            stdio.closeChildEnds();
            assertEquals(-1, reading.get(10, TimeUnit.SECONDS));
            streams.close();
            await(streams.pumped());
        }
    }

    @Test
    void filesGetExactlyTheLimit() throws Exception {
        Path out = Files.writeString(directory.resolve("out"), "old");
        Path log = Files.writeString(directory.resolve("log"), "old ");
        OutputLimit limit = limit(7);
        Command command = COMMAND.stdout(Redirect.to(out.toFile())).stderr(Redirect.appendTo(log.toFile()));
        try (Stdio stdio = Stdio.open(kernel, command, limit)) {
            int[] child = stdio.childFds();
            HostStreams streams = stdio.streams(-1);
            childWrites(child[1], "new");
            assertTrue(Await.within(Duration.ofSeconds(10), () -> out.toFile().length() == 3));
            assertEquals("new", Files.readString(out));
            childWrites(child[2], "newer");
            awaitFired();
            await(streams.pumped());
            assertEquals("old newe", Files.readString(log));
            childWrites(child[2], "no reason to die of a broken pipe");
            assertEquals(1, fired.get());
            assertEquals(-1, streams.stdout().read());
            streams.close();
        }
        assertEquals("new", Files.readString(out));
        assertEquals("old newe", Files.readString(log));
    }

    /** The program may end, while others that it started hold the pipe. */
    @Test
    void whatWasWrittenIsThereAtTheEndAndWhatComesLaterFollows() throws Exception {
        Path out = directory.resolve("out");
        try (Stdio stdio = Stdio.open(kernel, COMMAND.stdout(Redirect.to(out.toFile())), limit(1000))) {
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "written");
            await(streams.pumped());
            assertEquals("written", Files.readString(out));
            streams.close();
            childWrites(stdio.childFds()[1], " later");
            assertTrue(Await.within(Duration.ofSeconds(10), () -> out.toFile().length() == 13));
            await(streams.pumped());
        }
        assertEquals(0, fired.get());
    }

    @Test
    void discardedOutputCounts() throws Exception {
        try (Stdio stdio = Stdio.open(kernel, COMMAND.stdout(Redirect.DISCARD), limit(3))) {
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "gone");
            awaitFired();
            streams.close();
        }
    }

    @Test
    void inheritedOutputGoesThroughAPipe() throws Exception {
        int[] pipe = Calls.pipe(kernel, "test");
        Kernel host = new ForwardingKernel() {
            @Override
            public int raise(int fd) {
                return super.raise(fd == 1 ? pipe[1] : fd);
            }
        };
        try (Stdio stdio = Stdio.open(host, COMMAND.stdout(Redirect.INHERIT).mergeStderr(), limit(6));
                InputStream shown = Pipes.reader(kernel, pipe[0])) {
            kernel.close(pipe[1]);
            assertNotEquals(1, stdio.childFds()[1]);
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "out");
            childWrites(stdio.childFds()[2], "error");
            awaitFired();
            await(streams.pumped());
            assertEquals("outerr", new String(shown.readNBytes(6), StandardCharsets.US_ASCII));
            streams.close();
        }
    }

    @Test
    void aTerminalCounts() throws Exception {
        OutputLimit limit = limit(4);
        try (Stdio stdio = Stdio.open(kernel, COMMAND.pty(24, 80), limit)) {
            int[] pipe = Calls.pipe(kernel, "test");
            HostStreams streams = stdio.streams(pipe[0]);
            childWrites(pipe[1], "shown");
            assertEquals("show", text(streams.stdout()));
            assertEquals(1, fired.get());
            streams.close();
            kernel.close(pipe[1]);
        }
    }

    @Test
    void aFileThatCannotBeWrittenEndsThePipe() throws Exception {
        Command command = COMMAND.stdout(Redirect.to(new File("/dev/full")));
        try (Stdio stdio = Stdio.open(kernel, command, limit(100))) {
            HostStreams streams = stdio.streams(-1);
            childWrites(stdio.childFds()[1], "x");
            SandboxException failure = failure(streams.pumped()).orElseThrow();
            assertEquals("ENOSPC", failure.errnoName());
            assertEquals("pass on standard output", failure.step());
            assertTrue(failure.getMessage().contains("/dev/full"), failure.getMessage());
            assertTrue(Await.within(
                    Duration.ofSeconds(10),
                    () -> Errno.EPIPE.is(-kernel.write(stdio.childFds()[1], new byte[] {1}, 0, 1))));
            assertEquals(0, fired.get());
            streams.close();
        }
    }

    @Test
    void muchMoreThanAnyBufferIsCopied() throws Exception {
        Path out = directory.resolve("out");
        int bytes = 20_000_000;
        try (Stdio stdio = Stdio.open(kernel, COMMAND.stdout(Redirect.to(out.toFile())), limit(bytes))) {
            HostStreams streams = stdio.streams(-1);
            byte[] block = new byte[100_000];
            for (int i = 0; i < bytes / block.length; i++) {
                for (int done = 0; done < block.length; ) {
                    int n = kernel.write(stdio.childFds()[1], block, done, block.length - done);
                    assertTrue(n > 0);
                    done += n;
                }
            }
            stdio.closeChildEnds();
            await(streams.pumped());
            streams.close();
        }
        assertEquals(bytes, Files.size(out));
        assertEquals(0, fired.get());
    }

    @Test
    void errorsComeAtTheStart() {
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> Stdio.open(kernel, COMMAND.stdout(Redirect.to(directory.toFile())), limit(1)));
        assertEquals("EISDIR", e.errnoName());
        assertEquals("open standard output", e.step());
    }

    /** Every call fails once, at every place. */
    @Test
    void everyFailingCallLeavesNothing() {
        Command command =
                COMMAND.stdout(Redirect.to(directory.resolve("out").toFile())).stderr(Redirect.INHERIT);
        // Pipes: standard input, then two for each of the others; one file; one copy.
        for (int place = 0; place < 7; place++) {
            int failing = place;
            Kernel broken = new ForwardingKernel() {
                private int calls;

                private boolean fails() {
                    return calls++ == failing;
                }

                @Override
                public int pipe(int[] ends) {
                    return fails() ? -Errno.EMFILE.number() : super.pipe(ends);
                }

                @Override
                public int open(byte[] path, int flags, int mode) {
                    return fails() ? -Errno.EMFILE.number() : super.open(path, flags, mode);
                }

                @Override
                public int raise(int fd) {
                    return fails() ? -Errno.EMFILE.number() : super.raise(fd);
                }
            };
            assertThrows(SandboxException.class, () -> Stdio.open(broken, command, limit(1)), "call " + place);
            Fds.assertNoneBeyond(before);
        }
    }

    @Test
    void aStartThatFailsLeavesNothing() throws Exception {
        Command command =
                COMMAND.stdout(Redirect.to(directory.resolve("out").toFile())).stderr(Redirect.INHERIT);
        Stdio.open(kernel, command, limit(1)).close();
    }

    /** Nothing is different. */
    @Test
    void withoutALimitFilesAreTheProgramsOwn() throws Exception {
        Command command =
                COMMAND.stdout(Redirect.to(directory.resolve("out").toFile())).stderr(Redirect.INHERIT);
        try (Stdio stdio = Stdio.open(kernel, command, null)) {
            assertEquals(2, stdio.childFds()[2]);
            HostStreams streams = stdio.streams(-1);
            assertTrue(streams.pumped().isDone());
            childWrites(stdio.childFds()[1], "at once");
            assertEquals("at once", Files.readString(directory.resolve("out")));
            streams.close();
        }
    }
}
