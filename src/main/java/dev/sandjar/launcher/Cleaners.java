package dev.sandjar.launcher;

import java.lang.ref.Cleaner;

/** The thread that gives back what belonged to objects that nobody holds any more. */
final class Cleaners {
    static final Cleaner CLEANER = Cleaner.create(Cleaners::thread);

    private Cleaners() {}

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(null, work, "sandjar-cleaner", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }
}
