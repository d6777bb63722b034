package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The beginning of what a program writes that this process starts. A pipe without a name, by which somebody who shares a directory could
 * put another file in its place. The rest is read too and kept nowhere: however much it is, nobody who writes waits or fails, neither what
 * the program leaves behind. Thread-safe.
 */
public final class KeptBeginning implements AutoCloseable {
    private static final int CHUNK = 8192;

    private final Kernel kernel;
    private final String step;
    private final int most;
    private final ReentrantLock lock = new ReentrantLock();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final byte[] chunk = new byte[CHUNK];
    private final int reads;
    private final int writes;
    private boolean ended;

    /**
     * @param step what this is for
     * @param most how many bytes are kept
     */
    public KeptBeginning(String step, int most) throws SandboxException {
        this.kernel = Kernel.get();
        this.step = step;
        this.most = most;
        int[] ends = Calls.pipe(kernel, step);
        reads = ends[0];
        writes = ends[1];
        boolean done = false;
        try {
            Calls.check(kernel.fcntl(reads, Kernel.F_SETFL, Kernel.O_NONBLOCK), step, "fcntl", null);
            IoThreads.background(this::follow);
            done = true;
        } finally {
            if (!done) {
                kernel.close(reads);
                kernel.close(writes);
            }
        }
    }

    /** By which this process opens it for writing, until it is closed. */
    public Path path() {
        return Path.of("/proc/self/fd", Integer.toString(writes));
    }

    /** Until nobody can write any more. */
    private void follow() throws SandboxException {
        try {
            do {
                Calls.check(kernel.poll(reads, Kernel.POLLIN), step, "poll", null);
            } while (!readAll());
        } finally {
            lock.lock();
            try {
                ended = true;
                kernel.close(reads);
            } finally {
                lock.unlock();
            }
        }
    }

    /** What is there now; whether that is the end. */
    private boolean readAll() throws SandboxException {
        lock.lock();
        try {
            while (!ended) {
                int read = kernel.read(reads, chunk, 0, CHUNK);
                if (Errno.EAGAIN.is(-read)) {
                    return false;
                }
                Calls.check(read, step, "read", null);
                if (read == 0) {
                    return true;
                }
                kept.write(chunk, 0, Math.min(read, most - kept.size()));
                if (kept.size() == most) {
                    return false; // who writes without an end keeps nobody waiting
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The beginning of what has been written by now; bytes that are no UTF-8 are replaced. */
    public String text() throws SandboxException {
        lock.lock();
        try {
            boolean unused = readAll();
            return kept.toString(StandardCharsets.UTF_8);
        } finally {
            lock.unlock();
        }
    }

    /** Of this process; those who write go on. */
    @Override
    public void close() {
        kernel.close(writes);
    }
}
