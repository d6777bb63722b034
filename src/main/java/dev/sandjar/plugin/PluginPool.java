package dev.sandjar.plugin;

import dev.sandjar.internal.plugin.host.Worker;
import dev.sandjar.internal.plugin.host.WorkerSource;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Calls an implementation that the host does not trust, by an interface that the host owns: in Java virtual machines of their own, each in
 * a {@link dev.sandjar.Sandbox}.
 *
 * <pre>{@code
 * interface Thumbnailer { byte[] scale(byte[] png, int width) throws BadImageException; }
 *
 * try (PluginPool<Thumbnailer> pool = PluginPool.of(Thumbnailer.class, "com.acme.ThumbImpl")
 *         .classPath(jars).memoryLimit(DataSize.mebibytes(256)).warm(2).callTimeout(Duration.ofSeconds(5)).build()) {
 *     byte[] small = pool.get().scale(png, 128);
 * }
 * }</pre>
 *
 * <p>A contract may have primitives and their boxes, {@code String}, {@code byte[]}, enums, records, sealed interfaces of records, and
 * {@code List}, {@code Set}, {@code Map} and {@code Optional} of these; values may be null. As parameters of its own methods, it
 * may also have what a plugin may use during the call: {@code InputStream}, {@code OutputStream}, {@code Path} (a file that the host
 * opens, of which the plugin gets a copy), and callbacks: interfaces without type parameters whose methods have the types above. Any other
 * type is refused by name. Exceptions that a method declares are rebuilt from their message; their class needs a constructor
 * with a String or none.
 *
 * <p>No class name and no object comes from the plugin: bytes become values of the types that the contract names, within {@link
 * PluginLimits}. What goes wrong otherwise is a {@link PluginException}; a worker that crashed or lied is replaced.
 *
 * <p>Thread-safe. A worker serves one trust domain only, in all its life.
 *
 * @param <T> the contract
 */
public final class PluginPool<T> implements AutoCloseable {
    private static final Object NO_DOMAIN = "";

    private final Class<T> type;
    private final Contract contract;
    private final PoolSettings settings;
    private final Workers workers;
    private final LongAdder calls = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final T shared;

    PluginPool(Class<T> type, WorkerSource source, PoolSettings settings) {
        this.type = type;
        this.contract = source.contract();
        this.settings = settings;
        this.workers = new Workers(source, settings);
        this.shared = proxy(NO_DOMAIN);
        workers.refill();
    }

    /**
     * Begins a pool.
     *
     * @param contract the interface
     * @param implementation name of a class on the plugin's {@linkplain PluginPoolBuilder#classPath class path} that implements it
     *     and has a constructor without parameters; looked for in the worker only
     * @param <T> the contract
     * @return a builder
     * @throws IllegalArgumentException if the interface has a type that no contract may have; all of them are named
     */
    public static <T> PluginPoolBuilder<T> of(Class<T> contract, String implementation) {
        return new PluginPoolBuilder<>(contract, implementation, null);
    }

    /**
     * The plugin. Each call takes a worker and gives it back.
     *
     * @return always the same object; thread-safe
     */
    public T get() {
        return shared;
    }

    /**
     * The plugin, for one of several parties that must not meet: a worker that has served one never serves another.
     *
     * @param domain says whom calls are for, by {@code equals}
     * @return a new object; thread-safe
     */
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
            return call(worker, method, arguments, deadline);
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
            return worker.call(method, arguments, deadline);
        } catch (PluginException e) {
            failures.increment();
            throw e;
        }
    }

    /**
     * Takes a worker for several calls, which may then rely on what earlier ones have left there.
     *
     * @return the worker; close it
     * @throws PluginException if none is to be had within the time for a call, or can't be started
     * @throws IllegalStateException if the pool is closed
     */
    public Plugin<T> take() {
        return take(NO_DOMAIN);
    }

    /**
     * Takes a worker for several calls of one party.
     *
     * @param domain see {@link #get(Object)}
     * @return the worker; close it
     * @throws PluginException if none is to be had within the time for a call, or can't be started
     * @throws IllegalStateException if the pool is closed
     */
    public Plugin<T> take(Object domain) {
        Objects.requireNonNull(domain, "domain");
        return new Plugin<>(
                this, take(domain, System.nanoTime() + settings.callTimeout().toNanos()));
    }

    Duration callTimeout() {
        return settings.callTimeout();
    }

    T proxy(Plugin<T> plugin) {
        return PluginProxy.of(type, contract, type.getName() + " in a sandbox", plugin::call);
    }

    void give(Worker worker) {
        workers.give(worker);
    }

    /**
     * What there is, and what has happened.
     *
     * @return counts of now
     */
    public PluginStatistics statistics() {
        return workers.statistics(calls.sum(), failures.sum());
    }

    /** Ends the workers that nobody uses, and the others when their calls end; waits for the former up to 10 seconds. */
    @Override
    public void close() {
        workers.close();
    }

    @Override
    public String toString() {
        return "PluginPool[" + type.getName() + ", " + statistics() + "]";
    }
}
