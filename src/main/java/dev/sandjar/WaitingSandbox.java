package dev.sandjar;

import dev.sandjar.internal.launcher.PreparedSandbox;
import java.io.IOException;
import java.time.Duration;

/**
 * A sandbox that is all set up and waits for its program; see {@link Sandbox#prepare()}. It runs one. It ends when it is closed, with its
 * program, and with the host JVM. Thread-safe.
 */
public final class WaitingSandbox implements AutoCloseable {
    private final Starter starter;
    private final PreparedSandbox prepared;
    private final long pid;

    WaitingSandbox(Starter starter, PreparedSandbox prepared, long pid) {
        this.starter = starter;
        this.prepared = prepared;
        this.pid = pid;
    }

    /**
     * The process that holds the sandbox, in whose namespaces the program will be. Only root may look at its {@code /proc/PID/ns}.
     *
     * @return its id on the host
     */
    public long pid() {
        return pid;
    }

    /**
     * Whether it still waits.
     *
     * @return false after {@link #start} and {@link #close}, and if somebody has killed it
     */
    public boolean isWaiting() {
        return !prepared.isGone();
    }

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
    public SandboxProcess start(Command command) throws IOException {
        if (command.hasInput()) {
            throw new IllegalArgumentException("input(...) is for run(); write to getOutputStream()");
        }
        if (!prepared.take()) {
            throw new IllegalStateException("its program was started already, or it is closed");
        }
        return starter.goOnly(prepared, command);
    }

    /**
     * Starts a program beside the one that is still to come, confined as that one will be.
     *
     * @param command what to run
     * @return the running process; close it
     * @throws SandboxException if it can't be started, or the sandbox has ended
     * @throws IOException if a redirect's file can't be opened
     */
    public SandboxProcess exec(Command command) throws IOException {
        return starter.beside(prepared, command);
    }

    /**
     * Runs a program beside the one that is still to come to its end, confined as that one will be.
     *
     * @param command what to run, with its input
     * @param timeout after which the sandbox is ended, which is {@link Verdict#DESTROYED} then
     * @return how it ended, and the first MiB of each output
     * @throws IllegalArgumentException if the command has a terminal or descriptor that nobody would serve
     * @throws SandboxException if it can't be started, or the sandbox has ended
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the program is then killed
     */
    public RunResult run(Command command, Duration timeout) throws IOException, InterruptedException {
        Runner.check(command);
        return TimedRun.run(exec(command), command, timeout, prepared::close);
    }

    /** Ends the sandbox, unless its program was started, and waits until it is gone. */
    @Override
    public void close() {
        boolean waits = isWaiting();
        prepared.close();
        if (waits) {
            prepared.answered().join();
        }
    }
}
