package dev.sandjar.internal.reuse;

import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warm sandboxes of one plan, which wait for their programs. Each is used once; one that dies while it waits is made again.
 * Thread-safe.
 */
public final class Reserve<T extends WarmSandbox> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reserve.class);
    private static final Duration SOON = Duration.ofNanos(500_000);
    /** What keeps dying is made again ever more slowly, eight seconds apart at last. */
    private static final int MOST_DOUBLINGS = 14;

    /** Makes those that are missing. */
    public interface Maker<T> {
        /** Returns before it is set up. */
        T make() throws IOException;

        /** Whether what was lost is made again although nobody has asked for one. */
        boolean isLasting();
    }

    private final Maker<T> maker;
    private final int size;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<T> waiting = new ArrayList<>();
    private boolean closed;
    /** Whether what was lost is about to be made again. */
    private final AtomicBoolean mending = new AtomicBoolean();
    /** Mended without one having been of use meanwhile. */
    private final AtomicInteger mended = new AtomicInteger();

    /** @param size how many are kept; none is there before it is filled */
    public Reserve(Maker<T> maker, int size) {
        this.maker = maker;
        this.size = size;
    }

    public int size() {
        return size;
    }

    /** How many are all there. */
    public int ready() {
        lock.lock();
        try {
            return (int) waiting.stream().filter(WarmSandbox::isReady).count();
        } finally {
            lock.unlock();
        }
    }

    public boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** The latest that is all there, else one that will be; null if there is none. */
    public @Nullable T take() {
        lock.lock();
        try {
            dropGone();
            for (boolean any : new boolean[] {false, true}) {
                // The latest, whose memory the processors still know.
                for (int i = waiting.size() - 1; i >= 0; i--) {
                    T next = waiting.get(i);
                    if ((any || next.isReady()) && next.take()) {
                        waiting.remove(i);
                        mended.set(0);
                        return next;
                    }
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** What has failed, or was killed, gives back what it holds. */
    private void dropGone() {
        waiting.removeIf(prepared -> {
            if (prepared.isGone()) {
                prepared.close();
                return true;
            }
            return false;
        });
    }

    /**
     * Makes what is missing, a moment later: who starts a program that ends at once needs the processors for that. At once where starts
     * come one upon another.
     */
    public void refillSoon() {
        if (waiting() == 0) {
            refill();
        } else {
            Future<?> unused = IoThreads.later(SOON, this::tryToFill);
        }
    }

    private int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void refill() {
        IoThreads.background(this::tryToFill);
    }

    private void tryToFill() {
        try {
            fill();
        } catch (IOException | RuntimeException e) {
            // The next start meets the same, and has somebody to tell.
            LOG.debug("No warm sandbox could be made", e);
        }
    }

    /** Asks for what is missing; returns before it is there. */
    public void fill() throws IOException {
        lock.lock();
        try {
            dropGone();
            while (!closed && waiting.size() < size) {
                T made = maker.make();
                waiting.add(made);
                made.onLoss(this::mendLater);
            }
        } finally {
            lock.unlock();
        }
    }

    /** One has died while it waited: nobody may come to start a program and see that. On the thread that all ends arrive on. */
    private void mendLater() {
        if (mending.compareAndSet(false, true)) {
            int doublings = Math.min(mended.getAndIncrement(), MOST_DOUBLINGS);
            Future<?> unused = IoThreads.later(SOON.multipliedBy(1L << doublings), this::mend);
        }
    }

    private void mend() {
        mending.set(false);
        if (maker.isLasting()) { // one that was ended is not started again for what nobody has asked for
            tryToFill();
        }
    }

    /** Ends those that wait. */
    @Override
    public void close() {
        List<T> rest;
        lock.lock();
        try {
            closed = true;
            rest = List.copyOf(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        rest.forEach(WarmSandbox::close);
    }
}
