package dev.sandjar.internal.start;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.launcher.CommandChannel;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.launcher.LauncherEndedException;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.stdio.Stdio;
import java.util.concurrent.CompletableFuture;

/** A process that waits for its program, and is told which by a channel of its own instead of by the launcher. */
final class WarmProgram {
    private WarmProgram() {}

    /** What comes of it is the run's answer then. False if the process was gone before. */
    static boolean run(Connection connection, CommandChannel channel, Run run, StartRequest request, Stdio stdio)
            throws SandboxException {
        byte[] body = request.run(stdio.targets());
        run.usesChannel();
        long begin = System.nanoTime();
        try {
            channel.run(run.id, body, stdio.childFds());
        } catch (LauncherEndedException e) {
            return false;
        }
        CommandChannel.Outcome outcome = channel.outcome();
        long nanos = System.nanoTime() - begin;
        if (outcome == CommandChannel.Outcome.GONE) {
            return false;
        }
        if (outcome == CommandChannel.Outcome.FAILED) {
            return true;
        }
        CompletableFuture.anyOf(run.ready, run.answer).join();
        Event.Started program = run.ready.isDone() ? run.ready.join().program() : null;
        if (program != null && run.started(program.executedIn(nanos), -1)) {
            connection.send(Frame.RUN_STARTED, run.id, request.runStarted());
        }
        return true;
    }
}
