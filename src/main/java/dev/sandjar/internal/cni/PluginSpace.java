package dev.sandjar.internal.cni;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import java.io.IOException;
import java.time.Duration;

/** Where plugins work, and how they are run there. Thread-safe. */
interface PluginSpace {
    /** Runs one to its end, with all that it has started. */
    RunResult run(Command command, Duration timeout) throws IOException;

    /** The same command, with the network namespace of a sandbox in its reach. */
    Command reaching(Command command, int namespace);

    /** By which path a plugin reaches that namespace: CNI_NETNS. */
    String path(int namespace);

    /** Where {@code host-local} is to keep leases of addresses; empty where the configuration says so. */
    String leases();
}
