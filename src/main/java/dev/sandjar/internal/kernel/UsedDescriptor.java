package dev.sandjar.internal.kernel;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Who uses a descriptor by its number. That is closed by the last who leaves: the next file to be opened gets the same number. Apart from
 * the stream whose end may close it. Thread-safe.
 */
public abstract class UsedDescriptor {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
    private boolean closing;

    /** Has whoever waits for the descriptor look again. */
    protected abstract void wake();

    /** Nobody uses it any more. */
    protected abstract void closeNow();

    /** Whether it is neither closed nor about to be. */
    public final boolean isOpen() {
        lock.lock();
        try {
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    /** False if it is closed or about to be. */
    public final boolean enter() {
        lock.lock();
        try {
            if (!closing) {
                users++;
            }
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    public final void leave() {
        lock.lock();
        try {
            users--;
            if (closing && users == 0) {
                closeNow();
            }
        } finally {
            lock.unlock();
        }
    }

    public final void close() {
        lock.lock();
        try {
            if (closing) {
                return;
            }
            closing = true;
            if (users == 0) {
                closeNow();
            } else {
                wake();
            }
        } finally {
            lock.unlock();
        }
    }
}
