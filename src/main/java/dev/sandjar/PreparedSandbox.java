package dev.sandjar;

import java.io.IOException;
import java.time.Duration;

/**
 * A sandbox that is all set up and waits for its program; see {@link Sandbox#prepare()}. It runs one program. It ends when it is closed,
 * with its program, and with the host JVM. Thread-safe.
 */
public interface PreparedSandbox extends AutoCloseable {
    /**
     * The process that holds the sandbox, in whose namespaces the program will be. Only root may look at its {@code /proc/PID/ns}.
     *
     * @return its id on the host
     */
    long pid();

    /**
     * Whether the sandbox still waits for its program.
     *
     * @return false after {@link #start} and {@link #close}, and if somebody has killed it
     */
    boolean isWaiting();

    /**
     * Starts the program.
     *
     * @param command what belongs to this start
     * @return the running process; close it
     * @throws IllegalStateException if it was called before, or this is closed
     * @throws IllegalArgumentException if the command has an {@linkplain Command#input input}
     * @throws SandboxException if the program can't be executed, or the sandbox has ended; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    SandboxProcess start(Command command) throws IOException;

    /**
     * Starts a program beside the one that is still to come, confined as that one will be.
     *
     * @param command what to run
     * @return the running process; close it
     * @throws IllegalArgumentException if the command has an {@linkplain Command#input input}
     * @throws SandboxException if it can't be started, or the sandbox has ended
     * @throws IOException if a redirect's file can't be opened
     */
    SandboxProcess exec(Command command) throws IOException;

    /**
     * Runs a program beside the one that is still to come to its end, confined as that one will be.
     *
     * @param command what to run, with its input
     * @param timeout wall-clock time after which the sandbox is ended, with {@link Verdict#DESTROYED}; zero or negative ends it at once
     * @return how it ended, and the first MiB of each output
     * @throws IllegalArgumentException if the command has a pseudo-terminal, or a pipe as a further descriptor
     * @throws SandboxException if it can't be started, or the sandbox has ended
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the program is then killed
     */
    RunResult run(Command command, Duration timeout) throws IOException, InterruptedException;

    /** Ends the sandbox, unless its program was started, and waits until it is gone. */
    @Override
    void close();
}
