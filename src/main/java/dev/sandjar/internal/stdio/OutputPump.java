package dev.sandjar.internal.stdio;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a program's output to a file or an inherited descriptor, as far as a limit allows it. The copying goes on in the background
 * until nobody can write to the pipe any more, which may be after the program: what it has started may live on. It owns its
 * descriptors, by number, and uses them in one thread only.
 */
final class OutputPump {
    private static final Logger LOG = LoggerFactory.getLogger(OutputPump.class);
    private static final int CHUNK = 65536;
    private static final byte[] BYTE = {1};
    private static final int NOTHING = -1;

    private final Kernel kernel;
    private final String name;
    private final @Nullable String file;
    private final OutputLimit limit;
    private final int in;
    private final int out;
    private final int[] wake;
    private final CompletableFuture<Optional<SandboxException>> pumped = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;

    private OutputPump(
            Kernel kernel, String name, @Nullable String file, OutputLimit limit, int in, int out, int[] wake) {
        this.kernel = kernel;
        this.name = name;
        this.file = file;
        this.limit = limit;
        this.in = in;
        this.out = out;
        this.wake = wake;
    }

    /**
     * Not begun yet. The descriptors belong to the pump if one is returned, and are closed if not.
     *
     * @param file what {@code out} is, for messages; null if it is inherited
     * @param in a pipe's reading end
     */
    static OutputPump of(Kernel kernel, String name, @Nullable String file, OutputLimit limit, int in, int out)
            throws SandboxException {
        try {
            return new OutputPump(kernel, name, file, limit, in, out, Calls.pipe(kernel, "open " + name));
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(in);
            kernel.close(out);
            throw e;
        }
    }

    void begin() {
        IoThreads.background(this::run);
    }

    /**
     * To be called when the program has ended: completes as soon as everything that was in the pipe then, and is within the limit,
     * has been written, with what has kept the rest from being written, if anything has.
     */
    CompletableFuture<Optional<SandboxException>> finish() {
        lock.lock();
        try {
            if (!closed) {
                kernel.write(wake[1], BYTE, 0, 1);
            }
        } finally {
            lock.unlock();
        }
        return pumped;
    }

    /** Instead of {@link #begin()}. */
    void drop() {
        close();
        pumped.complete(Optional.empty());
    }

    private void run() {
        try {
            copy();
            pumped.complete(Optional.empty());
            if (limit.isPassed()) {
                awaitEnd();
            }
        } finally {
            close();
            pumped.complete(Optional.empty());
        }
    }

    private void copy() {
        byte[] buffer = new byte[CHUNK];
        int watched = wake[0];
        while (true) {
            int ready = kernel.pollTwo(in, Kernel.POLLIN, watched);
            if (ready < 0) {
                if (failed("poll", ready)) {
                    return;
                }
            } else if ((ready & 1) != 0) {
                int n = kernel.read(in, buffer, 0, CHUNK);
                if (n == 0 || (n < 0 && failed("read", n))) {
                    return;
                }
                if (n > 0 && !pass(buffer, n)) {
                    return;
                }
            } else if ((ready & 2) != 0) {
                pumped.complete(Optional.empty());
                watched = NOTHING;
            }
        }
    }

    /** False when there is nothing more to do. */
    private boolean pass(byte[] buffer, int read) {
        int allowed = limit.take(read);
        int done = 0;
        while (done < allowed) {
            int n = kernel.write(out, buffer, done, allowed - done);
            if (n >= 0) {
                done += n;
            } else if (Errno.EAGAIN.is(-n)) {
                kernel.pollTwo(out, Kernel.POLLOUT, NOTHING);
            } else if (failed("write", n)) {
                return false;
            }
        }
        return allowed == read;
    }

    /** The program shall die of the limit, and not before of a pipe without a reader. */
    private void awaitEnd() {
        int ready;
        do {
            ready = kernel.pollTwo(in, 0, NOTHING);
        } while (ready == 0 || Errno.EINTR.is(-ready));
    }

    /** Unless the call is to be repeated. The program learns of it as of any reader that ends: its next write fails. */
    private boolean failed(String call, int result) {
        if (Errno.EINTR.is(-result) || Errno.EAGAIN.is(-result)) {
            return false;
        }
        SandboxException failure = Calls.failure("pass on " + name, call, file, -result);
        // Whoever has the report of the program already doesn't hear of it otherwise.
        if (!pumped.complete(Optional.of(failure))) {
            LOG.warn("What a program has left behind goes on writing in vain: {}", failure.getMessage());
        }
        return true;
    }

    private void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                kernel.close(in);
                kernel.close(out);
                kernel.close(wake[0]);
                kernel.close(wake[1]);
            }
        } finally {
            lock.unlock();
        }
    }
}
