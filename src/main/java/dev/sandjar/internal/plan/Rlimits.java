package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Capability;
import dev.sandjar.Limit;
import dev.sandjar.Rlimit;
import dev.sandjar.internal.host.HardLimits;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Resource limits: those that were asked for, and those that stand in for limits of cgroups, each with a name for people. What the caller
 * has set himself stays. Nothing is set above the hard limits of this process: a bound that the caller did not choose is the lower of
 * both, and one that he chose is refused.
 */
final class Rlimits {
    private static final long NANOS = 1_000_000_000;

    private final Draft draft;
    private final HardLimits present;

    Rlimits(Draft draft) {
        this.draft = draft;
        this.present = draft.hardLimits;
    }

    // ---------------------------------------------------------------- asked for

    void plan(boolean coreDumps) {
        if (!coreDumps) {
            noCoreDumps();
        }
        draft.request.process().rlimits().forEach((limit, value) -> {
            // Without core dumps an explicit 0 would be the weaker ban.
            if (limit != Rlimit.CORE || coreDumps) {
                plan(limit, RlimitPair.of(value));
            }
        });
    }

    private boolean isOfPreset(Rlimit limit) {
        return draft.request.process().presetRlimits().contains(limit);
    }

    private void plan(Rlimit limit, RlimitPair value) {
        boolean preset = isOfPreset(limit);
        if (limit == Rlimit.NPROC && preset) {
            secondLine();
            return;
        }
        String name = name(limit);
        long bound = present.of(limit.number());
        boolean above = Long.compareUnsigned(value.hard(), bound) > 0;
        if (above && !preset && !mayRaise()) {
            String had = RlimitPair.text(bound);
            draft.refuse(
                    null,
                    name + " " + value,
                    "the hard limit of this process is " + had + ", which only CAP_SYS_RESOURCE of the host raises"
                            + (draft.userNamespace ? ", and not in a user namespace" : ""),
                    "ask for at most " + had + ", or start java with more (ulimit -H, Limit" + limit
                            + "= of a systemd unit, docker run --ulimit "
                            + limit.name().toLowerCase(Locale.ROOT) + "=)");
            return;
        }
        RlimitPair set = above && preset ? value.atMost(bound) : value;
        set(draft, limit, set);
        draft.enforced(
                name + " " + set,
                "prlimit(2)",
                set.equals(value) ? "" : "the hard limit of this process, below the preset's " + value);
    }

    /** Where cgroups hold the processes; where they don't, it is the first line. */
    private void secondLine() {
        OptionalLong count = ProcessLimitFallback.of(draft.request.process(), draft.request.limits());
        boolean held = draft.entries.stream()
                .anyMatch(e -> e.request().equals(Limit.PIDS.label()) && e.outcome() == Outcome.ENFORCED);
        if (count.isEmpty() || !held || !ProcessLimitFallback.countsAlone(draft) || isRootOfTheHost()) {
            return;
        }
        RlimitPair value =
                new RlimitPair(count.getAsLong(), count.getAsLong()).atMost(present.of(Rlimit.NPROC.number()));
        set(draft, Rlimit.NPROC, value);
        draft.enforced(
                "at most " + value.hard() + " processes of one user inside",
                "RLIMIT_NPROC",
                "a second line behind the " + Limit.PIDS.label());
    }

    private boolean mayRaise() {
        return draft.hasOnHost(Capability.SYS_RESOURCE);
    }

    /**
     * One byte, not none: the kernel writes no file that small, and it is the one value that also keeps it from piping the dump to a
     * handler on the host ({@code core(5)}, core_pattern).
     */
    private void noCoreDumps() {
        RlimitPair one = new RlimitPair(1, 1);
        RlimitPair set = mayRaise() ? one : one.atMost(present.of(Rlimit.CORE.number()));
        set(draft, Rlimit.CORE, set);
        if (set.equals(one) || !hasHandler()) {
            draft.enforced("no core dumps", "RLIMIT_CORE", "neither files nor a handler on the host");
        } else {
            draft.entries.add(
                    new AppliedPolicy.Entry(
                            "no core dumps",
                            Outcome.DEGRADED,
                            "RLIMIT_CORE",
                            "no files; but with a hard limit of 0, as this process has it, the kernel calls the host's handler"));
        }
    }

    private static boolean hasHandler() {
        try {
            return BoundedReads.text(Path.of("/proc/sys/kernel/core_pattern")).startsWith("|");
        } catch (IOException e) {
            return true; // unknown
        }
    }

    // ---------------------------------------------------------------- in place of cgroups

    /** Not RLIMIT_AS: programs that reserve far more than they use, every Java machine among them, could not run. */
    String memory(long bytes) {
        // Nobody is killed, so that nothing tells it from a program's own failure.
        RlimitPair set = instead(Rlimit.DATA, new RlimitPair(bytes, bytes));
        return set == null
                ? ""
                : "RLIMIT_DATA, for each process alone: what is beyond it can't be allocated"
                        + (set.hard() == bytes ? "" : "; " + set.hard() + " bytes, the hard limit of this process");
    }

    String processes(long count) {
        if (isRootOfTheHost()) {
            return ""; // whom the kernel counts no processes of
        }
        RlimitPair set = instead(Rlimit.NPROC, new RlimitPair(count, count));
        return set == null
                ? ""
                : "RLIMIT_NPROC, for each user" + (draft.userNamespace ? " of the sandbox" : "") + ": " + set.hard();
    }

    String cpuTime(long nanos) {
        long seconds = Math.max(1, (nanos + NANOS - 1) / NANOS);
        // SIGXCPU, which nobody else sends, a second before SIGKILL, which anybody may have sent.
        long hard = new RlimitPair(seconds + 1, seconds + 1)
                .atMost(present.of(Rlimit.CPU.number()))
                .hard();
        RlimitPair set = instead(Rlimit.CPU, new RlimitPair(Math.max(1, hard - 1), hard));
        if (set == null) {
            return "";
        }
        draft.processCpuNanos = set.soft() * NANOS;
        return "RLIMIT_CPU, for each process alone: " + set.soft() + " s";
    }

    private @Nullable RlimitPair instead(Rlimit limit, RlimitPair value) {
        boolean chosen = draft.request.process().rlimits().containsKey(limit);
        if (chosen && !(limit == Rlimit.NPROC && isOfPreset(limit))) {
            return null;
        }
        RlimitPair set = value.atMost(present.of(limit.number()));
        set(draft, limit, set);
        return set;
    }

    private boolean isRootOfTheHost() {
        Long uid = draft.request.uid();
        long outside = draft.userNamespace ? draft.idMap.outside(uid) : draft.uidOnHost;
        return draft.hasEveryId() && outside == 0;
    }

    private static void set(Draft draft, Rlimit limit, RlimitPair value) {
        draft.process(
                new Work.SetRlimit(limit.number(), value.soft(), value.hard()),
                0,
                "set " + name(limit) + " to " + value,
                null);
    }

    private static String name(Rlimit limit) {
        return "RLIMIT_" + limit.name();
    }
}
