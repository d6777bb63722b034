package dev.sandjar.launcher;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.Nullable;
import dev.sandjar.plan.Plan;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/** The launcher of this JVM: started by the first use, and again after it was lost. Thread-safe. */
public final class Launcher {
    private static final ReentrantLock STARTING = new ReentrantLock();
    private static volatile @Nullable Launcher current;

    private final Kernel kernel;
    private final Connection connection;
    private final Plans plans;
    private final HeldIds ids;

    Launcher(Kernel kernel, Connection connection, IdBlocks blocks) {
        this.kernel = kernel;
        this.connection = connection;
        this.plans = new Plans(kernel, connection);
        this.ids = new HeldIds(blocks, connection);
    }

    /** The ids of this JVM: its launchers come and go, the ids that sandboxes have taken stay taken. */
    private static final class SharedIds {
        private static @Nullable IdBlocks blocks;

        static IdBlocks get(Kernel kernel) {
            IdBlocks shared = blocks;
            if (shared == null) {
                shared = new IdBlocks(kernel);
                blocks = shared;
            }
            return shared;
        }
    }

    /**
     * The running launcher, started if need be.
     *
     * @throws SandboxException if it can't be started; the message says why and what helps
     */
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
                launcher = new Launcher(kernel, Connection.open(kernel), SharedIds.get(kernel));
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

    /**
     * Starts a program; returns when it is executing. An interrupt of the calling thread doesn't cut the start short.
     *
     * @throws SandboxException if a step of the start failed; nothing is left of it then
     */
    public SandboxProcess start(Plan plan, Command command) throws IOException {
        try {
            return launch(plan, command);
        } catch (LauncherEndedException e) {
            if (e.sent()) {
                throw e;
            }
            // It died unnoticed and has not got the request, so that starting elsewhere starts nothing twice.
            return get().launch(plan, command);
        }
    }

    private SandboxProcess launch(Plan plan, Command command) throws IOException {
        try (Start start = Start.of(kernel, connection, plan, plans, ids)) {
            return start.program(command);
        }
    }

    /**
     * Goes through every step of a start but the last.
     *
     * @throws SandboxException what the start would have thrown
     */
    public void probe(Plan plan) throws IOException {
        try (Start start = Start.of(kernel, connection, plan, plans, ids)) {
            start.probe();
        }
    }
}
