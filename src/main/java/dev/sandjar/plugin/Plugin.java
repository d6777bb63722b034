package dev.sandjar.plugin;

import dev.sandjar.ResourceUsage;
import dev.sandjar.internal.plugin.host.Worker;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One worker of a {@link PluginPool}, for as long as this is open. Thread-safe; calls of several threads are done at the same time, up to
 * {@link PluginLimits#inFlight}.
 *
 * @param <T> the contract
 */
public final class Plugin<T> implements AutoCloseable {
    private static final Duration DUMP_TIME = Duration.ofSeconds(10);

    private final PluginPool<T> pool;
    private final Worker worker;
    private final T proxy;
    private final AtomicBoolean closed = new AtomicBoolean();

    Plugin(PluginPool<T> pool, Worker worker) {
        this.pool = pool;
        this.worker = worker;
        this.proxy = pool.proxy(this);
    }

    /**
     * The plugin itself. Its methods throw {@link IllegalStateException} when this is closed.
     *
     * @return always the same object
     */
    public T get() {
        return proxy;
    }

    @Nullable
    Object call(ContractMethod method, @Nullable Object @Nullable [] arguments) throws Throwable {
        checkOpen();
        return pool.call(
                worker,
                method,
                arguments,
                System.nanoTime() + pool.callTimeout().toNanos());
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("this plugin was closed");
        }
    }

    /**
     * The worker's process.
     *
     * @return its id on the host
     */
    public long pid() {
        return worker.pid();
    }

    /**
     * What the worker has used so far.
     *
     * @return the usage of its sandbox
     * @throws IOException if it can't be read
     * @throws IllegalStateException if this is closed
     */
    public ResourceUsage usage() throws IOException {
        checkOpen();
        return worker.usage();
    }

    /**
     * The worker's threads and their stacks, as its virtual machine prints them on SIGQUIT. A plugin that writes to its output
     * meanwhile appears in it, and may pretend anything.
     *
     * @return several lines, at most 4 MiB
     * @throws IOException if there is none within 10 seconds, which is always so for a plugin that is not Java
     * @throws IllegalStateException if this is closed
     */
    public String threadDump() throws IOException {
        checkOpen();
        return worker.threadDump(DUMP_TIME);
    }

    /**
     * What is on the worker's heap, by class, after a garbage collection.
     *
     * @return several lines, at most 4 MiB, as trustworthy as {@link #threadDump}
     * @throws IOException if there is none within 10 seconds, which is always so for a plugin that is not Java
     * @throws IllegalStateException if this is closed
     */
    public String heapHistogram() throws IOException {
        checkOpen();
        return worker.heapHistogram(DUMP_TIME);
    }

    /** Gives the worker back to its pool, which ends it if it was used up or something went wrong. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            pool.give(worker);
        }
    }
}
