package dev.sandjar;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end, or to that of its time. */
final class TimedRun {
    private static final int CAPTURE = (int) DataSize.mebibytes(1).toBytes();

    private TimedRun() {}

    /** @param end ends the sandbox: what the program has left there would keep its output open */
    static RunResult run(SandboxProcess process, Command command, Duration timeout, Runnable end)
            throws IOException, InterruptedException {
        CompletableFuture<Void> timer = new CompletableFuture<Void>()
                .completeOnTimeout(null, Math.max(0, TimeUnit.NANOSECONDS.convert(timeout)), TimeUnit.NANOSECONDS);
        CompletableFuture<Void> unused = timer.thenRunAsync(() -> {
            process.destroy();
            end.run();
        });
        try {
            return Runner.run(process, command, CAPTURE);
        } finally {
            timer.cancel(false);
        }
    }
}
