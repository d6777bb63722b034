package dev.sandjar.internal.process;

import dev.sandjar.internal.util.IoThreads;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives things to a user's code, one after the other, on a thread where it holds nobody up. */
final class Serial<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Serial.class);

    private final Consumer<? super T> listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<T> waiting = new ArrayDeque<>();
    private boolean running;
    private boolean failed;

    Serial(Consumer<? super T> listener) {
        this.listener = listener;
    }

    void put(T item) {
        lock.lock();
        try {
            if (failed) {
                return;
            }
            waiting.add(item);
            if (running) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        IoThreads.background(() -> {
            work();
        });
    }

    private void work() {
        for (; ; ) {
            T item;
            lock.lock();
            try {
                if (waiting.isEmpty()) {
                    running = false;
                    return;
                }
                item = waiting.remove();
            } finally {
                lock.unlock();
            }
            if (!given(item)) {
                return;
            }
        }
    }

    private boolean given(T item) {
        try {
            listener.accept(item);
            return true;
        } catch (RuntimeException | Error e) {
            LOG.error("A listener has failed; it gets no more events", e);
            lock.lock();
            try {
                failed = true;
                waiting.clear();
            } finally {
                lock.unlock();
            }
            return false;
        }
    }
}
