package dev.sandjar.internal.start;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.jfr.Events;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.plan.LimitUpdate;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.reuse.Sources;
import dev.sandjar.internal.reuse.StaleException;
import dev.sandjar.internal.reuse.WarmSandbox;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A sandbox that is set up, or is being set up, and waits for its program. It serves one. Thread-safe. */
public final class PreparedStart implements WarmSandbox {
    private static final Logger LOG = LoggerFactory.getLogger(PreparedStart.class);

    private final Start start;
    private final Run run;
    private final AtomicBoolean taken = new AtomicBoolean();

    private final Plan plan;
    private final Sources sources;
    private volatile boolean resumed;

    PreparedStart(Start start, Run run, Plan plan, Sources sources) {
        this.start = start;
        this.run = run;
        this.plan = plan;
        this.sources = sources;
    }

    /** Whether it was made by this very plan. */
    public boolean isOf(Plan other) {
        return plan == other;
    }

    /** Ends it instead of running something in it; after {@link #take}. */
    public void drop() {
        start.discard(run);
    }

    @Override
    public boolean isReady() {
        return run.ready.isDone() && !isGone();
    }

    @Override
    public boolean isGone() {
        return run.answer.isDone();
    }

    @Override
    public void onLoss(Runnable action) {
        CompletableFuture<Void> unused = run.answer.thenRun(() -> {
            if (!taken.get()) {
                action.run();
            }
        });
    }

    @Override
    public boolean take() {
        return taken.compareAndSet(false, true);
    }

    /**
     * Waits until the set-up has paused.
     *
     * @return the process that holds the sandbox
     * @throws SandboxException if a step before has failed
     */
    public int awaitPause() throws SandboxException {
        start.await(run, run.paused);
        return run.paused.join();
    }

    /** Ends the pause, and waits for the rest of the set-up. */
    public void resume() throws SandboxException {
        resumed = true;
        start.resume(run);
        start.await(run, run.ready);
    }

    /** A program in the sandbox, beside the one that is still to come; {@code plain} leaves out what confines programs. */
    public SandboxProcess exec(Command command, boolean plain, @Nullable CallHandler handler) throws IOException {
        return start.exec(run, command, plain, handler);
    }

    /** Completes when it has failed, was killed, or runs its program. */
    public CompletableFuture<Void> answered() {
        return run.answer.thenRunAsync(() -> {});
    }

    /**
     * Runs the program; once, after {@link #take}.
     *
     * @throws StaleException if what it is made of has been replaced meanwhile
     */
    public SandboxProcess run(Command command, LimitUpdate update, @Nullable CallHandler handler) throws IOException {
        Events.Start event = Events.start(plan.name());
        try {
            SandboxProcess process = begin(command, update, handler);
            event.started(process.pid(), command.program());
            LOG.debug("Process {} runs {}{}", process.pid(), command.program(), plan.inName());
            return process;
        } catch (StaleException e) {
            throw e; // it is started elsewhere
        } catch (IOException e) {
            event.failed(command.program(), String.valueOf(e.getMessage()));
            LOG.debug("{} could not be started{}", command.program(), plan.inName(), e);
            throw e;
        }
    }

    /** The same, of which somebody else tells. */
    SandboxProcess begin(Command command, LimitUpdate update, @Nullable CallHandler handler) throws IOException {
        // What has paused is its owner's, who was told what it is made of.
        if (!resumed && (sources.hasChanged() || start.hasOtherNames())) {
            drop();
            throw new StaleException("what the sandbox is made of has changed since");
        }
        try (start) {
            return start.run(run, command, update, handler);
        }
    }

    @Override
    public void close() {
        if (take()) {
            drop();
        }
    }
}
