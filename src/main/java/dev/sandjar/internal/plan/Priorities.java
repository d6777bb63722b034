package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.Rlimit;
import dev.sandjar.internal.host.OwnPriorities;
import dev.sandjar.internal.host.Processors;
import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.Scheduling;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/** How a sandbox ranks among others for the CPU and when memory runs out, and where it runs. */
final class Priorities {
    private static final int NICE_OF_LIMIT = 20;
    private static final String HOST_ONLY = ", which the kernel asks for in its first user namespace";

    private Priorities() {}

    static void nice(Draft draft, int nice) {
        String request = "nice " + nice;
        if (mayHaveNice(draft, request, nice)) {
            draft.process(new Work.Nice(nice), 0, "set " + request, null);
            draft.enforced(request, "setpriority(2)", "");
        }
    }

    /** Refuses what the kernel would. */
    private static boolean mayHaveNice(Draft draft, String request, int nice) {
        int own = OwnPriorities.ofThisProcess().nice().orElse(nice);
        if (nice >= own || allows(draft, Rlimit.NICE, NICE_OF_LIMIT - nice) || draft.hasOnHost(Capability.SYS_NICE)) {
            return true;
        }
        draft.refuse(
                null,
                request,
                "this process has nice " + own + ", and a lower one takes CAP_SYS_NICE" + HOST_ONLY + within(draft),
                "choose " + own + " or more, "
                        + without(draft, Capability.SYS_NICE)
                        + "or start java with a higher RLIMIT_NICE (LimitNICE=" + nice + " of a systemd unit)");
        return false;
    }

    private static boolean allows(Draft draft, Rlimit limit, int value) {
        long most = draft.hardLimits.of(limit.number());
        return most < 0 || value <= most;
    }

    static void scheduling(Draft draft, Scheduling scheduling) {
        String request = "scheduling policy " + scheduling;
        if (mayHave(draft, request, scheduling)) {
            Bytes attributes = new Bytes(SchedulingWords.attributes(scheduling));
            draft.process(new Work.Scheduler(attributes), 0, "set the scheduling policy", null);
            draft.enforced(request, "sched_setattr(2)", "");
        }
    }

    private static boolean mayHave(Draft draft, String request, Scheduling scheduling) {
        return switch (scheduling.policy()) {
            case OTHER, BATCH -> mayHaveNice(draft, request, scheduling.nice().orElse(0));
            case IDLE -> true;
            case FIFO, ROUND_ROBIN -> {
                int priority = scheduling.priority().orElseThrow();
                boolean may = allows(draft, Rlimit.RTPRIO, priority) || draft.hasOnHost(Capability.SYS_NICE);
                if (!may) {
                    draft.refuse(
                            null,
                            request,
                            "a real-time policy takes CAP_SYS_NICE" + HOST_ONLY + within(draft),
                            without(draft, Capability.SYS_NICE)
                                    + "or start java with a higher RLIMIT_RTPRIO (LimitRTPRIO=" + priority
                                    + " of a systemd unit)");
                }
                yield may;
            }
            case DEADLINE -> {
                boolean may = draft.hasOnHost(Capability.SYS_NICE);
                if (!may) {
                    draft.refuse(
                            null,
                            request,
                            "SCHED_DEADLINE takes CAP_SYS_NICE" + HOST_ONLY + within(draft),
                            without(draft, Capability.SYS_NICE) + "or choose another policy");
                }
                yield may;
            }
        };
    }

    static void io(Draft draft, IoPriority priority) {
        String request = "I/O priority " + priority;
        if (priority.kind() == IoPriority.Kind.REALTIME
                && !draft.hasOnHost(Capability.SYS_NICE)
                && !draft.hasOnHost(Capability.SYS_ADMIN)) {
            draft.refuse(
                    null,
                    request,
                    "the class realtime takes CAP_SYS_NICE or CAP_SYS_ADMIN" + HOST_ONLY + within(draft),
                    without(draft, Capability.SYS_NICE) + "or choose IoPriority.bestEffort(0)");
            return;
        }
        draft.process(new Work.IoPriority(SchedulingWords.number(priority)), 0, "set the I/O priority", null);
        draft.enforced(request, "ioprio_set(2)", "");
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
