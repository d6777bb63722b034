package dev.sandjar.internal.cgroup;

import dev.sandjar.Limits;
import java.util.List;

/**
 * The limits of a sandbox as groups of this machine. Pure translation: nothing is read or written.
 *
 * @param groups in the order of the layout's hierarchies, at most one for each
 * @param problems limits that can't be set; the groups are then complete but for these
 */
public record Groups(List<Group> groups, List<Problem> problems) {
    public Groups {
        groups = List.copyOf(groups);
        problems = List.copyOf(problems);
    }

    /**
     * Only hierarchies that a limit needs get a group, since each costs time in every start, unless the path of the groups was
     * chosen, where others will look for them; with any group CPU time is counted too. Accounting takes of memory, pids and I/O what the layout has, and is no problem where it has none.
     *
     * @param accounting whether usage is wanted beyond what limits bring
     * @param cpuTimeLimit whether the launcher ends the sandbox by its CPU time
     * @param devices asked for the disks of I/O limits
     */
    public static Groups of(
            Limits limits, boolean accounting, boolean cpuTimeLimit, Layout layout, DeviceNumbers devices) {
        if (limits.isEmpty() && !accounting && !cpuTimeLimit && !layout.isPlaced()) {
            return new Groups(List.of(), List.of());
        }
        GroupsDraft draft = new GroupsDraft(layout);
        MemoryLimits.add(draft, limits);
        CpuLimits.add(draft, limits);
        CpusetLimits.add(draft, limits);
        PidsLimits.add(draft, limits);
        IoLimits.add(draft, limits, devices);
        HugetlbLimits.add(draft, limits);
        DeviceLimits.add(draft, limits);
        NestingLimits.add(draft, limits);
        NamedFiles.add(draft, limits, devices);
        PlacedGroups.add(draft);
        Accounting.add(draft, accounting, cpuTimeLimit);
        return draft.finish(accounting);
    }
}
