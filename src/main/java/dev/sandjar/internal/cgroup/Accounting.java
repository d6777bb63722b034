package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;

/** What a sandbox with groups gets besides its limits: CPU time, a way to be frozen, a way to be killed at once. */
final class Accounting {
    private Accounting() {}

    static void add(GroupsDraft draft, boolean accounting, boolean cpuTimeLimit) {
        if (accounting) {
            draft.use(Controller.MEMORY);
            draft.use(Controller.PIDS);
            draft.use(Controller.IO);
        }
        GroupsDraft.Slot time = cpuTimeLimit
                ? draft.need(Limit.CPU_TIME, Controller.CPUACCT)
                : accounting || !draft.isEmpty() ? draft.use(Controller.CPUACCT) : null;
        if (time != null) {
            time.cpu(time.isV2() ? new Cpu("cpu.stat", "usage_usec", 1_000) : new Cpu("cpuacct.usage", "", 1));
        }
        if (draft.isEmpty()) {
            return;
        }
        GroupsDraft.Slot freezer = draft.use(Controller.FREEZER);
        if (freezer != null && !freezer.isV2()) {
            // A frozen process of v1 doesn't even die.
            freezer.onKill("freezer.state", "THAWED");
        } else if (freezer != null && freezer.hierarchy().has("cgroup.kill")) {
            freezer.onKill("cgroup.kill", "1");
        }
    }
}
