package dev.sandjar.internal.kernel;

import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Uninterruptibles;
import dev.sandjar.internal.util.VirtualThreads;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for descriptors without holding on to what carries a virtual thread: one thread waits for all of them, and the virtual ones
 * are parked meanwhile. Platform threads wait in the kernel, each by itself. Thread-safe; one waits for a descriptor at a time, and
 * nobody may close it until that one is back.
 */
public final class Poller {
    private static final int IDLE_MILLIS = 2_000;
    private static final int BATCH = 64;
    private static final Poller SHARED = new Poller();

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Integer, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();
    /** Guarded by the lock, under which it is made and closed; -1 while there is no thread. */
    private int epoll = -1;

    private Poller() {}

    /** Returns when the descriptor is ready for {@code events}, at its end, or {@link #wake woken}; maybe also for no reason. */
    public static void await(Kernel kernel, int fd, int events) {
        await(kernel, fd, events, () -> false);
    }

    /** @param enough whether to wait no more, which a virtual thread is told by {@link #wake} to ask again */
    public static void await(Kernel kernel, int fd, int events, BooleanSupplier enough) {
        if (VirtualThreads.isCurrent()) {
            SHARED.park(kernel, fd, events, enough, null);
        } else {
            kernel.poll(fd, events);
        }
    }

    /** The same for so long at most. */
    public static void await(Kernel kernel, int fd, int events, int milliseconds) {
        if (milliseconds > 0 && VirtualThreads.isCurrent()) {
            SHARED.park(kernel, fd, events, () -> false, Duration.ofMillis(milliseconds));
        } else {
            kernel.poll(fd, events, milliseconds);
        }
    }

    /** Whether the descriptor is ready for {@code events}, or at its end, within so long: at most 24 days. */
    public static boolean within(Kernel kernel, int fd, int events, Duration patience) {
        if (!VirtualThreads.isCurrent()) {
            return kernel.poll(fd, events, (int) patience.toMillis()) != 0;
        }
        long end = System.nanoTime() + patience.toNanos();
        while (kernel.poll(fd, events, 0) == 0) {
            long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
            if (left <= 0) {
                return false;
            }
            await(kernel, fd, events, (int) left);
        }
        return true;
    }

    /** Lets the virtual thread go that waits for this descriptor, if there is one. */
    public static void wake(int fd) {
        CompletableFuture<Void> waiter = SHARED.waiting.get(fd);
        if (waiter != null) {
            waiter.complete(null);
        }
    }

    private void park(Kernel kernel, int fd, int events, BooleanSupplier enough, @Nullable Duration patience) {
        CompletableFuture<Void> ready = new CompletableFuture<>();
        waiting.put(fd, ready);
        try {
            if (enough.getAsBoolean()) {
                return;
            }
            if (!register(kernel, fd, events)) {
                // Without an epoll instance, which takes a descriptor, a thread waits for this one alone.
                int millis = patience == null ? -1 : (int) patience.toMillis();
                IoThreads.background(() -> {
                    kernel.poll(fd, events, millis);
                    ready.complete(null);
                });
                ready.join();
            } else if (patience == null) {
                ready.join();
            } else {
                Uninterruptibles.join(ready, patience);
            }
        } finally {
            unregister(kernel, fd);
        }
    }

    private boolean register(Kernel kernel, int fd, int events) {
        lock.lock();
        try {
            if (epoll < 0) {
                epoll = kernel.epollCreate();
                if (epoll < 0) {
                    return false;
                }
                IoThreads.background(() -> run(kernel));
            }
            return kernel.epollControl(epoll, Kernel.EPOLL_CTL_ADD, fd, events | Kernel.EPOLLONESHOT) >= 0;
        } finally {
            lock.unlock();
        }
    }

    private void unregister(Kernel kernel, int fd) {
        lock.lock();
        try {
            waiting.remove(fd);
            if (epoll >= 0) {
                kernel.epollControl(epoll, Kernel.EPOLL_CTL_DEL, fd, 0);
            }
        } finally {
            lock.unlock();
        }
    }

    private void run(Kernel kernel) {
        int[] ready = new int[BATCH];
        int from = epoll;
        while (true) {
            int n = kernel.epollWait(from, ready, IDLE_MILLIS);
            for (int i = 0; i < n; i++) {
                wake(ready[i]);
            }
            if (n == 0 && endIfIdle(kernel)) {
                return;
            }
            if (n < 0 && !Errno.EINTR.is(-n)) {
                throw new IllegalStateException("epoll_wait: " + Errno.describe(-n));
            }
        }
    }

    private boolean endIfIdle(Kernel kernel) {
        lock.lock();
        try {
            if (!waiting.isEmpty()) {
                return false;
            }
            kernel.close(epoll);
            epoll = -1;
            return true;
        } finally {
            lock.unlock();
        }
    }
}
