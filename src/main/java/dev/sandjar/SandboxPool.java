package dev.sandjar;

import java.io.IOException;

/**
 * Sandboxes of one policy that wait for their programs; see {@link Sandbox#pool}. Where none waits, a start is one of {@link
 * Sandbox#start(Command)}: a pool makes starts faster, and limits nothing. Thread-safe.
 */
public interface SandboxPool extends AutoCloseable {
    /**
     * Starts a program in a sandbox that waits, or as {@link Sandbox#start(Command)} where none does.
     *
     * @param command what belongs to this start
     * @return the running process; close it
     * @throws IllegalArgumentException if the command has an {@linkplain Command#input input}, which is for {@link #run(Command)}
     * @throws IllegalStateException if the pool is closed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    SandboxProcess start(Command command) throws IOException;

    /**
     * Starts a program, as {@link #start(Command)} does.
     *
     * @param command the program and its arguments
     * @return the running process; close it
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the launcher can't be reached
     */
    SandboxProcess start(String... command) throws IOException;

    /**
     * Runs a program to its end, as {@link Sandbox#run(Command)} does, but keeps more of its output.
     *
     * @param command what belongs to this start
     * @return how it ended, and the first 64 MiB of each output
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command has a pseudo-terminal, or a pipe as a further descriptor
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    RunResult run(Command command) throws IOException, InterruptedException;

    /**
     * Runs a program to its end, as {@link #run(Command)} does.
     *
     * @param command the program and its arguments
     * @return how it ended, and the first 64 MiB of each output
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    RunResult run(String... command) throws IOException, InterruptedException;

    /**
     * How many sandboxes are kept ready.
     *
     * @return what {@link Sandbox#pool} was given
     */
    int size();

    /**
     * How many sandboxes are set up and wait at the moment.
     *
     * @return 0 to {@link #size}
     */
    int ready();

    /** Ends the sandboxes that wait. Programs that run are not touched. */
    @Override
    void close();
}
