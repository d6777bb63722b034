package dev.sandjar.internal.process;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.ExitReport;
import dev.sandjar.Limit;
import dev.sandjar.SandboxException;
import dev.sandjar.SetupStep;
import dev.sandjar.Verdict;
import dev.sandjar.internal.cgroup.GroupUsage;
import dev.sandjar.internal.hostfs.PrivateDirectory;
import dev.sandjar.internal.lan.Attachment;
import dev.sandjar.internal.lan.SandboxSpace;
import dev.sandjar.internal.launcher.Relay;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.PrivateTmp;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.stdio.HostStreams;
import dev.sandjar.internal.stdio.OutputLimit;
import dev.sandjar.internal.util.TimeWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Turns what the launcher reported of a process into the report that its user gets. */
final class ExitReports {
    private static final int SIGKILL = 9;
    private static final int SIGXCPU = 24;
    private static final int SIGSYS = 31;

    private ExitReports() {}

    /** Completes when connections, places in networks and output have come to their ends too. */
    static CompletableFuture<ExitReport> after(
            CompletableFuture<Event.Exited> end,
            Plan plan,
            Event.Started started,
            BooleanSupplier destroyed,
            Supervision outcome,
            HostStreams streams) {
        Relay relay = outcome.relay();
        SandboxSpace space = outcome.space();
        PrivateDirectory tmp = outcome.tmp();
        return end.thenCompose(exited ->
                        relay == null ? done(exited) : relay.afterSandbox().thenApply(unused -> exited))
                .thenCompose(exited -> space == null
                        ? done(exited)
                        : space.afterSandbox(destroyed.getAsBoolean() && isKilled(exited))
                                .thenApply(unused -> exited))
                .thenCompose(
                        exited -> tmp == null ? done(exited) : tmp.removed().thenApply(unused -> exited))
                .thenCompose(exited -> streams.pumped().thenApply(failure -> {
                    streams.takeRest();
                    return report(plan, started, exited, destroyed.getAsBoolean(), outcome, failure);
                }));
    }

    private static boolean isKilled(Event.Exited end) {
        return end.how() == Event.Exited.BY_SIGNAL && end.status() == SIGKILL;
    }

    private static CompletableFuture<Event.Exited> done(Event.Exited exited) {
        return CompletableFuture.completedFuture(exited);
    }

    /**
     * @param destroyed whether the host has asked for the end
     * @param unwritten what has kept output from reaching its file
     */
    static ExitReport report(
            Plan plan,
            Event.Started started,
            Event.Exited end,
            boolean destroyed,
            Supervision outcome,
            Optional<SandboxException> unwritten) {
        OutputLimit output = outcome.limit();
        CallHandler handler = outcome.handler();
        boolean signaled = end.how() == Event.Exited.BY_SIGNAL || end.how() == Event.Exited.BY_SIGNAL_CORE;
        GroupUsage group = plan.groupUsage(end.texts());
        Verdict beyond = outcome.watch() == null ? null : outcome.watch().verdict();
        boolean clean = end.how() == Event.Exited.BY_EXIT && end.status() == 0;
        return new ExitReport(
                output != null && output.isExceeded()
                        ? Verdict.OUTPUT_LIMIT_EXCEEDED
                        : beyond != null && !clean ? beyond : verdict(plan, end, signaled, destroyed, group),
                end.how() == Event.Exited.BY_EXIT ? OptionalInt.of(end.status()) : OptionalInt.empty(),
                signaled ? OptionalInt.of(end.status()) : OptionalInt.empty(),
                end.how() == Event.Exited.BY_SIGNAL_CORE,
                Usages.last(end, group),
                applied(plan, started, outcome),
                steps(plan, started),
                Duration.ofNanos(started.setupNanos()),
                handler == null ? List.of() : handler.denials(),
                unwritten,
                outcome.space() instanceof Attachment attached ? attached.lastCounters() : Optional.empty());
    }

    /** Where what is known of the end can't be made into a report: whoever waits for it must not do so in vain. */
    static ExitReport lost(Event.Started started) {
        return new ExitReport(
                Verdict.LOST,
                OptionalInt.empty(),
                OptionalInt.empty(),
                false,
                Usages.last(Event.Exited.lost(), null),
                new AppliedPolicy(List.of()),
                List.of(),
                Duration.ofNanos(started.setupNanos()),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static Verdict verdict(
            Plan plan, Event.Exited end, boolean signaled, boolean destroyed, @Nullable GroupUsage group) {
        boolean clean = end.how() == Event.Exited.BY_EXIT && end.status() == 0;
        boolean unasked = !clean || plan.bounds().graceNanos() != 0;
        Verdict ours =
                switch (end.why()) {
                    case Event.Exited.WHY_OUTPUT -> Verdict.OUTPUT_LIMIT_EXCEEDED;
                    case Event.Exited.WHY_OOM -> Verdict.OOM_KILLED;
                    case Event.Exited.WHY_TIMEOUT -> unasked ? Verdict.TIMED_OUT : Verdict.EXITED;
                    case Event.Exited.WHY_CPU_TIME -> unasked ? Verdict.CPU_TIME_EXCEEDED : Verdict.EXITED;
                    default -> null;
                };
        if (ours != null) {
            return ours;
        }
        // Exit status 137 proves nothing; the group's own count does. A program that got over the loss of a child has
        // ended by itself.
        Long killed = group == null ? null : group.oomKill();
        if (killed != null && killed > 0 && !clean && !(destroyed && signaled)) {
            return Verdict.OOM_KILLED;
        }
        if (end.how() == Event.Exited.BY_LOSS) {
            return end.why() == Event.Exited.WHY_ASKED ? Verdict.DESTROYED : Verdict.LOST;
        }
        if (!signaled) {
            return Verdict.EXITED;
        }
        if (end.status() == SIGSYS && plan.hasFilter()) {
            return Verdict.SECCOMP_VIOLATION;
        }
        if (destroyed && end.status() == SIGKILL) {
            return Verdict.DESTROYED;
        }
        return isOutOfCpuTime(plan, end) ? Verdict.CPU_TIME_EXCEEDED : Verdict.SIGNALED;
    }

    /** As the kernel ends a process at its RLIMIT_CPU. It counts ticks, by which a process may have had more than getrusage(2) tells. */
    private static boolean isOutOfCpuTime(Plan plan, Event.Exited end) {
        long used = end.usage().userMicros() + end.usage().systemMicros();
        long limit = TimeUnit.NANOSECONDS.toMicros(plan.processCpuNanos());
        return limit > 0
                && ((end.status() == SIGXCPU && used >= limit / 2) || (end.status() == SIGKILL && used >= limit));
    }

    /** What was planned, with what the set-up found of it. */
    private static AppliedPolicy applied(Plan plan, Event.Started started, Supervision outcome) {
        Map<String, Boolean> found = new HashMap<>();
        for (Event.Step step : started.steps()) {
            found.put(plan.stepName(step.section(), step.opcode(), step.index()), !step.absent());
        }
        AppliedPolicy planned = outcome.memory()
                .map(most -> plan.withMemory(plan.applied(found), most))
                .orElseGet(() -> plan.applied(found));
        AppliedPolicy applied = timed(
                timed(planned, Limit.TIMEOUT, outcome.timeout(), "timer of the launcher"),
                Limit.CPU_TIME,
                outcome.cpuTime(),
                "cgroup, read by the launcher");
        PrivateDirectory tmp = outcome.tmp();
        return tmp == null ? applied : new AppliedPolicy(PrivateTmp.at(applied.entries(), tmp.path()));
    }

    /** A time of one start is in force instead of the plan's. */
    private static AppliedPolicy timed(AppliedPolicy applied, Limit limit, Optional<Duration> time, String mechanism) {
        if (time.isEmpty()) {
            return applied;
        }
        Predicate<AppliedPolicy.Entry> planned = entry -> entry.request().startsWith(limit.label() + " ");
        List<AppliedPolicy.Entry> entries = new ArrayList<>(applied.entries());
        String reason = entries.stream()
                .filter(planned)
                .map(AppliedPolicy.Entry::reason)
                .findFirst()
                .orElse("");
        entries.removeIf(planned);
        entries.add(new AppliedPolicy.Entry(
                limit.label() + " " + TimeWords.of(time.get()),
                AppliedPolicy.Outcome.ENFORCED,
                mechanism,
                reason.isEmpty() ? "of this command" : "of this command; " + reason));
        return new AppliedPolicy(entries);
    }

    private static List<SetupStep> steps(Plan plan, Event.Started started) {
        return started.steps().stream()
                .map(step -> new SetupStep(
                        plan.stepName(step.section(), step.opcode(), step.index()), Duration.ofNanos(step.nanos())))
                .toList();
    }
}
