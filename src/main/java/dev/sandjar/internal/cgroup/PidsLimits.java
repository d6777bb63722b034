package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;

/** How many processes and threads (cgroup-v2.rst "PID"). */
final class PidsLimits {
    private PidsLimits() {}

    static void add(GroupsDraft draft, Limits limits) {
        limits.pids().ifPresent(pids -> add(draft, pids));
    }

    private static void add(GroupsDraft draft, long pids) {
        GroupsDraft.Slot slot = draft.need(Limit.PIDS, Controller.PIDS);
        if (slot != null) {
            slot.write(Limit.PIDS, "pids.max", Long.toString(pids));
        }
    }
}
