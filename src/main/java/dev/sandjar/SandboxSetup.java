package dev.sandjar;

import java.io.IOException;
import java.time.Duration;

/**
 * A sandbox in the middle of its set-up: namespaces, mounts, network and cgroups are there, but the root is still the host's. It can be
 * used only while {@link Listener#beforeRootChanges} runs. Thread-safe.
 */
public interface SandboxSetup {
    /** Receives a sandbox in the middle of its set-up. */
    @FunctionalInterface
    interface Listener {
        /**
         * Is called once, when everything is there but the new root has not become the root yet.
         *
         * @param setup the sandbox, so far
         * @throws IOException ends the sandbox, and comes out of {@link Sandbox#prepare(Listener)}
         * @throws InterruptedException ends the sandbox, and comes out of {@link Sandbox#prepare(Listener)}
         */
        void beforeRootChanges(SandboxSetup setup) throws IOException, InterruptedException;
    }

    /**
     * The process that holds the sandbox, whose {@code /proc/PID/ns} has its namespaces.
     *
     * @return its id on the host
     */
    long pid();

    /**
     * Runs a program of the host in the namespaces of the sandbox to its end, with all the rights that the set-up itself has there: no
     * capability is dropped, no filter is on, and the files of the host are there. The new root is mounted over it, where {@code
     * pivot_root(2)} finds it. It gets the variables of the command alone, and begins in "/".
     *
     * @param command a path of the host, its arguments, environment and input
     * @param timeout wall-clock time after which the sandbox is ended, with {@link Verdict#DESTROYED}; zero or negative ends it at once
     * @return how it ended, and the first MiB of each output
     * @throws IllegalArgumentException if the command has a pseudo-terminal, or a pipe as a further descriptor
     * @throws SandboxException if it can't be started
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the program is then killed
     */
    RunResult runUnconfined(Command command, Duration timeout) throws IOException, InterruptedException;
}
