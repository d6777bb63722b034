package dev.sandjar.internal.plugin.host;

import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.plugin.Plugin;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.plugin.PluginStatistics;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Calls by workers, and their count. */
final class WorkerPool<T> implements PluginPool<T> {
    /** Equal to none of a caller's. */
    private static final Object NO_DOMAIN = new Object();

    private final Class<T> type;
    private final Contract contract;
    private final PoolSettings settings;
    private final Workers workers;
    private final LongAdder calls = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final T shared;

    WorkerPool(Class<T> type, WorkerSource source, PoolSettings settings) {
        this.type = type;
        this.contract = source.contract();
        this.settings = settings;
        this.workers = new Workers(source, settings);
        this.shared = proxy(NO_DOMAIN);
        workers.refill();
    }

    @Override
    public T get() {
        return shared;
    }

    @Override
    public T get(Object domain) {
        return proxy(Objects.requireNonNull(domain, "domain"));
    }

    private T proxy(Object domain) {
        return PluginProxy.of(
                type,
                contract,
                type.getName() + " in a sandbox",
                (method, arguments) -> callOnce(domain, method, arguments));
    }

    private @Nullable Object callOnce(Object domain, ContractMethod method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        long deadline = System.nanoTime() + settings.callTimeout().toNanos();
        Worker worker = take(domain, deadline);
        try {
            return call(worker, method, arguments, deadline + worker.takeStartNanos());
        } finally {
            workers.give(worker);
        }
    }

    private Worker take(Object domain, long deadline) {
        try {
            return workers.take(domain, deadline);
        } catch (IOException e) {
            failures.increment();
            throw new PluginException(
                    PluginException.Reason.START_FAILED,
                    "a worker can't be started: " + e.getMessage(),
                    null,
                    null,
                    null,
                    e);
        } catch (PluginException e) {
            failures.increment();
            throw e;
        }
    }

    @Nullable
    Object call(Worker worker, ContractMethod method, @Nullable Object @Nullable [] arguments, long deadline)
            throws Throwable {
        calls.increment();
        try {
            return worker.call(method, arguments, deadline, settings.callTimeout());
        } catch (PluginException e) {
            failures.increment();
            throw e;
        }
    }

    @Override
    public Plugin<T> take() {
        return take(NO_DOMAIN);
    }

    @Override
    public Plugin<T> take(Object domain) {
        Objects.requireNonNull(domain, "domain");
        return new TakenWorker<>(
                this, take(domain, System.nanoTime() + settings.callTimeout().toNanos()));
    }

    Duration callTimeout() {
        return settings.callTimeout();
    }

    T proxy(TakenWorker<T> plugin) {
        return PluginProxy.of(type, contract, type.getName() + " in a sandbox", plugin::call);
    }

    void give(Worker worker) {
        workers.give(worker);
    }

    @Override
    public PluginStatistics statistics() {
        return workers.statistics(calls.sum(), failures.sum());
    }

    @Override
    public void close() {
        workers.close();
    }

    @Override
    public String toString() {
        return "PluginPool[" + type.getName() + ", " + statistics() + "]";
    }
}
