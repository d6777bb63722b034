package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.internal.host.Processors;
import java.util.List;
import java.util.stream.Collectors;

/** CPUs and memory nodes ({@code cpuset(7)}). */
final class CpusetLimits {
    private CpusetLimits() {}

    static void add(GroupsDraft draft, Limits limits) {
        boolean cpus = !limits.cpusetCpus().isEmpty();
        boolean mems = !limits.cpusetMems().isEmpty();
        if (!cpus && !mems) {
            return;
        }
        Limit limit = cpus ? Limit.CPUSET_CPUS : Limit.CPUSET_MEMS;
        GroupsDraft.Slot slot = draft.need(limit, Controller.CPUSET);
        if (slot == null) {
            if (cpus && mems) {
                draft.need(Limit.CPUSET_MEMS, Controller.CPUSET);
            }
            return;
        }
        Hierarchy hierarchy = slot.hierarchy();
        one(draft, slot, Limit.CPUSET_CPUS, "cpuset.cpus", limits.cpusetCpus(), hierarchy.cpus(), limit);
        one(draft, slot, Limit.CPUSET_MEMS, "cpuset.mems", limits.cpusetMems(), hierarchy.mems(), limit);
    }

    /** v1 takes no process into a group that has only one of the two. */
    private static void one(
            GroupsDraft draft,
            GroupsDraft.Slot slot,
            Limit limit,
            String file,
            List<Integer> wanted,
            String inherited,
            Limit other) {
        List<Integer> lacking = inherited.isEmpty()
                ? List.of()
                : wanted.stream()
                        .filter(n -> !Processors.parse(inherited).contains(n))
                        .toList();
        // v2 takes what is not there, and then has all of the group above.
        if (!lacking.isEmpty() && (!slot.isV2() || lacking.size() == wanted.size())) {
            draft.problem(
                    limit,
                    "the " + file + " of the cgroup above is " + inherited + ", without " + list(lacking),
                    "name some of those");
        } else if (!wanted.isEmpty()) {
            slot.write(limit, file, list(wanted));
        } else if (!slot.isV2() && inherited.isEmpty()) {
            draft.problem(other, "the " + file + " of the cgroup above is unknown", "set both CPUs and memory nodes");
        } else if (!slot.isV2()) {
            slot.write(other, file, inherited);
        }
    }

    private static String list(List<Integer> numbers) {
        return numbers.stream().distinct().sorted().map(String::valueOf).collect(Collectors.joining(","));
    }
}
