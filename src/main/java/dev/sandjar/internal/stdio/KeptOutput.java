package dev.sandjar.internal.stdio;

import java.util.concurrent.atomic.AtomicLong;

/** What one program has left to be read when it ended, as part of what all together may keep in memory. Thread-safe. */
final class KeptOutput {
    /** Beyond it a pipe or a terminal itself keeps it. */
    private static final long MOST = 64L << 20;

    private static final AtomicLong ALL = new AtomicLong();

    private final AtomicLong kept = new AtomicLong();

    /** False if there is no room for so much more. */
    boolean keep(int bytes) {
        if (ALL.addAndGet(bytes) > MOST) {
            ALL.addAndGet(-bytes);
            return false;
        }
        kept.addAndGet(bytes);
        return true;
    }

    boolean isEmpty() {
        return kept.get() == 0;
    }

    void letGo() {
        ALL.addAndGet(-kept.getAndSet(0));
    }
}
