package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.WrittenLayer;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Feeds a process and reads it to its end, all streams at once, so that no full pipe can stop it. */
final class Runner {
    private final SandboxProcess process;
    private final Command command;
    private final Reading stdout;
    private final Reading stderr;
    private final Feeding input;
    /** In the order of their coming: what one stream suffers may come of another's. */
    private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();

    private Runner(SandboxProcess process, Command command, int captureLimit) {
        this.process = process;
        this.command = command;
        stdout = new Reading("standard output", this::failed, new Capture(captureLimit), command.stdoutSink());
        stderr = new Reading("standard error", this::failed, new Capture(captureLimit), command.stderrSink());
        input = new Feeding(this::failed);
    }

    /** Refuses what a run to the end couldn't serve: nobody else is there to do it. */
    static void check(Command command) {
        if (command.terminal().isPresent()) {
            throw new IllegalArgumentException(
                    "run() can't serve a pseudo-terminal, whose input has no end; use start() for a command with"
                            + " pty(...), or go without it by noPty()");
        }
        command.descriptors().forEach((name, descriptor) -> {
            if (descriptor.path().isEmpty()) {
                throw new IllegalArgumentException("run() can't serve the pipe of descriptor \"" + name
                        + "\"; use start(), or writeTo(...) and readFrom(...)");
            }
        });
    }

    static RunResult run(SandboxProcess process, Command command, int captureLimit)
            throws IOException, InterruptedException {
        try (process) {
            return new Runner(process, command, captureLimit).run();
        }
    }

    private RunResult run() throws IOException, InterruptedException {
        stdout.begin(process.getInputStream());
        stderr.begin(process.getErrorStream());
        if (command.stdin().type() == Redirect.Type.PIPE) {
            input.begin(process.getOutputStream(), GroundAccess.get().openInput(command));
        }
        try {
            ExitReport report = process.waitForReport();
            stdout.await();
            stderr.await();
            IOException failure = failures.poll();
            if (failure == null) {
                return result(report);
            }
            failures.forEach(failure::addSuppressed);
            throw failure;
        } catch (InterruptedException e) {
            process.destroy();
            ExitReport report = process.onReport().join();
            stdout.giveUp();
            stderr.giveUp();
            InterruptedException interrupted = GroundAccess.get().interrupted(result(report));
            failures.forEach(interrupted::addSuppressed);
            throw interrupted;
        }
    }

    private void failed(IOException failure) {
        failures.add(failure);
        process.destroy();
    }

    private RunResult result(ExitReport report) {
        WrittenLayer layer = GroundAccess.get().layer(process);
        if (layer != null) {
            layer.outlive();
        }
        return GroundAccess.get().result(command, stdout.content(), stderr.content(), report, layer);
    }
}
