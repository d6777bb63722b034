package dev.sandjar.internal.util;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Threads that read and write streams of programs. They are daemons and end when there is nothing to do. */
public final class IoThreads {
    private static final Logger LOG = LoggerFactory.getLogger(IoThreads.class);
    private static final long IDLE_SECONDS = 2;
    private static final AtomicLong COUNT = new AtomicLong();
    // Unbounded, because two readers of one process that waited for each other's thread would be the deadlock to avoid.
    private static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), IoThreads::thread);

    // Not the JDK's common timer, whose thread would keep whoever first needed it, and so maybe a class loader, for
    // ever.
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private IoThreads() {}

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, IoThreads::thread);
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** Does it on one of these threads when so much time has passed; cancelling keeps it from being begun. */
    public static Future<?> later(Duration delay, Work work) {
        return TIMER.schedule(() -> background(work), nanos(delay), TimeUnit.NANOSECONDS);
    }

    /** As far as a long reaches, which is 292 years. */
    private static long nanos(Duration delay) {
        return TimeUnit.NANOSECONDS.convert(delay);
    }

    /** Completes the future with a value if nothing else has by then. */
    public static <T> CompletableFuture<T> orAfter(CompletableFuture<T> future, @Nullable T value, Duration delay) {
        if (!future.isDone()) {
            Future<?> timeout = later(delay, () -> future.complete(value));
            CompletableFuture<T> unused = future.whenComplete((result, failure) -> timeout.cancel(false));
        }
        return future;
    }

    public static <T> Future<T> submit(Callable<T> work) {
        return POOL.submit(work);
    }

    /** Work that may fail. */
    public interface Work {
        void run() throws Exception;
    }

    /** For what nobody waits for: it reports its failures itself, and one that it doesn't know of goes to the log. */
    @SuppressWarnings("CatchingUnchecked")
    public static void background(Work work) {
        POOL.execute(() -> {
            try {
                work.run();
            } catch (Exception | Error e) {
                LOG.error("Work in the background has failed", e);
            }
        });
    }

    private static Thread thread(Runnable work) {
        // No inherited thread locals, and not the context class loader of whoever caused it: the thread may outlive it.
        Thread thread = new Thread(null, work, "sandjar-io-" + COUNT.incrementAndGet(), 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }
}
