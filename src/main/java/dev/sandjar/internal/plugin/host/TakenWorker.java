package dev.sandjar.internal.plugin.host;

import dev.sandjar.ResourceUsage;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.plugin.Plugin;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A worker that somebody has taken out of its pool. */
final class TakenWorker<T> implements Plugin<T> {
    private static final Duration DUMP_TIME = Duration.ofSeconds(10);

    private final WorkerPool<T> pool;
    private final Worker worker;
    private final T proxy;
    private final AtomicBoolean closed = new AtomicBoolean();

    TakenWorker(WorkerPool<T> pool, Worker worker) {
        this.pool = pool;
        this.worker = worker;
        this.proxy = pool.proxy(this);
    }

    @Override
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

    @Override
    public long pid() {
        return worker.pid();
    }

    @Override
    public ResourceUsage usage() throws IOException {
        checkOpen();
        return worker.usage();
    }

    @Override
    public String threadDump() throws IOException {
        checkOpen();
        return worker.threadDump(DUMP_TIME);
    }

    @Override
    public String heapHistogram() throws IOException {
        checkOpen();
        return worker.heapHistogram(DUMP_TIME);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            pool.give(worker);
        }
    }
}
