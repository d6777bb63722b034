package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSetup;
import dev.sandjar.internal.GroundAccess;
import java.io.IOException;
import java.time.Duration;

/** A sandbox whose set-up is paused. */
record RunningSetup(long pid, Execution execution, Runnable end) implements SandboxSetup {
    /** How a program is run there. */
    interface Execution {
        SandboxProcess start(Command command) throws IOException;
    }

    @Override
    public RunResult runUnconfined(Command command, Duration timeout) throws IOException, InterruptedException {
        Runner.check(command);
        GroundAccess.get().checkFurther(command);
        return TimedRun.run(execution.start(command), command, timeout, end);
    }
}
