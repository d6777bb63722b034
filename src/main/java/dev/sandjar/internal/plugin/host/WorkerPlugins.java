package dev.sandjar.internal.plugin.host;

import dev.sandjar.Command;
import dev.sandjar.internal.plugin.Plugins;
import dev.sandjar.plugin.PluginPoolBuilder;

/** Plugins in workers: what begins pools of them. */
final class WorkerPlugins implements Plugins {
    @Override
    public <T> PluginPoolBuilder<T> java(Class<T> contract, String implementation) {
        return new PoolBuilder<>(contract, implementation, null);
    }

    @Override
    public <T> PluginPoolBuilder<T> command(Class<T> contract, Command command) {
        CommandWorkers.check(contract);
        return new PoolBuilder<>(
                contract,
                command.program(),
                (known, sandbox, limits) -> new CommandWorkers(known, command, sandbox, limits));
    }
}
