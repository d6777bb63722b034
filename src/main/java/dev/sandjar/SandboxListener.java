package dev.sandjar;

/**
 * Receives what a sandbox starts, for harnesses that clean up and report. It is called on the thread that starts or runs, and what it
 * throws goes to that caller. See {@link SandboxBuilder#listener}.
 */
public interface SandboxListener {
    /**
     * A program has been started, by {@link Sandbox#start} or {@link Sandbox#run}.
     *
     * @param command what was asked for
     * @param process the process
     */
    default void started(Command command, SandboxProcess process) {}

    /**
     * {@link Sandbox#run} has come to its end.
     *
     * @param result what it is about to return
     */
    default void finished(RunResult result) {}
}
