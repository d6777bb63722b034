package dev.sandjar;

import dev.sandjar.internal.launcher.PreparedSandbox;
import dev.sandjar.internal.launcher.Reserve;
import dev.sandjar.internal.util.Checks;
import java.io.IOException;
import java.util.List;

/**
 * Sandboxes of one policy that wait for their programs; see {@link Sandbox#pool}. Where none waits, a start is one of {@link
 * Sandbox#start(Command)}: a pool makes starts faster, and limits nothing. Thread-safe.
 */
public final class SandboxPool implements AutoCloseable {
    private static final int SIZE_MAX = 1_024;
    private static final DataSize CAPTURE = DataSize.mebibytes(64);

    private final Starter starter;
    private final Reserve reserve;

    private SandboxPool(Starter starter, Reserve reserve) {
        this.starter = starter;
        this.reserve = reserve;
    }

    static SandboxPool of(Starter starter, int size) throws IOException {
        Reserve reserve = new Reserve(starter::pooled, Checks.range("pool size", size, 1, SIZE_MAX));
        try {
            reserve.fill();
            return new SandboxPool(starter, reserve);
        } catch (IOException | RuntimeException | Error e) {
            reserve.close();
            throw e;
        }
    }

    /**
     * Starts a program in a sandbox that waits, or as {@link Sandbox#start(Command)} where none does.
     *
     * @param command what belongs to this start
     * @return the running process; close it
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if a redirect's file can't be opened
     */
    public SandboxProcess start(Command command) throws IOException {
        PreparedSandbox prepared = reserve.take();
        if (prepared == null && reserve.isClosed()) {
            throw new IllegalStateException("the pool is closed");
        }
        try {
            return prepared == null ? starter.startNew(command) : starter.go(prepared, command);
        } finally {
            reserve.refillSoon(); // also where the program could not be executed: the sandbox is used up
        }
    }

    /**
     * Starts a program.
     *
     * @param command the program and its arguments
     * @return the running process; close it
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the launcher can't be reached
     */
    public SandboxProcess start(String... command) throws IOException {
        return start(Command.of(List.of(command)));
    }

    /**
     * Runs a program to its end, as {@link Sandbox#run(Command)} does.
     *
     * @param command what belongs to this start
     * @return how it ended, and the first 64 MiB of each output
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed, or has a terminal or descriptor that nobody would serve
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public RunResult run(Command command) throws IOException, InterruptedException {
        Runner.check(command);
        return Runner.run(start(command), command, (int) CAPTURE.toBytes());
    }

    /**
     * Runs a program to its end.
     *
     * @param command the program and its arguments
     * @return how it ended, and its output
     * @throws IllegalStateException if the pool is closed
     * @throws IllegalArgumentException if the command is malformed
     * @throws SandboxException if a step of the set-up failed, or the program can't be executed; nothing is left behind
     * @throws IOException if the output can't be read
     * @throws InterruptedException if the thread is interrupted; the sandbox is then killed
     */
    public RunResult run(String... command) throws IOException, InterruptedException {
        return run(Command.of(List.of(command)));
    }

    /**
     * How many are kept ready.
     *
     * @return as it was asked for
     */
    public int size() {
        return reserve.size();
    }

    /**
     * How many wait at the moment, all set up.
     *
     * @return 0 to {@link #size}
     */
    public int ready() {
        return reserve.ready();
    }

    @Override
    public String toString() {
        return "SandboxPool(" + ready() + " of " + size() + " ready)";
    }

    /** Ends the sandboxes that wait. Programs that run are not touched. */
    @Override
    public void close() {
        reserve.close();
    }
}
