package dev.sandjar.internal.network;

import dev.sandjar.internal.util.IoThreads;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers events of connections, one after the other, where it holds nobody up until a thousand wait. Thread-safe. */
public final class Events {
    private static final Logger LOG = LoggerFactory.getLogger(Events.class);
    private static final int WAITING_MAX = 1_000;

    private final Semaphore room = new Semaphore(WAITING_MAX);
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    /** Waits where too many wait already. */
    public void put(Runnable event) {
        room.acquireUninterruptibly();
        add(() -> {
            try {
                event.run();
            } finally {
                room.release();
            }
        });
    }

    /** Completes when all have been delivered. */
    public CompletableFuture<Void> delivered() {
        CompletableFuture<Void> last = new CompletableFuture<>();
        add(() -> last.complete(null));
        return last;
    }

    private void add(Runnable event) {
        lock.lock();
        try {
            waiting.add(event);
            if (running) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        IoThreads.background(this::work);
    }

    private void work() {
        for (Runnable event = next(); event != null; event = next()) {
            run(event);
        }
    }

    private static void run(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) {
            LOG.error("An event could not be told; the next ones are", e);
        }
    }

    private @Nullable Runnable next() {
        lock.lock();
        try {
            running = !waiting.isEmpty();
            return waiting.poll();
        } finally {
            lock.unlock();
        }
    }
}
