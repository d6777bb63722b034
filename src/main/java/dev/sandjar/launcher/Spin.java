package dev.sandjar.launcher;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waiting for what is about to happen without going to sleep: a processor that has become idle takes longer to wake up than a start takes
 * altogether, above all in a virtual machine. One thread at a time does that, yields to whatever else can run, gives up after a
 * millisecond, and doesn't even try where it was in vain of late.
 */
final class Spin {
    private static final long LONGEST = 1_000_000;
    private static final int TRUST = 8;
    private static final int DOUBT = 64;
    private static final boolean POSSIBLE = Runtime.getRuntime().availableProcessors() > 1;
    private static final AtomicBoolean SPINNING = new AtomicBoolean();

    /** Below 0: so many times it isn't tried. Updates may get lost between threads. */
    private volatile int score;

    /** Returns when the future is done, or has not become so for a while: it has to be waited for all the same. */
    void await(CompletableFuture<?> future) {
        if (!POSSIBLE || future.isDone()) {
            return;
        }
        int before = score;
        if (before < 0) {
            score = before + 1;
        } else if (SPINNING.compareAndSet(false, true)) {
            try {
                score = spin(future) ? Math.min(before + 1, TRUST) : before > 0 ? before - TRUST / 2 : -DOUBT;
            } finally {
                SPINNING.set(false);
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but time
    private static boolean spin(CompletableFuture<?> future) {
        long begin = System.nanoTime();
        while (!future.isDone() && System.nanoTime() - begin < LONGEST) {
            Thread.yield();
        }
        return future.isDone();
    }
}
