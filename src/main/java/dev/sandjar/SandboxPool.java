package dev.sandjar;

import dev.sandjar.internal.IoThreads;
import dev.sandjar.internal.Nullable;
import dev.sandjar.launcher.PreparedSandbox;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sandboxes of one policy that wait for their programs; see {@link Sandbox#pool}. Where none waits, a start is one of {@link
 * Sandbox#start(Command)}: a pool makes starts faster, and limits nothing. Thread-safe.
 */
public final class SandboxPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SandboxPool.class);
    private static final int SIZE_MAX = 1_024;
    /** A program that lives longer is one beside which the next can be made. */
    private static final long SOON_MILLIS = 5;

    private static final DataSize CAPTURE = DataSize.mebibytes(64);

    private final Starter starter;
    private final int size;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<PreparedSandbox> waiting = new ArrayList<>();
    private boolean closed;

    private SandboxPool(Starter starter, int size) {
        this.starter = starter;
        this.size = size;
    }

    static SandboxPool of(Starter starter, int size) throws IOException {
        SandboxPool pool = new SandboxPool(starter, Checks.range("pool size", size, 1, SIZE_MAX));
        try {
            pool.fill();
            return pool;
        } catch (IOException | RuntimeException | Error e) {
            pool.close();
            throw e;
        }
    }

    /**
     * Starts a program in a sandbox that waits, or as {@link Sandbox#start(Command)} where none does.
     *
     * @param command what belongs to this start
     * @return the running process; close it
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    public SandboxProcess start(Command command) throws IOException {
        PreparedSandbox prepared = take();
        SandboxProcess process = prepared == null ? starter.start(command) : starter.go(prepared, command);
        // While this program runs there is time, unless starts come one upon another.
        if (waiting() <= size / 2) {
            refill();
        } else {
            CompletableFuture<?> unused = process.onReport()
                    .handle((report, failure) -> true)
                    .completeOnTimeout(true, SOON_MILLIS, TimeUnit.MILLISECONDS)
                    .thenRun(this::refill);
        }
        return process;
    }

    /**
     * Starts a program.
     *
     * @param command the program and its arguments
     * @return the running process; close it
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the launcher can't be reached
     */
    public SandboxProcess start(String... command) throws IOException {
        return start(Command.of(List.of(command)));
    }

    /**
     * Runs a program to its end, as {@link Sandbox#run(Command)} does.
     *
     * @param command what belongs to this start
     * @return how it ended, and the first 64 MiB of each output
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed, or has a terminal or descriptor that nobody would serve
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public RunResult run(Command command) throws IOException, InterruptedException {
        Runner.check(command);
        return Runner.run(start(command), command, (int) CAPTURE.toBytes());
    }

    /**
     * Runs a program to its end.
     *
     * @param command the program and its arguments
     * @return how it ended, and its output
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public RunResult run(String... command) throws IOException, InterruptedException {
        return run(Command.of(List.of(command)));
    }

    /**
     * How many are kept ready.
     *
     * @return as it was asked for
     */
    public int size() {
        return size;
    }

    /**
     * How many wait at the moment, all set up.
     *
     * @return 0 to {@link #size}
     */
    public int ready() {
        lock.lock();
        try {
            return (int) waiting.stream().filter(PreparedSandbox::isReady).count();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the sandboxes that wait. Programs that run are not touched. */
    @Override
    public void close() {
        List<PreparedSandbox> rest;
        lock.lock();
        try {
            closed = true;
            rest = List.copyOf(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        rest.forEach(PreparedSandbox::close);
    }

    private int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** The first that is all there, else the first that will be; null if there is none. */
    private @Nullable PreparedSandbox take() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the pool is closed");
            }
            waiting.removeIf(PreparedSandbox::isGone);
            for (boolean any : new boolean[] {false, true}) {
                for (Iterator<PreparedSandbox> i = waiting.iterator(); i.hasNext(); ) {
                    PreparedSandbox next = i.next();
                    if ((any || next.isReady()) && next.take()) {
                        i.remove();
                        return next;
                    }
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void refill() {
        Future<?> unused = IoThreads.submit(() -> {
            try {
                fill();
            } catch (IOException | RuntimeException e) {
                // The next start meets the same, and has somebody to tell.
                LOG.debug("The pool could not be filled", e);
            }
            return null;
        });
    }

    private void fill() throws IOException {
        lock.lock();
        try {
            waiting.removeIf(PreparedSandbox::isGone);
            while (!closed && waiting.size() < size) {
                waiting.add(starter.prepared());
            }
        } finally {
            lock.unlock();
        }
    }
}
