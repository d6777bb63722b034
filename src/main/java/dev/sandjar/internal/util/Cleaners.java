package dev.sandjar.internal.util;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that gives back what belonged to objects that nobody holds any more. Unlike that of a {@link java.lang.ref.Cleaner} it ends
 * as soon as there is no such object, since it would keep the class loader of this library.
 */
public final class Cleaners {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaners.class);
    private static final long LOOK_MILLIS = TimeUnit.SECONDS.toMillis(2);
    private static final ReferenceQueue<Object> COLLECTED = new ReferenceQueue<>();
    private static final Set<Cleaning> WAITING = ConcurrentHashMap.newKeySet();
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static boolean running;

    private Cleaners() {}

    /** Does something, which may not hold {@code owner}, once nobody holds that any more. */
    public static Cleaning register(Object owner, Runnable work) {
        Cleaning cleaning = new Cleaning(owner, work);
        WAITING.add(cleaning);
        LOCK.lock();
        try {
            if (!running) {
                thread().start();
                running = true;
            }
        } finally {
            LOCK.unlock();
        }
        return cleaning;
    }

    private static Thread thread() {
        Thread thread = new Thread(null, Cleaners::run, "sandjar-cleaner", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    private static void run() {
        boolean more = true;
        while (more) {
            try {
                Cleaning collected = (Cleaning) COLLECTED.remove(LOOK_MILLIS);
                if (collected != null) {
                    collected.clean();
                } else {
                    more = !ended();
                }
            } catch (InterruptedException | RuntimeException | Error e) {
                LOG.error("What belonged to an object that nobody holds could not be given back", e);
            }
        }
    }

    private static boolean ended() {
        LOCK.lock();
        try {
            running = !WAITING.isEmpty();
            return !running;
        } finally {
            LOCK.unlock();
        }
    }

    /** What is to be done once. */
    public static final class Cleaning extends PhantomReference<Object> {
        private final Runnable work;

        private Cleaning(@Nullable Object owner, Runnable work) {
            super(owner, COLLECTED);
            this.work = work;
        }

        /** Does it now, unless it is done. */
        public void clean() {
            if (WAITING.remove(this)) {
                clear();
                work.run();
            }
        }

        /** It has been done in another way. */
        public void forget() {
            WAITING.remove(this);
            clear();
        }
    }
}
