package dev.sandjar.internal.util;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a guest can make happen as often as it likes, and the log is to tell of, but not to be filled by: the first time, the second, the
 * fourth and so on. Thread-safe.
 */
public final class Recurrence {
    private final AtomicLong count = new AtomicLong();

    /** Has happened once more. How often by now, if that is to be logged; 0 otherwise. */
    public long again() {
        long times = count.incrementAndGet();
        return Long.bitCount(times) == 1 ? times : 0;
    }
}
