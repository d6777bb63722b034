package dev.sandjar.internal.process;

import dev.sandjar.ExitReport;
import dev.sandjar.internal.jfr.Events;
import dev.sandjar.internal.plan.Plan;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the flight recorder and the log get of one process. Thread-safe. */
final class ProcessRecords {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRecords.class);

    private final long pid;
    private final Plan plan;
    private final String program;
    private final RecordedLimits limits;

    ProcessRecords(long pid, Plan plan, String program) {
        this.pid = pid;
        this.plan = plan;
        this.program = program;
        this.limits = new RecordedLimits((kind, count) -> Events.limit(pid, plan.name(), kind, count));
    }

    /** What limits do is recorded from now on. */
    void follow(GroupControl control) {
        if (!Events.wantsLimits()) {
            return;
        }
        try {
            control.onEvent(limits::seen, List.of());
        } catch (IOException e) {
            LOG.warn("What limits do to process {} is recorded at its end only", pid, e);
        }
    }

    /** @param main whether it is the program that the sandbox was started for, whose limits these are */
    void end(ExitReport made, boolean main) {
        if (main && Events.wantsLimits()) {
            limits.end(made.usage().hits());
        }
        Events.exit(pid, plan.name(), program, made);
        LOG.debug("Process {} has ended{}: {}", pid, plan.inName(), made.verdict());
    }
}
