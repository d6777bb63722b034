package dev.sandjar.plugin;

import dev.sandjar.ResourceUsage;
import java.io.IOException;

/**
 * A worker that was taken out of a {@link PluginPool} and serves nobody else until it is closed. Thread-safe: calls of several threads
 * run at the same time, up to {@link PluginLimits#inFlight}. Only Sandjar implements this interface.
 *
 * @param <T> the contract
 */
public interface Plugin<T> extends AutoCloseable {
    /**
     * Returns the plugin in this worker. Its methods throw {@link IllegalStateException} after {@link #close()}, and {@link
     * PluginException} if a call fails.
     *
     * @return the same object at each call; thread-safe
     */
    T get();

    /**
     * Returns the process id of the worker's main process on the host.
     *
     * @return the process id, also after {@link #close()}
     */
    long pid();

    /**
     * Returns what the worker has used since its start, in earlier uses too.
     *
     * @return the usage of its sandbox, as of {@link dev.sandjar.SandboxProcess#usage()}
     * @throws IOException if the usage can't be read
     * @throws IllegalStateException if this is closed
     */
    ResourceUsage usage() throws IOException;

    /**
     * Returns the worker's threads and their stacks, as its virtual machine prints them on SIGQUIT. What the plugin writes to its output
     * meanwhile appears among them, so that it can pretend anything. This is for plugins in Java: another program might end of the signal
     * ({@code signal(7)}), and does not get it.
     *
     * @return several lines, about 4 MiB at most; control characters are escaped
     * @throws IOException if the worker did not answer within 10 seconds, or the thread was interrupted, which it still is then
     * @throws UnsupportedOperationException if the plugin is a {@link CommandPlugin}
     * @throws IllegalStateException if this is closed
     */
    String threadDump() throws IOException;

    /**
     * Returns how many objects of each class are on the worker's heap, and their size in bytes, after a garbage collection. What {@link
     * #threadDump} says of other programs and of trust holds here too.
     *
     * @return several lines, about 4 MiB at most; control characters are escaped
     * @throws IOException if the worker printed none, or did not answer within 10 seconds, or the thread was interrupted, which it
     *     still is then
     * @throws UnsupportedOperationException if the plugin is a {@link CommandPlugin}
     * @throws IllegalStateException if this is closed
     */
    String heapHistogram() throws IOException;

    /**
     * Gives the worker back to its pool, which ends it after {@link PluginPoolBuilder#maxUses}, with {@link PluginIsolation#PER_CALL},
     * or if it has failed or does not come to rest. Closing again does nothing.
     */
    @Override
    void close();
}
