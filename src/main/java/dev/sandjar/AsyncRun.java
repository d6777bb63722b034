package dev.sandjar;

import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A run that a future stands for: whatever completes the future first ends the program. Thread-safe. */
final class AsyncRun {
    private final CompletableFuture<RunResult> outcome = new CompletableFuture<>();
    private volatile @Nullable SandboxProcess running;

    private AsyncRun() {}

    /** Tells when the program has been started, and comes back when it has ended. */
    interface Work {
        RunResult run(Consumer<SandboxProcess> started) throws IOException, InterruptedException;
    }

    static CompletableFuture<RunResult> begin(Work work) {
        AsyncRun run = new AsyncRun();
        CompletableFuture<RunResult> unused = run.outcome.whenComplete((result, failure) -> run.kill());
        IoThreads.background(() -> run.carryOut(work));
        return run.outcome;
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, the future has it
    private void carryOut(Work work) throws IOException {
        if (outcome.isDone()) {
            return;
        }
        RunResult result;
        try {
            result = work.run(this::started);
        } catch (Exception | Error e) {
            outcome.completeExceptionally(e);
            return;
        }
        if (!outcome.complete(result)) {
            result.discardChanges();
        }
    }

    private void started(SandboxProcess process) {
        running = process;
        if (outcome.isDone()) {
            process.destroy();
        }
    }

    /** Of a program that has ended nothing is left to be killed. */
    private void kill() {
        SandboxProcess process = running;
        if (process != null) {
            process.destroy();
        }
    }
}
