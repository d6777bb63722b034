package dev.sandjar.plugin;

import dev.sandjar.internal.plugin.Plugins;

/**
 * Calls an implementation that the host does not trust, by an interface that the host owns: in Java virtual machines of their own, each in
 * a {@link dev.sandjar.Sandbox}.
 *
 * <pre>{@code
 * interface Thumbnailer { byte[] scale(byte[] png, int width) throws BadImageException; }
 *
 * try (PluginPool<Thumbnailer> pool = PluginPool.builder(Thumbnailer.class, "com.acme.ThumbImpl")
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
 * <p>Thread-safe. A worker serves one trust domain only, in all its life. Only Sandjar implements it.
 *
 * @param <T> the contract
 */
public interface PluginPool<T> extends AutoCloseable {
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
    static <T> PluginPoolBuilder<T> builder(Class<T> contract, String implementation) {
        return Plugins.get().java(contract, implementation);
    }

    /**
     * The plugin. Each call takes a worker and gives it back.
     *
     * @return always the same object; thread-safe
     */
    T get();

    /**
     * The plugin, for one of several parties that must not meet: a worker that has served one never serves another.
     *
     * @param domain says whom calls are for, by {@code equals}
     * @return a new object; thread-safe
     */
    T get(Object domain);

    /**
     * Takes a worker for several calls, which may then rely on what earlier ones have left there.
     *
     * @return the worker; close it
     * @throws PluginException if none is to be had within the time for a call, or can't be started
     * @throws IllegalStateException if the pool is closed
     */
    Plugin<T> take();

    /**
     * Takes a worker for several calls of one party.
     *
     * @param domain see {@link #get(Object)}
     * @return the worker; close it
     * @throws PluginException if none is to be had within the time for a call, or can't be started
     * @throws IllegalStateException if the pool is closed
     */
    Plugin<T> take(Object domain);

    /**
     * What there is, and what has happened.
     *
     * @return counts of now
     */
    PluginStatistics statistics();

    /** Ends the workers that nobody uses, and the others when their calls end; waits for the former up to 10 seconds. */
    @Override
    void close();
}
