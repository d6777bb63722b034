package dev.sandjar.internal.reuse;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts how often the mounts that this process sees have changed ({@code proc_pid_mountinfo(5)}, poll). There is one in a JVM, and it
 * keeps a descriptor. Thread-safe.
 */
public final class HostMounts {
    private static final byte[] TABLE = "/proc/self/mountinfo".getBytes(StandardCharsets.UTF_8);
    private static final int POLLPRI = 2;

    private final Kernel kernel;
    private final ReentrantLock lock = new ReentrantLock();
    private int table;
    private long count;

    public HostMounts(Kernel kernel) {
        this.kernel = kernel;
        this.table = kernel.open(TABLE, Kernel.O_RDONLY, 0);
    }

    public void close() {
        lock.lock();
        try {
            if (table >= 0) {
                kernel.close(table);
                table = -1;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A number that is another after each change; where nobody can tell, after each call. */
    long changes() {
        lock.lock();
        try {
            int events;
            do {
                events = table < 0 ? -1 : kernel.poll(table, POLLPRI, 0);
            } while (Errno.EINTR.is(-events));
            if (events != 0) {
                count++;
            }
            return count;
        } finally {
            lock.unlock();
        }
    }
}
