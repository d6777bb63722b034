package dev.sandjar.internal.plugin.worker;

import java.util.concurrent.locks.LockSupport;

/** Looks every now and then, while there are calls, whether one keeps the leader from reading. */
final class Watch extends Thread {
    private static final long TICK_NANOS = 1_000_000;
    private static final int QUIET_TICKS = 50;

    private final Worker worker;
    /** Guarded by the worker. */
    boolean parked;

    Watch(Worker worker) {
        super("plugin-watch");
        this.worker = worker;
        setDaemon(true);
    }

    @Override
    public void run() {
        long seen = -1;
        int quiet = 0;
        for (; ; ) {
            LockSupport.parkNanos(TICK_NANOS);
            long now = worker.look(seen);
            quiet = now == seen ? quiet + 1 : 0;
            seen = now;
            if (quiet > QUIET_TICKS) {
                quiet = 0;
                synchronized (worker) {
                    parked = true;
                }
                while (isParked()) {
                    LockSupport.park();
                }
            }
        }
    }

    private boolean isParked() {
        synchronized (worker) {
            return parked;
        }
    }
}
