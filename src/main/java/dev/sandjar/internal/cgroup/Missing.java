package dev.sandjar.internal.cgroup;

import dev.sandjar.Limit;

/** Explains that no hierarchy has a controller. */
final class Missing {
    private Missing() {}

    static void add(GroupsDraft draft, Limit limit, Controller controller) {
        String name = controller.label();
        if (draft.layout().isEmpty()) {
            draft.problem(
                    limit,
                    "this process may use no cgroup",
                    "run as root, in a service or scope with Delegate=yes, or with a systemd user session");
        } else if (controller == Controller.DEVICES && draft.layout().isV2()) {
            draft.problem(
                    limit,
                    "on cgroup v2 a BPF program decides about devices, and this process may not load one",
                    "run as root; a private /dev needs no device rules");
        } else if (draft.layout().isV2() && draft.layout().isPlaced()) {
            draft.problem(
                    limit,
                    "the cgroup above the chosen path does not hand the \"" + name + "\" controller down",
                    "write +" + name + " to its cgroup.subtree_control, or choose a path elsewhere");
        } else if (draft.layout().isV2()) {
            draft.problem(
                    limit,
                    "the \"" + name + "\" controller isn't delegated to this process",
                    "have systemd delegate it (Delegate=" + name + " in the unit, or in a drop-in of user@.service)");
        } else if (controller == Controller.DEVICES) {
            draft.problem(
                    limit,
                    "on cgroup v1 rules for devices need a writable hierarchy with the \"devices\" controller and CAP_SYS_ADMIN",
                    "run as root with CAP_SYS_ADMIN; a private /dev needs no device rules");
        } else {
            String v1 = controller == Controller.IO ? "blkio" : name;
            draft.problem(
                    limit,
                    "no writable cgroup v1 hierarchy with the \"" + v1 + "\" controller is mounted here",
                    "mount it where /proc/cgroups lists it, or use cgroup v2");
        }
    }
}
