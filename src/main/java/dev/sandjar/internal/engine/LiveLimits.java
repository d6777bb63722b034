package dev.sandjar.internal.engine;

import dev.sandjar.Limits;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.LiveGroup;
import dev.sandjar.internal.plan.HostDevices;
import dev.sandjar.internal.plan.LimitUpdate;
import dev.sandjar.internal.plan.ProcessLimitFallback;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.util.OptionalLong;

/** The limits that one running sandbox has at the moment. Callers take turns. */
final class LiveLimits implements LimitUpdate {
    private final OptionalLong processesMost;
    private Limits current;

    LiveLimits(Sandbox sandbox) {
        current = sandbox.limits();
        processesMost = ProcessLimitFallback.of(sandbox.process(), sandbox.limits());
    }

    @Override
    public void apply(LiveGroup group, Limits change) throws IOException {
        OptionalLong processes = change.pids();
        if (processes.isPresent() && processesMost.isPresent() && processes.getAsLong() > processesMost.getAsLong()) {
            throw new SandboxException(
                    "update limits",
                    null,
                    null,
                    Errno.EPERM.number(),
                    "RLIMIT_NPROC of the preset is " + processesMost.getAsLong()
                            + ", and can't be raised in what runs: " + processes.getAsLong()
                            + " processes would not be reached",
                    "set a higher pidsLimit, or rlimit(Rlimit.NPROC, ...), when building the sandbox");
        }
        group.update(current, change, HostDevices::numberOf);
        current = change.over(current);
    }
}
