package dev.sandjar.life;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What one host does with one sandbox while it may be hit: every kind of request, with a family of processes below. */
final class Story {
    /** A child, and a daemon that has left its session; "ready" comes when both are there. */
    static final String FAMILY = "sleep 1000 & setsid sh -c 'sleep 1001 & exec sleep 1002' & echo ready; wait";

    private static final long PATIENCE_SECONDS = 60;

    private Story() {}

    /** Ends well, or with an exception, or with a verdict of loss; never later than with patience. */
    static String tell(Sandbox sandbox) throws InterruptedException {
        try (SandboxProcess main = sandbox.start("sh", "-c", FAMILY)) {
            main.getInputStream().read();
            try (SandboxProcess more = main.exec(Command.of("true"))) {
                String end = verdict(more);
                if (!end.equals("EXITED")) {
                    return "exec ended as " + end;
                }
            }
            main.signal(Signal.CONT);
            main.destroy();
            return verdict(main);
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }

    private static String verdict(SandboxProcess process) throws InterruptedException {
        try {
            ExitReport report = process.onReport().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return report.verdict().name();
        } catch (TimeoutException e) {
            return "HANGS";
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    static boolean endsWell(String end) {
        return end.equals(Verdict.DESTROYED.name());
    }
}
