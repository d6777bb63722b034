package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.start.PreparedStart;
import java.io.IOException;
import java.time.Duration;

/** A sandbox that waits for its program. */
final class HeldSandbox implements PreparedSandbox {
    private final Starter starter;
    private final PreparedStart prepared;
    private final long pid;

    HeldSandbox(Starter starter, PreparedStart prepared, long pid) {
        this.starter = starter;
        this.prepared = prepared;
        this.pid = pid;
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public boolean isWaiting() {
        return !prepared.isGone();
    }

    @Override
    public SandboxProcess start(Command command) throws IOException {
        GroundAccess.get().checkStart(command);
        starter.checkBounds(command);
        if (!prepared.take()) {
            throw new IllegalStateException("its program was started already, or it is closed");
        }
        return starter.runOnly(prepared, command);
    }

    @Override
    public SandboxProcess exec(Command command) throws IOException {
        GroundAccess.get().checkStart(command);
        GroundAccess.get().checkFurther(command);
        return starter.exec(prepared, command);
    }

    @Override
    public RunResult run(Command command, Duration timeout) throws IOException, InterruptedException {
        Runner.check(command);
        GroundAccess.get().checkFurther(command);
        return TimedRun.run(starter.exec(prepared, command), command, timeout, prepared::close);
    }

    @Override
    public void close() {
        boolean waits = isWaiting();
        prepared.close();
        if (waits) {
            prepared.answered().join();
        }
    }
}
