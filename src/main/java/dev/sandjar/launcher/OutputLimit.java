package dev.sandjar.launcher;

import dev.sandjar.internal.Nullable;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many bytes the readers of a program's output may still pass on, all of them together. Used by several threads: whoever has read
 * something takes what of it is within the limit.
 */
final class OutputLimit {
    private final ReentrantLock lock = new ReentrantLock();
    private long left;
    private volatile boolean exceeded;
    private @Nullable Runnable action;

    /** @param bytes 0 allows no output at all */
    OutputLimit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("an output limit of " + bytes + " bytes");
        }
        left = bytes;
    }

    /** What to do, once, when a byte beyond the limit comes; at once if that has been. Runs in a reader's thread. */
    void onExceeded(Runnable toDo) {
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

    boolean isExceeded() {
        return exceeded;
    }

    /** How many more bytes are within the limit. */
    long left() {
        lock.lock();
        try {
            return left;
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many of the bytes that have been read may be passed on. If that is fewer, the limit is exceeded and nothing more may be
     * passed on by anybody.
     */
    int take(int read) {
        int taken;
        Runnable toDo = null;
        lock.lock();
        try {
            taken = exceeded ? 0 : (int) Math.min(read, left);
            left -= taken;
            if (taken < read && !exceeded) {
                exceeded = true;
                toDo = action;
                action = null;
            }
        } finally {
            lock.unlock();
        }
        if (toDo != null) {
            toDo.run();
        }
        return taken;
    }
}
