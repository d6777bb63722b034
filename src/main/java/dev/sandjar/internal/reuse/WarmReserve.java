package dev.sandjar.internal.reuse;

import dev.sandjar.internal.util.IoThreads;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The sandboxes that are kept warm although nobody has asked for a pool: from the second start of a policy on, until its starts have
 * been missing for some seconds. Thread-safe.
 */
public final class WarmReserve<T extends WarmSandbox> {
    /** Of all policies of this JVM together. */
    private static final int MOST = 32;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Set<WarmReserve<?>> WITH_SOME = ConcurrentHashMap.newKeySet();
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Reserve.Maker<T> maker;
    private final int size;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Reserve<T> reserve;
    private volatile long used;

    /** @param size how many; 0 for none */
    public WarmReserve(Reserve.Maker<T> maker, int size) {
        this.maker = maker;
        this.size = size;
    }

    /** One that is there, or is about to be; null if there is none. */
    public @Nullable T take() {
        used = System.nanoTime();
        Reserve<T> some = reserve;
        return some == null ? null : some.take();
    }

    /** To be called after each start but the first, which may be the only one: to have some for the next. */
    public void used() {
        Reserve<T> some = reserve;
        if (some == null && size > 0) {
            some = begin();
        }
        if (some != null) {
            some.refillSoon();
        }
    }

    private @Nullable Reserve<T> begin() {
        lock.lock();
        try {
            Reserve<T> some = reserve;
            if (some != null) {
                return some;
            }
            if (COUNT.addAndGet(size) > MOST) {
                COUNT.addAndGet(-size);
                return null;
            }
            some = new Reserve<>(maker, size);
            reserve = some;
            WITH_SOME.add(this);
            lookIn(IDLE_NANOS);
            return some;
        } finally {
            lock.unlock();
        }
    }

    private void lookIn(long nanos) {
        Future<?> unused = IoThreads.later(Duration.ofNanos(nanos), this::endIfIdle);
    }

    private void endIfIdle() {
        long idle = System.nanoTime() - used;
        if (idle >= IDLE_NANOS) {
            end();
        } else if (reserve != null) {
            lookIn(IDLE_NANOS - idle);
        }
    }

    /** Ends those that wait. */
    public void end() {
        lock.lock();
        try {
            Reserve<T> some = reserve;
            if (some == null) {
                return;
            }
            reserve = null;
            COUNT.addAndGet(-size);
            WITH_SOME.remove(this);
            some.close();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all that wait. */
    public static void endAll() {
        WITH_SOME.forEach(WarmReserve::end);
    }
}
