package dev.sandjar.launcher;

import dev.sandjar.Command;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.Nullable;
import dev.sandjar.jfr.StartEvent;
import dev.sandjar.notify.Judge;
import dev.sandjar.plan.LimitUpdate;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** A sandbox that is set up, or is being set up, and waits for its program. It serves one. Thread-safe. */
public final class PreparedSandbox implements AutoCloseable {
    private final Start start;
    private final Run run;
    private final AtomicBoolean taken = new AtomicBoolean();

    PreparedSandbox(Start start, Run run) {
        this.start = start;
        this.run = run;
    }

    /** Completes when everything but the program is there. */
    public CompletableFuture<Void> ready() {
        return run.ready.thenRunAsync(() -> {});
    }

    /** Whether it is all there, and not gone again. */
    public boolean isReady() {
        return run.ready.isDone() && !isGone();
    }

    /** Whether it has failed or was killed: nothing runs in it any more. */
    public boolean isGone() {
        return run.answer.isDone();
    }

    /** Makes it the caller's alone; false if it is somebody's already. */
    public boolean take() {
        return taken.compareAndSet(false, true);
    }

    /**
     * Runs the program; once, after {@link #take}.
     *
     * @throws StaleException if what it is made of has been replaced meanwhile
     */
    public SandboxProcess go(Command command, LimitUpdate update, @Nullable Judge judge) throws IOException {
        StartEvent event = StartEvent.ready();
        try (start) {
            SandboxProcess process = start.go(run, command, update, judge);
            event.started(process.pid(), command.program());
            return process;
        }
    }

    /** Ends it unless somebody has taken it. */
    @Override
    public void close() {
        if (take()) {
            start.discard(run);
        }
    }
}
