package dev.sandjar.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Fds;
import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PolledFdTest {
    private final Set<String> before = Fds.open();
    private final AtomicInteger polls = new AtomicInteger();
    private Kernel kernel;
    private final int[] pipe = new int[2];

    @BeforeEach
    void open() throws SandboxException {
        kernel = new ForwardingKernel() {
            @Override
            public int pollTwo(int first, int events, int second) {
                polls.incrementAndGet();
                return super.pollTwo(first, events, second);
            }
        };
        kernel.pipe(pipe);
    }

    @AfterEach
    void nothingStaysOpen() {
        Fds.assertNoneBeyond(before);
    }

    private PolledFd polled(int fd) throws SandboxException {
        PolledFd polled = PolledFd.copyOf(kernel, fd);
        kernel.close(fd);
        return polled;
    }

    private static void awaitPoll(AtomicInteger polls, int count) {
        assertTrue(Await.within(Duration.ofSeconds(30), () -> polls.get() >= count));
    }

    @Test
    void readsToTheEnd() throws IOException {
        InputStream in = polled(pipe[0]).input();
        kernel.write(pipe[1], new byte[] {1, (byte) 0xfe, 3}, 0, 3);
        assertEquals(1, in.read());
        assertEquals(0xfe, in.read());
        kernel.close(pipe[1]);
        assertArrayEquals(new byte[] {3}, in.readAllBytes());
        assertEquals(-1, in.read());
        assertEquals(0, in.read(new byte[3], 1, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> in.read(new byte[3], 1, 3));
        in.close();
        in.close();
        assertThrows(IOException.class, in::read);
    }

    @Test
    void writesMoreThanThePipeHolds() throws Exception {
        OutputStream out = polled(pipe[1]).output(true);
        byte[] all = new byte[1_000_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 7);
        }
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            try (out) {
                out.write(all);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        try (InputStream in = polled(pipe[0]).input()) {
            assertArrayEquals(all, in.readAllBytes());
        }
        writing.get(30, TimeUnit.SECONDS);
        assertThrows(IOException.class, () -> out.write(1));
    }

    @Test
    void closingEndsAReadThatWaits() throws Exception {
        PolledFd polled = polled(pipe[0]);
        InputStream in = polled.input();
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> {
            try {
                return in.read();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        awaitPoll(polls, 1);
        polled.close();
        assertEquals(-1, reading.get(30, TimeUnit.SECONDS));
        kernel.close(pipe[1]);
    }

    @Test
    void closingEndsAWriteThatWaits() throws Exception {
        PolledFd polled = polled(pipe[1]);
        OutputStream out = polled.output(false);
        CompletableFuture<Boolean> writing = CompletableFuture.supplyAsync(() -> {
            try {
                out.write(new byte[1_000_000]);
                return false;
            } catch (IOException e) {
                return true;
            }
        });
        // 64 KiB go through at once, in 8 writes.
        awaitPoll(polls, 9);
        polled.close();
        assertTrue(writing.get(30, TimeUnit.SECONDS));
        kernel.close(pipe[0]);
    }

    @Test
    void aNumberIsNotClosedWhileSomebodyUsesIt() throws Exception {
        CompletableFuture<Void> inside = new CompletableFuture<>();
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        int[] number = new int[1];
        Kernel slow = new ForwardingKernel() {
            @Override
            public int read(int fd, byte[] buffer, int offset, int length) {
                number[0] = fd;
                inside.complete(null);
                goOn.join();
                return super.read(fd, buffer, offset, length);
            }
        };
        PolledFd polled = PolledFd.copyOf(slow, pipe[0]);
        kernel.close(pipe[0]);
        kernel.write(pipe[1], new byte[] {42}, 0, 1);
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> {
            try {
                return polled.input().read();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        inside.get(30, TimeUnit.SECONDS);
        polled.close();
        assertTrue(Fds.isOpen(number[0]));
        goOn.complete(null);
        assertEquals(42, reading.get(30, TimeUnit.SECONDS));
        assertTrue(Await.within(Duration.ofSeconds(30), () -> !Fds.isOpen(number[0])));
        kernel.close(pipe[1]);
    }

    @Test
    void theEndOfTheOtherSideIsAnErrorForWriters() throws Exception {
        OutputStream out = polled(pipe[1]).output(true);
        kernel.close(pipe[0]);
        IOException e = assertThrows(IOException.class, () -> out.write(new byte[10]));
        assertTrue(e.getMessage().contains("EPIPE"), e.getMessage());
        out.close();
    }

    @Test
    void anOutputOfATerminalClosesNothingButItself() throws Exception {
        PolledFd polled = polled(pipe[1]);
        OutputStream out = polled.output(false);
        out.write(7);
        out.close();
        assertThrows(IOException.class, () -> out.write(8));
        polled.output(false).write(9);
        polled.close();
        byte[] read = new byte[9];
        assertEquals(2, kernel.read(pipe[0], read, 0, 9));
        kernel.close(pipe[0]);
    }

    @Test
    void whatNobodyHoldsIsClosed() throws Exception {
        InputStream in = polled(pipe[0]).input();
        assertFalse(before.containsAll(Fds.open()));
        in = null;
        kernel.close(pipe[1]);
        assertTrue(Await.within(Duration.ofSeconds(30), () -> {
            System.gc();
            return before.containsAll(Fds.open()); // others' may be collected too
        }));
    }
}
