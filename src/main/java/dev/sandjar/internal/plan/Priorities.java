package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.Rlimit;
import dev.sandjar.internal.host.OwnPriorities;
import dev.sandjar.internal.host.Processors;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/** How a sandbox ranks among others for the CPU and when memory runs out, and where it runs. */
final class Priorities {
    private static final int NICE_OF_LIMIT = 20;
    private static final String HOST_ONLY = ", which the kernel asks for in its first user namespace";

    private Priorities() {}

    static void nice(Draft draft, int nice) {
        int own = OwnPriorities.ofThisProcess().nice().orElse(nice);
        long limit = draft.hardLimits.of(Rlimit.NICE.number());
        boolean allowed = limit < 0 || NICE_OF_LIMIT - nice <= limit;
        if (nice < own && !allowed && !draft.hasOnHost(Capability.SYS_NICE)) {
            draft.refuse(
                    null,
                    "nice " + nice,
                    "this process has nice " + own + ", and a lower one takes CAP_SYS_NICE" + HOST_ONLY + within(draft),
                    "choose " + own + " or more, "
                            + without(draft, Capability.SYS_NICE)
                            + "or start java with a higher RLIMIT_NICE (LimitNICE=" + nice + " of a systemd unit)");
            return;
        }
        draft.process(new Work.Nice(nice), 0, "set nice " + nice, null);
        draft.enforced("nice " + nice, "setpriority(2)", "");
    }

    /** Files of /proc/self have to be written while the supervisor still owns them; children inherit the values. */
    static void oomScoreAdj(Draft draft, int score) {
        int own = OwnPriorities.ofThisProcess().oomScoreAdj().orElse(score);
        if (score < Math.min(own, 0) && !draft.hasOnHost(Capability.SYS_RESOURCE)) {
            draft.refuse(
                    null,
                    "oom_score_adj " + score,
                    "this process has " + own + ", and a lower one takes CAP_SYS_RESOURCE" + HOST_ONLY + within(draft),
                    "choose a higher value, "
                            + without(draft, Capability.SYS_RESOURCE)
                            + "or start java with that one (OOMScoreAdjust= of a systemd unit)");
            return;
        }
        // After the pivot the launcher's own descriptor of /proc still works, so the place in the order is free.
        draft.setup(new Work.WriteProc("self/oom_score_adj", Integer.toString(score)), 0, "set oom_score_adj", null);
        draft.enforced("oom_score_adj " + score, "/proc/self/oom_score_adj", "");
    }

    private static String within(Draft draft) {
        return draft.userNamespace ? ": the sandbox has one of its own" : "";
    }

    /** What gives a sandbox the right that this process has, or this process the right that the sandbox needs. */
    private static String without(Draft draft, Capability capability) {
        String name = "CAP_" + capability.name();
        return draft.userNamespace
                ? "use a sandbox without a user namespace, started with " + name + ", "
                : "start java with " + name + ", ";
    }

    static void affinity(Draft draft, List<Integer> numbers) {
        List<Integer> online = Processors.numbers();
        if (!online.isEmpty() && Collections.disjoint(online, numbers)) {
            draft.refuse(
                    null,
                    "CPUs " + numbers,
                    "the machine has " + Processors.online(),
                    "name some of those by cpuAffinity(...), or ask for a number of them by processors(...)");
            return;
        }
        List<Integer> none = online.isEmpty()
                ? List.of()
                : numbers.stream().filter(cpu -> !online.contains(cpu)).toList();
        affinity(draft, numbers, none.isEmpty() ? "" : "without " + none + ", which the machine does not have");
    }

    static void affinity(Draft draft, List<Integer> numbers, String note) {
        BitSet cpus = new BitSet();
        numbers.forEach(cpus::set);
        draft.process(new Work.Affinity(new Bytes(cpus.toByteArray())), 0, "set the CPU affinity", null);
        draft.enforced("CPUs " + numbers, "sched_setaffinity(2)", note);
    }
}
