package dev.sandjar.launcher;

import java.lang.ref.Cleaner;

/** The thread that gives back what belonged to objects that nobody holds any more. */
public final class Cleaners {
    static final Cleaner CLEANER = Cleaner.create(Cleaners::thread);

    private Cleaners() {}

    /** Does something, which may not hold {@code owner}, once nobody holds that any more. */
    public static void register(Object owner, Runnable work) {
        CLEANER.register(owner, work);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(null, work, "sandjar-cleaner", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }
}
