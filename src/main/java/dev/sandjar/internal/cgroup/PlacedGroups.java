package dev.sandjar.internal.cgroup;

import java.util.List;

/** Groups whose path was chosen: whoever chose it looks for them in every hierarchy, whatever the limits are. */
final class PlacedGroups {
    private PlacedGroups() {}

    static void add(GroupsDraft draft) {
        Layout layout = draft.layout();
        for (int i = 0; layout.isPlaced() && i < layout.hierarchies().size(); i++) {
            GroupsDraft.Slot slot = draft.use(i);
            if (!slot.isV2() && slot.hierarchy().has(Controller.CPUSET)) {
                sets(slot);
            }
        }
    }

    /** v1 takes no process into a group without both. */
    private static void sets(GroupsDraft.Slot slot) {
        Hierarchy hierarchy = slot.hierarchy();
        fill(slot, "cpuset.cpus", hierarchy.cpus());
        fill(slot, "cpuset.mems", hierarchy.mems());
    }

    private static void fill(GroupsDraft.Slot slot, String file, String text) {
        if (!slot.writes(file) && !text.isEmpty()) {
            slot.fill(file, text);
        }
    }

    /** What parents that have to be made need, so that a group below them can do what this hierarchy says. */
    static List<String> parentWrites(Hierarchy hierarchy) {
        if (hierarchy.isV2()) {
            String down = Controller.handedDown(hierarchy.controllers());
            return down.isEmpty() ? List.of() : List.of("cgroup.subtree_control", down);
        }
        return hierarchy.has(Controller.CPUSET)
                ? List.of("cpuset.cpus", hierarchy.cpus(), "cpuset.mems", hierarchy.mems())
                : List.of();
    }
}
