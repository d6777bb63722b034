package dev.sandjar.internal.stdio;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the readers of a program's output may still pass on, all of them together. Used by several threads: whoever has read
 * something takes what of it is within the limit.
 */
public final class OutputLimit {
    private final ReentrantLock lock = new ReentrantLock();
    private long left;
    private boolean passed;
    private boolean exceeded;
    private @Nullable Runnable action;

    /** @param bytes 0 allows no output at all */
    public OutputLimit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("an output limit of " + bytes + " bytes");
        }
        left = bytes;
    }

    /** What to do, once, when a byte beyond the limit comes; at once if that has been. Runs in a reader's thread. */
    public void onExceeded(Runnable toDo) {
        lock.lock();
        try {
            if (!exceeded) {
                action = toDo;
                return;
            }
        } finally {
            lock.unlock();
        }
        toDo.run();
    }

    /** Whether there was, or is to be read, a byte beyond the limit. */
    public boolean isExceeded() {
        lock.lock();
        try {
            return exceeded;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a reader has come upon a byte beyond the limit, so that there is nothing more for any of them. */
    boolean isPassed() {
        lock.lock();
        try {
            return passed;
        } finally {
            lock.unlock();
        }
    }

    /** How many more bytes are within the limit. */
    long left() {
        lock.lock();
        try {
            return passed ? 0 : left;
        } finally {
            lock.unlock();
        }
    }

    /** How many of the bytes that have been read may be passed on. If that is fewer, nobody may pass on any more. */
    int take(int read) {
        int taken;
        Runnable toDo = OutputLimit::nothing;
        lock.lock();
        try {
            taken = passed ? 0 : (int) Math.min(read, left);
            left -= taken;
            if (taken < read) {
                passed = true;
                toDo = exceed();
            }
        } finally {
            lock.unlock();
        }
        toDo.run();
        return taken;
    }

    /** So many bytes are still to be read; those within the limit may be. */
    void expect(long unread) {
        Runnable toDo = OutputLimit::nothing;
        lock.lock();
        try {
            if (unread > left) {
                toDo = exceed();
            }
        } finally {
            lock.unlock();
        }
        toDo.run();
    }

    private Runnable exceed() {
        exceeded = true;
        Runnable toDo = action;
        action = null;
        return toDo == null ? OutputLimit::nothing : toDo;
    }

    private static void nothing() {}
}
