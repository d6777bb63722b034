package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.PluginException.Reason;
import dev.sandjar.plugin.PluginIsolation;
import dev.sandjar.plugin.PluginStatistics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers of one pool: who may have which, and when there are to be more or fewer. */
final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long TICK_LEAST_MILLIS = 20;
    private static final long TICK_MOST_MILLIS = 30_000;
    private static final long CLOSE_SECONDS = 10;

    private final WorkerSource source;
    private final PoolSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** The one that was used last is the last. */
    private final List<Worker> idle = new ArrayList<>();
    /** Idle, in use, coming to rest, being started, being ended. */
    private int total;

    private int starting;
    private int closing;
    private long started;
    private long replaced;
    private boolean ticking;
    private boolean closed;

    Workers(WorkerSource source, PoolSettings settings) {
        this.source = source;
        this.settings = settings;
    }

    /** A worker that has served nobody but {@code domain}. */
    Worker take(Object domain, long deadline) throws IOException {
        Worker taken;
        lock.lock();
        try {
            taken = takeIdle(domain, deadline);
            if (taken != null) {
                taken.domain = domain;
                taken.uses++;
            } else {
                starting++;
            }
        } finally {
            lock.unlock();
        }
        if (taken == null) {
            long begin = System.nanoTime();
            taken = start(domain);
            taken.startedIn(System.nanoTime() - begin);
        } else {
            taken.startedIn(0);
            if (taken.frozen) {
                thaw(taken);
            }
        }
        refill();
        return taken;
    }

    private void thaw(Worker worker) throws IOException {
        try {
            worker.thaw();
            worker.frozen = false;
        } catch (IOException | RuntimeException e) {
            lock.lock();
            try {
                replaced++;
                end(worker);
            } finally {
                lock.unlock();
            }
            throw e;
        }
    }

    /** Null if one may be started. */
    private @Nullable Worker takeIdle(Object domain, long deadline) {
        for (; ; ) {
            if (closed) {
                throw new IllegalStateException("the pool is closed");
            }
            Worker found = find(domain);
            if (found != null) {
                idle.remove(found);
                return found;
            }
            if (total < settings.maxWorkers()) {
                total++;
                return null;
            }
            if (!idle.isEmpty()) {
                // Of another domain: it makes room.
                end(idle.remove(0));
            }
            long left = deadline - System.nanoTime();
            try {
                if (left <= 0 || changed.awaitNanos(left) <= 0) {
                    throw failure(Reason.BUSY, "no worker was free in time, of " + settings.maxWorkers());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw failure(Reason.CANCELLED, "the calling thread was interrupted");
            }
        }
    }

    private static PluginException failure(Reason reason, String message) {
        return new PluginException(reason, message, null, null, null, null);
    }

    private @Nullable Worker find(Object domain) {
        Worker fresh = null;
        for (int i = idle.size() - 1; i >= 0; i--) {
            Worker each = idle.get(i);
            if (each.isBroken()) {
                continue; // about to be removed by its end
            }
            if (domain.equals(each.domain)) {
                return each;
            }
            if (each.domain == null && fresh == null) {
                fresh = each;
            }
        }
        return fresh;
    }

    /** For {@code domain}, or for nobody yet. */
    private Worker start(@Nullable Object domain) throws IOException {
        Worker worker = null;
        try {
            worker = source.start(settings.startTimeout());
            worker.domain = domain;
            worker.uses = domain == null ? 0 : 1;
            return worker;
        } finally {
            lock.lock();
            try {
                starting--;
                if (worker == null) {
                    total--;
                } else {
                    started++;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            if (worker != null) {
                Worker made = worker;
                worker.onEnd(() -> ended(made));
            }
        }
    }

    /** Of itself, while nobody used it: it is replaced. */
    private void ended(Worker worker) {
        boolean wasIdle;
        lock.lock();
        try {
            wasIdle = idle.remove(worker);
            if (wasIdle) {
                replaced++;
                end(worker);
            }
        } finally {
            lock.unlock();
        }
        if (wasIdle) {
            refill();
        }
    }

    /** After use. */
    void give(Worker worker) {
        lock.lock();
        try {
            if (closed || settings.isolation() == PluginIsolation.PER_CALL || worker.uses >= settings.maxUses()) {
                end(worker);
            } else if (worker.isReusable()) {
                keep(worker);
            } else if (worker.isBroken()) {
                replaced++;
                end(worker);
            } else {
                settle(worker);
            }
        } finally {
            lock.unlock();
        }
        refill();
    }

    private void keep(Worker worker) {
        worker.idleSince = System.nanoTime();
        idle.add(worker);
        changed.signal();
        tick();
    }

    /** It is still at a call that nobody waits for any more. */
    private void settle(Worker worker) {
        IoThreads.background(() -> {
            boolean calm = worker.settle(settings.cancelGrace());
            lock.lock();
            try {
                if (calm && !closed) {
                    keep(worker);
                } else {
                    replaced++;
                    end(worker);
                }
            } finally {
                lock.unlock();
            }
            refill();
        });
    }

    /** Off the path of whoever calls; its place is free when it is gone. With the lock held. */
    private void end(Worker worker) {
        closing++;
        IoThreads.background(() -> {
            try {
                worker.close();
            } finally {
                lock.lock();
                try {
                    closing--;
                    total--;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
                refill();
            }
        });
    }

    /** Starts what is to be kept ready, in the background. */
    void refill() {
        lock.lock();
        try {
            int ready = starting;
            for (Worker each : idle) {
                ready += each.domain == null ? 1 : 0;
            }
            while (!closed && ready < settings.warm() && total < settings.maxWorkers()) {
                ready++;
                total++;
                starting++;
                IoThreads.background(() -> {
                    makeReady();
                });
            }
        } finally {
            lock.unlock();
        }
    }

    private void makeReady() {
        try {
            Worker worker = start(null);
            lock.lock();
            try {
                if (closed) {
                    end(worker);
                } else {
                    keep(worker);
                }
            } finally {
                lock.unlock();
            }
        } catch (IOException | RuntimeException e) {
            // The next call meets the same, and has somebody to tell.
            LOG.debug("A worker could not be made ready", e);
        }
    }

    // ---- those that nobody uses

    private void tick() {
        if (ticking || closed) {
            return;
        }
        ticking = true;
        long idleMillis = settings.maxIdle().toMillis();
        long freezeMillis = settings.freezeAfter() == null
                ? idleMillis
                : settings.freezeAfter().toMillis();
        long millis = Math.max(TICK_LEAST_MILLIS, Math.min(TICK_MOST_MILLIS, Math.min(idleMillis, freezeMillis) / 2));
        Future<?> unused = IoThreads.later(Duration.ofMillis(millis), this::look);
    }

    private void look() {
        lock.lock();
        try {
            ticking = false;
            long now = System.nanoTime();
            int fresh = 0;
            for (Iterator<Worker> i = idle.iterator(); i.hasNext(); ) {
                Worker each = i.next();
                long quiet = now - each.idleSince;
                boolean keptReady = each.domain == null && ++fresh <= settings.warm();
                if (quiet > settings.maxIdle().toNanos() && !keptReady) {
                    i.remove();
                    end(each);
                } else if (settings.freezeAfter() != null
                        && quiet > settings.freezeAfter().toNanos()
                        && !each.frozen) {
                    freeze(each);
                }
            }
            if (!idle.isEmpty()) {
                tick();
            }
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held, so that nobody takes it meanwhile. */
    private static void freeze(Worker worker) {
        try {
            worker.frozen = worker.freeze();
        } catch (IOException e) {
            LOG.debug("Worker {} can't be frozen", worker.pid(), e);
        }
    }

    PluginStatistics statistics(long calls, long failures) {
        lock.lock();
        try {
            int frozen = 0;
            for (Worker each : idle) {
                frozen += each.frozen ? 1 : 0;
            }
            return new PluginStatistics(total - closing, idle.size(), frozen, started, calls, failures, replaced);
        } finally {
            lock.unlock();
        }
    }

    /** Ends those that nobody uses; the others are ended when they come back. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            idle.forEach(this::end);
            idle.clear();
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
            while (closing + starting > 0 && until - System.nanoTime() > 0) {
                changed.awaitNanos(until - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
