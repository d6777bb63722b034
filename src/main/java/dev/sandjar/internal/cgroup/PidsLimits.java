package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.internal.policy.LimitsPolicy;

/** How many processes and threads (cgroup-v2.rst "PID"). */
final class PidsLimits {
    private PidsLimits() {}

    static void add(GroupsDraft draft, LimitsPolicy limits) {
        Long pids = limits.pids();
        GroupsDraft.Slot slot = pids == null ? null : draft.need(Limit.PIDS, Controller.PIDS);
        if (pids != null && slot != null) {
            slot.write(Limit.PIDS, "pids.max", pids.toString());
        }
    }
}
