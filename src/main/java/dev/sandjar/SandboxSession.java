package dev.sandjar;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * One sandbox for many commands; see {@link Sandbox#session()}. Programs that a command leaves behind run on, and {@code /workspace}, the
 * working directory, keeps its files. All of them share the limits of cgroups. What a {@link RunBounds} counts is of starts: of a session
 * the timeout alone holds, for each {@link #run}; CPU time and output are not bounded but by what {@code run} keeps. The sandbox is set up
 * by the first command, and anew by the first after it has ended, with the files that are there. Thread-safe.
 */
public interface SandboxSession extends AutoCloseable {
    /**
     * Starts a program, which runs on when this returns.
     *
     * @param command what to run; {@linkplain #env variables} and {@linkplain #directory(String) directory} of the session hold where it
     *     says nothing else
     * @return the running process; closing it ends that program alone
     * @throws IllegalStateException if the session is closed
     * @throws IllegalArgumentException if the command has an {@linkplain Command#input input}, which is for {@link #run(Command)}, or
     *     bounds of its own
     * @throws UnsupportedIsolationException if this host can't give what was asked for; nothing ran
     * @throws SandboxException if it can't be started
     * @throws IOException if a redirect's file can't be opened
     * @throws InterruptedException if the thread is interrupted while the sandbox is set up
     */
    SandboxProcess exec(Command command) throws IOException, InterruptedException;

    /**
     * Runs a program to its end and until its output is closed, within the timeout of the sandbox, as {@link #run(Command, Duration)} does.
     *
     * @param command what to run, with its input
     * @return how it ended, and the first MiB of each output
     * @throws IllegalStateException if the session is closed
     * @throws IllegalArgumentException if the command has a pseudo-terminal, a pipe as a further descriptor, or bounds of its own
     * @throws SandboxException if it can't be started
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the program is then killed
     */
    RunResult run(Command command) throws IOException, InterruptedException;

    /**
     * Runs a program to its end, as {@link #run(Command)} does.
     *
     * @param command the program and its arguments
     * @return how it ended, and the first MiB of each output
     * @throws IllegalStateException if the session is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if it can't be started
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the program is then killed
     */
    RunResult run(String... command) throws IOException, InterruptedException;

    /**
     * Runs a program to its end and until its output is closed.
     *
     * @param command what to run, with its input
     * @param timeout wall-clock time after which the sandbox is ended with all that runs in it, with {@link Verdict#DESTROYED}; zero or
     *     negative ends it at once. Files stay
     * @return how it ended, and the first MiB of each output
     * @throws IllegalStateException if the session is closed
     * @throws IllegalArgumentException if the command has a pseudo-terminal, a pipe as a further descriptor, or bounds of its own
     * @throws SandboxException if it can't be started
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the program is then killed
     */
    RunResult run(Command command, Duration timeout) throws IOException, InterruptedException;

    /**
     * Runs a program to its end on another thread, as {@link #run(Command)} does. Whatever completes the future first, {@code cancel} or
     * another, ends the sandbox with all that runs in it; files stay.
     *
     * @param command what to run, with its input
     * @return a future that completes on a thread of Sandjar's, which work of some length is not for, with the result or with what {@link
     *     #run(Command)} throws
     */
    CompletableFuture<RunResult> runAsync(Command command);

    /**
     * The files below {@code /workspace}.
     *
     * @return what reads and writes them from outside, whether or not something runs
     */
    SessionFiles files();

    /**
     * Sets variables of the environment that later commands have, beside those of the sandbox.
     *
     * @param variables names and values; they are added to those of before, or replace them
     * @throws IllegalStateException if the session is closed
     * @throws IllegalArgumentException as {@link Command#env(String, String)}
     */
    void env(Map<String, String> variables);

    /**
     * Sets the working directory of later commands, in place of {@code /workspace}.
     *
     * @param path an absolute path inside
     * @throws IllegalStateException if the session is closed
     * @throws IllegalArgumentException as {@link Command#directory(String)}
     */
    void directory(String path);

    /**
     * Ends all programs, and takes files, variables and the working directory back to what they were at the beginning.
     *
     * @throws IllegalStateException if the session is closed
     * @throws IOException if a file can't be removed
     */
    void reset() throws IOException;

    /**
     * Whether commands can be run.
     *
     * @return false once it was closed, or has been idle for too long
     */
    boolean isOpen();

    /** Ends all programs, waits until they are gone, and removes the files. What can't be removed is said in the log, and tried again. */
    @Override
    void close() throws IOException;
}
