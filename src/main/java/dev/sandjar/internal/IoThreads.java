package dev.sandjar.internal;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

    private IoThreads() {}

    public static <T> Future<T> submit(Callable<T> work) {
        return POOL.submit(work);
    }

    /** Work that may fail. */
    public interface Work {
        void run() throws Exception;
    }

    /** For what nobody waits for: it tells of its failures itself, and one that it doesn't know of is told to the log. */
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

    /** As an executor for what has no result. */
    public static void submitRunnable(Runnable work) {
        POOL.execute(work);
    }

    private static Thread thread(Runnable work) {
        // No inherited thread locals and no context class loader: the thread may outlive whoever caused it.
        Thread thread = new Thread(null, work, "sandjar-io-" + COUNT.incrementAndGet(), 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }
}
