package dev.sandjar.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.util.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NativeFunctionsTest {
    private static final int CALLERS = 4;

    /** A function that is forgotten while it runs would return into nothing. */
    @Test
    void areForgottenOnlyBetweenCallsAndConnectedAgain() throws Exception {
        long expected = FileCall.GETEUID.call(0);
        AtomicBoolean end = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
        CountDownLatch begun = new CountDownLatch(CALLERS);
        List<Future<Long>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(threads.submit(() -> {
                long own = 0;
                begun.countDown();
                while (!end.get()) {
                    assertEquals(expected, FileCall.GETEUID.call(0));
                    assertEquals(-Errno.EBADF.number(), (int) FileCall.CLOSE.call(-1));
                    own++;
                    if (own % 100 == 0) {
                        Thread.yield();
                    }
                }
                return own;
            }));
        }
        begun.await();
        int forgotten = 0;
        for (int i = 0; i < 200_000 && forgotten < 20; i++) {
            forgotten += NativeFunctions.forget() ? 1 : 0;
        }
        end.set(true);
        long calls = 0;
        for (Future<Long> caller : callers) {
            calls += caller.get();
        }
        threads.shutdown();
        assertTrue(calls > 0);
        assertEquals(expected, FileCall.GETEUID.call(0));
        assertTrue(NativeFunctions.areConnected());
    }

    /** As the reader of a launcher does, for as long as there is one. */
    @Test
    void aCallThatWaitsKeepsThem() throws Exception {
        Kernel kernel = Kernel.get();
        int[] ends = new int[2];
        assertEquals(0, kernel.pipe(ends));
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> kernel.poll(ends[0], Kernel.POLLIN));
        NativeFunctions.enter();
        try {
            assertEquals(false, NativeFunctions.forget());
        } finally {
            NativeFunctions.leave();
        }
        assertEquals(0, kernel.close(ends[1]));
        assertTrue((waiting.get() & Kernel.POLLHUP) != 0);
        kernel.close(ends[0]);
    }
}
