package dev.sandjar.plugin;

import dev.sandjar.ResourceUsage;
import java.io.IOException;

/**
 * One worker of a {@link PluginPool}, for as long as this is open. Thread-safe; calls of several threads are done at the same time, up to
 * {@link PluginLimits#inFlight}. Only Sandjar implements it.
 *
 * @param <T> the contract
 */
public interface Plugin<T> extends AutoCloseable {
    /**
     * The plugin itself. Its methods throw {@link IllegalStateException} when this is closed.
     *
     * @return always the same object
     */
    T get();

    /**
     * The worker's process.
     *
     * @return its id on the host
     */
    long pid();

    /**
     * What the worker has used so far.
     *
     * @return the usage of its sandbox
     * @throws IOException if it can't be read
     * @throws IllegalStateException if this is closed
     */
    ResourceUsage usage() throws IOException;

    /**
     * The worker's threads and their stacks, as its virtual machine prints them on SIGQUIT. A plugin that writes to its output
     * meanwhile appears in it, and may pretend anything.
     *
     * @return several lines, at most 4 MiB
     * @throws IOException if there is none within 10 seconds, which is always so for a plugin that is not Java
     * @throws IllegalStateException if this is closed
     */
    String threadDump() throws IOException;

    /**
     * What is on the worker's heap, by class, after a garbage collection.
     *
     * @return several lines, at most 4 MiB, as trustworthy as {@link #threadDump}
     * @throws IOException if there is none within 10 seconds, which is always so for a plugin that is not Java
     * @throws IllegalStateException if this is closed
     */
    String heapHistogram() throws IOException;

    /** Gives the worker back to its pool, which ends it if it was used up or something went wrong. */
    @Override
    void close();
}
