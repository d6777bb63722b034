package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import java.util.OptionalInt;

/** Groups that the program may make below its own; a feature of every v2 group, without a controller. */
final class NestingLimits {
    private NestingLimits() {}

    static void add(GroupsDraft draft, Limits limits) {
        one(draft, Limit.CGROUP_DEPTH, "cgroup.max.depth", limits.cgroupDepth());
        one(draft, Limit.CGROUP_DESCENDANTS, "cgroup.max.descendants", limits.cgroupDescendants());
    }

    private static void one(GroupsDraft draft, Limit limit, String file, OptionalInt value) {
        if (value.isEmpty()) {
            return;
        }
        if (draft.layout().isEmpty()) {
            Missing.add(draft, limit, Controller.FREEZER);
            return;
        }
        GroupsDraft.Slot slot = draft.layout().isV2() ? draft.use(0) : null;
        if (slot == null) {
            draft.problem(limit, "cgroup v1 has no such limit", "use cgroup v2, or mount no cgroups in the sandbox");
        } else {
            slot.write(limit, file, Integer.toString(value.getAsInt()));
        }
    }
}
