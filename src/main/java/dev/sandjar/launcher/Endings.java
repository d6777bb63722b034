package dev.sandjar.launcher;

import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.ResourceUsage;
import dev.sandjar.SetupStep;
import dev.sandjar.Verdict;
import dev.sandjar.plan.Plan;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** Turns what the launcher told of a process into the report that its user gets. */
final class Endings {
    private static final int SIGKILL = 9;

    private Endings() {}

    /** @param destroyed whether the host has asked for the end */
    static ExitReport report(Plan plan, Event.Started started, Event.Exited end, boolean destroyed) {
        boolean signaled = end.how() == Event.Exited.BY_SIGNAL || end.how() == Event.Exited.BY_SIGNAL_CORE;
        return new ExitReport(
                verdict(end, signaled, destroyed),
                end.how() == Event.Exited.BY_EXIT ? OptionalInt.of(end.status()) : OptionalInt.empty(),
                signaled ? OptionalInt.of(end.status()) : OptionalInt.empty(),
                end.how() == Event.Exited.BY_SIGNAL_CORE,
                usage(end),
                plan.applied(),
                steps(plan, started),
                Duration.ofNanos(started.setupNanos()));
    }

    private static Verdict verdict(Event.Exited end, boolean signaled, boolean destroyed) {
        if (end.how() == Event.Exited.BY_LOSS) {
            return Verdict.LOST;
        }
        if (!signaled) {
            return Verdict.EXITED;
        }
        return destroyed && end.status() == SIGKILL ? Verdict.DESTROYED : Verdict.SIGNALED;
    }

    private static ResourceUsage usage(Event.Exited end) {
        Event.Usage usage = end.usage();
        return new ResourceUsage(
                Duration.ofNanos(usage.userMicros() * 1000),
                Duration.ofNanos(usage.systemMicros() * 1000),
                Duration.ofNanos(end.wallNanos()),
                DataSize.kibibytes(usage.peakKibibytes()),
                usage.minorFaults(),
                usage.majorFaults(),
                usage.blocksRead(),
                usage.blocksWritten(),
                usage.voluntarySwitches(),
                usage.involuntarySwitches());
    }

    private static List<SetupStep> steps(Plan plan, Event.Started started) {
        return started.steps().stream()
                .map(step -> new SetupStep(
                        plan.stepName(step.section(), step.opcode(), step.index()), Duration.ofNanos(step.nanos())))
                .toList();
    }
}
