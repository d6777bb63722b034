package dev.sandjar;

/**
 * Receives what a sandbox starts, for harnesses that clean up and report. It is called on the thread that starts or runs, and what it
 * throws goes to that caller. See {@link SandboxBuilder#listener}.
 */
public interface SandboxListener {
    /**
     * Receives a program that has been started, by {@link Sandbox#start} or {@link Sandbox#run}, and by nothing else.
     *
     * @param command what was asked for
     * @param process the process
     */
    default void started(Command command, SandboxProcess process) {}

    /**
     * Receives the result of a program that {@link Sandbox#run} has run to its end.
     *
     * @param result what it is about to return
     */
    default void finished(RunResult result) {}
}
