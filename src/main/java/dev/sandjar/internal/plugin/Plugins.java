package dev.sandjar.internal.plugin;

import dev.sandjar.Command;
import dev.sandjar.internal.util.Implementation;
import dev.sandjar.plugin.PluginPoolBuilder;

/** The one door from plugins as they are asked for to what starts and calls them. Thread-safe. */
public interface Plugins {
    /** Those of this library: found by name, so that nothing of the contract depends on them. */
    static Plugins get() {
        return Found.PLUGINS;
    }

    /** Begins a pool of virtual machines that have a class of this name. */
    <T> PluginPoolBuilder<T> java(Class<T> contract, String implementation);

    /** Begins a pool of programs that speak JSON. */
    <T> PluginPoolBuilder<T> command(Class<T> contract, Command command);

    /** Holds them once they are found. */
    final class Found {
        private static final Plugins PLUGINS =
                Implementation.of(Plugins.class, "dev.sandjar.internal.plugin.host.WorkerPlugins");

        private Found() {}
    }
}
