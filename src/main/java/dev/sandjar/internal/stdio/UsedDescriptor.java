package dev.sandjar.internal.stdio;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Who uses a descriptor by its number. That is closed by the last who leaves: the next file to be opened gets the same number. Apart from
 * the stream whose end may close it. Thread-safe.
 */
abstract class UsedDescriptor {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
    private boolean closing;

    /** Has whoever waits for the descriptor look again. */
    abstract void wake();

    /** Nobody uses it any more. */
    abstract void closeNow();

    /** False if it is closed or about to be. */
    final boolean enter() {
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

    final void leave() {
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

    final void close() {
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
