package dev.sandjar.plugin;

import dev.sandjar.internal.plugin.Plugins;

/**
 * A pool of workers that run an implementation which the host does not trust, and that the host calls by an interface of its own, the
 * contract. Each worker is a Java virtual machine, or the program of a {@link CommandPlugin}, in a {@link dev.sandjar.Sandbox} of its own.
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
 * <p>A contract is an interface that is neither sealed nor generic. Its methods may have primitives and their boxes, {@code String},
 * {@code byte[]}, enums, records, sealed interfaces of records, and {@code List}, {@code Set}, {@code Map} and {@code Optional} of
 * these; values may be null. Their parameters may also be what the plugin uses during the call: {@code InputStream}, {@code
 * OutputStream}, {@code Path} (a regular file that the host opens, of which the plugin gets a copy), and callbacks, which are
 * interfaces without type parameters whose methods have the types above. Any other type is refused by name. An exception that a method
 * declares is made again on the host from its message, and has the worker's stack trace in a suppressed {@link PluginException}; its
 * class needs a constructor with a String or without parameters, and may not be an {@link Error} nor {@link Throwable} itself.
 *
 * <p>The plugin sends neither classes nor objects: its bytes become values of the types that the contract names, within {@link
 * PluginLimits}. Any other failure of a call is a {@link PluginException}; a worker that crashed or violated the protocol is replaced.
 * What workers write to their standard output and error goes to the logger {@code dev.sandjar.plugin.output.} with the name of the
 * implementation, at the level INFO. After {@link #close()} calls throw {@link IllegalStateException}.
 *
 * <p>A worker serves one trust domain ({@link #get(Object)}) in its whole life. Thread-safe. Only Sandjar implements this interface.
 *
 * @param <T> the contract
 */
public interface PluginPool<T> extends AutoCloseable {
    /**
     * Begins a pool of Java virtual machines.
     *
     * @param contract the interface whose methods are called
     * @param implementation the name of a class on the plugin's {@linkplain PluginPoolBuilder#classPath class path} that implements the
     *     contract and has a constructor without parameters; only the worker looks for it
     * @param <T> the contract
     * @return a builder
     * @throws IllegalArgumentException if the interface is no contract, or has a type that no contract may have; the message names all
     *     of them
     */
    static <T> PluginPoolBuilder<T> builder(Class<T> contract, String implementation) {
        return Plugins.get().java(contract, implementation);
    }

    /**
     * Returns the plugin. Each call of a method takes a worker and gives it back.
     *
     * @return the same object at each call; thread-safe
     */
    T get();

    /**
     * Returns the plugin for one trust domain: a worker that has served one domain never serves another. Each call of a method takes a
     * worker and gives it back.
     *
     * @param domain stands for the party that calls are made for; two are the same domain if {@code equals} says so. The empty string
     *     is the domain of {@link #get()} and {@link #take()}
     * @return a new object; thread-safe
     */
    T get(Object domain);

    /**
     * Takes a worker for several calls, which may then rely on what earlier ones have left in it.
     *
     * @return the worker, which the caller closes
     * @throws PluginException if no worker is free within {@link PluginPoolBuilder#callTimeout}, none can be started, or the thread is
     *     interrupted
     * @throws IllegalStateException if the pool is closed
     */
    Plugin<T> take();

    /**
     * Takes a worker for several calls of one trust domain.
     *
     * @param domain the trust domain, as of {@link #get(Object)}
     * @return the worker, which the caller closes
     * @throws PluginException if no worker is free within {@link PluginPoolBuilder#callTimeout}, none can be started, or the thread is
     *     interrupted
     * @throws IllegalStateException if the pool is closed
     */
    Plugin<T> take(Object domain);

    /**
     * Returns how many workers there are, and how many calls there were.
     *
     * @return the counts of this moment
     */
    PluginStatistics statistics();

    /**
     * Ends the workers that are not in use, and the others as soon as their calls end or they are given back. Waits up to 10 seconds for
     * the former to end; an interrupt cuts the waiting short and stays set. Closing again only waits.
     */
    @Override
    void close();
}
