package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;

/** Runs a program to its end, or to that of its time. */
final class TimedRun {
    private static final int CAPTURE = (int) DataSize.mebibytes(1).toBytes();

    private TimedRun() {}

    /** @param end ends the sandbox: what the program has left there would keep its output open */
    static RunResult run(SandboxProcess process, Command command, Duration timeout, Runnable end)
            throws IOException, InterruptedException {
        Future<?> timer = IoThreads.later(timeout.isNegative() ? Duration.ZERO : timeout, () -> {
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
