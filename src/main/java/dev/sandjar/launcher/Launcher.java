package dev.sandjar.launcher;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.Nullable;
import dev.sandjar.plan.Failures;
import dev.sandjar.plan.IdMapPlan;
import dev.sandjar.plan.Plan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;

/** The launcher of this JVM: started by the first use, and again after it was lost. Thread-safe. */
public final class Launcher {
    private static final ReentrantLock STARTING = new ReentrantLock();
    private static volatile @Nullable Launcher current;
    private static @Nullable IdBlocks idBlocks;

    private final Kernel kernel;
    private final Connection connection;
    private final Plans plans;
    private final ReentrantLock holding = new ReentrantLock();
    private boolean holdsIds;

    private Launcher(Kernel kernel, Connection connection) {
        this.kernel = kernel;
        this.connection = connection;
        this.plans = new Plans(kernel, connection);
    }

    /** The running launcher, started if need be. */
    public static Launcher get() throws SandboxException {
        Launcher launcher = current;
        if (launcher != null && !launcher.connection.isLost()) {
            return launcher;
        }
        STARTING.lock();
        try {
            launcher = current;
            if (launcher == null || launcher.connection.isLost()) {
                Kernel kernel = Kernel.get();
                launcher = new Launcher(kernel, Connection.open(kernel));
                current = launcher;
            }
            return launcher;
        } finally {
            STARTING.unlock();
        }
    }

    /** SJ_HAS_* of wire.h. */
    public int features() {
        return connection.features();
    }

    /** Process id of the launcher on the host. */
    public int pid() {
        return connection.launcherPid();
    }

    Connection connection() {
        return connection;
    }

    /** Starts a program; returns when it is executing. */
    public SandboxProcess start(Plan plan, Command command) throws IOException {
        return launch(plan, command, 0);
    }

    /** Goes through every step of a start but the last, and throws what the start would have thrown. */
    public void probe(Plan plan) throws IOException {
        Command nothing = Command.of("/")
                .stdin(java.lang.ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .stdout(java.lang.ProcessBuilder.Redirect.DISCARD)
                .stderr(java.lang.ProcessBuilder.Redirect.DISCARD);
        try (SandboxProcess process = launch(plan, nothing, StartRequest.PROBE)) {
            process.onReport().join();
        }
    }

    private SandboxProcess launch(Plan shared, Command command, int flags) throws IOException {
        long block = shared.idMap().privateBlock();
        long base = block > 0 ? allocate(block) : 0;
        Runnable release = block > 0 ? () -> ids().release(base, block) : null;
        Plan plan = shared.at(base);
        long planId = 0;
        boolean single = shared.dependsOnBase();
        try {
            planId = single ? plans.register(plan) : plans.idOf(plan);
            return ask(Frame.START, plan, planId, 0, shared.idMap().at(base), command, flags, release);
        } catch (IOException | RuntimeException | Error e) {
            if (release != null) {
                release.run();
            }
            throw e;
        } finally {
            if (single && planId != 0) {
                plans.drop(planId);
            }
        }
    }

    SandboxProcess exec(Plan plan, long sandbox, Command command) throws IOException {
        return ask(Frame.EXEC, plan, 0, sandbox, plan.idMap(), command, 0, null);
    }

    private SandboxProcess ask(
            int type,
            Plan plan,
            long planId,
            long sandbox,
            IdMapPlan map,
            Command command,
            int flags,
            @Nullable Runnable release)
            throws IOException {
        Run run = connection.expect();
        Stdio stdio = null;
        boolean done = false;
        try (Ends ends = new Ends(kernel)) {
            stdio = Stdio.open(kernel, ends, command);
            StartRequest request = new StartRequest(plan, planId, map, command, flags, stdio.targets);
            byte[] body = type == Frame.EXEC ? prefixed(sandbox, request.bytes()) : request.bytes();
            connection.send(
                    type, run.id, body, stdio.childFds.stream().mapToInt(Integer::intValue).toArray());
            Run.Answer answer = answer(run);
            if (answer.event() instanceof Event.Failed failed) {
                throw Failures.exception(plan, failed.failure(), request.paths(), request.directory());
            }
            Event.Started started = (Event.Started) answer.event();
            PtyMaster terminal = answer.master() < 0 ? null : new PtyMaster(kernel, answer.master());
            if (release != null) {
                releaseAtEnd(run, release);
            }
            done = true;
            return new LaunchedProcess(
                    this, plan, run, type == Frame.EXEC ? sandbox : run.id, started, stdio, terminal);
        } finally {
            if (!done) {
                connection.forget(run);
                if (stdio != null) {
                    stdio.closeStreams();
                }
            }
        }
    }

    /** The end may come before there is something to run at it. */
    private static void releaseAtEnd(Run run, Runnable release) {
        run.end.thenRun(release);
    }

    private static Run.Answer answer(Run run) throws SandboxException {
        try {
            return run.answer.join();
        } catch (CompletionException e) {
            throw Connection.ended();
        }
    }

    private static byte[] prefixed(long sandbox, byte[] body) {
        return ByteBuffer.allocate(8 + body.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(sandbox)
                .put(body)
                .array();
    }

    private static IdBlocks ids() {
        STARTING.lock();
        try {
            IdBlocks blocks = idBlocks;
            if (blocks == null) {
                throw new IllegalStateException("no ids were allocated");
            }
            return blocks;
        } finally {
            STARTING.unlock();
        }
    }

    private long allocate(long count) throws SandboxException {
        IdBlocks blocks;
        STARTING.lock();
        try {
            blocks = idBlocks;
            if (blocks == null) {
                blocks = new IdBlocks(kernel);
                idBlocks = blocks;
            }
        } finally {
            STARTING.unlock();
        }
        long base = blocks.allocate(count);
        holding.lock();
        try {
            if (!holdsIds) {
                // So that the ids stay taken while the launcher of a killed JVM still cleans up.
                connection.send(Frame.HOLD, 0, new byte[0], blocks.descriptor());
                holdsIds = true;
            }
        } catch (SandboxException e) {
            blocks.release(base, count);
            throw e;
        } finally {
            holding.unlock();
        }
        return base;
    }
}
