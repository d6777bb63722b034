package dev.sandjar.plan;

import dev.sandjar.policy.RlimitValue;
import java.util.Map;

/** Resource limits that stand in for limits of cgroups, each with a name for people. What the caller has set himself stays. */
final class Rlimits {
    private static final int CPU = 0;
    private static final int DATA = 2;
    private static final int NPROC = 6;
    private static final long NANOS = 1_000_000_000;

    private final Draft draft;

    Rlimits(Draft draft) {
        this.draft = draft;
    }

    /** Not RLIMIT_AS: programs that reserve far more than they use, every Java machine among them, could not run. */
    String memory(long bytes) {
        // Nobody is killed, so that nothing tells it from a program's own failure.
        return set(DATA, bytes) ? "RLIMIT_DATA, for each process alone: what is beyond it can't be allocated" : "";
    }

    String processes(long count) {
        return set(NPROC, count) ? "RLIMIT_NPROC, for each user" + (draft.userNamespace ? " of the sandbox" : "") : "";
    }

    String cpuTime(long nanos) {
        long seconds = Math.max(1, (nanos + NANOS - 1) / NANOS);
        // SIGXCPU, which nobody else sends, a second before SIGKILL, which anybody may have sent.
        if (!set(CPU, new RlimitValue(seconds, seconds + 1))) {
            return "";
        }
        draft.processCpuNanos = seconds * NANOS;
        return "RLIMIT_CPU, for each process alone: " + seconds + " s";
    }

    private boolean set(int resource, long value) {
        return set(resource, new RlimitValue(value, value));
    }

    private boolean set(int resource, RlimitValue value) {
        Map<Integer, RlimitValue> chosen = draft.policy.process().rlimits();
        if (chosen.containsKey(resource)) {
            return false;
        }
        ProcessPlanner.rlimit(draft, resource, value);
        return true;
    }
}
