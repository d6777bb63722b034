package dev.sandjar.plan;

import dev.sandjar.Isolation;
import dev.sandjar.cgroup.Groups;
import dev.sandjar.cgroup.Hierarchy;
import dev.sandjar.cgroup.Layout;
import dev.sandjar.policy.MountAttributes;
import dev.sandjar.policy.MountEntry;
import dev.sandjar.policy.NamespaceKind;
import dev.sandjar.policy.RootPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sandbox's own cgroups at /sys/fs/cgroup, read-only, so that programs that fit themselves to their limits find them: Java machines
 * do. The mount shows the cgroup namespace of whoever makes it, so the program itself does.
 */
final class CgroupView {
    private static final String PLACE = "/sys/fs/cgroup";
    private static final long ATTRIBUTES =
            MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NODEV | MountAttributes.NOEXEC;
    /** Java takes v1 for complete only with these. */
    private static final List<String> V1 = List.of("cpu", "cpuacct", "cpuset", "memory", "pids");

    private CgroupView() {}

    static void place(Draft draft) {
        Groups groups = draft.groups;
        Layout layout = draft.cgroups.layout();
        if (groups == null || layout == null || !mayPlace(draft)) {
            return;
        }
        List<Operation> mounts = new ArrayList<>();
        boolean v2 =
                groups.groups().stream().anyMatch(g -> layout.get(g.hierarchy()).isV2());
        if (v2) {
            mount(draft, mounts, "cgroup2", PLACE, List.of());
        } else {
            v1(draft, mounts, layout);
        }
        // Before the root may have become another one, and the program another user; after its namespace.
        draft.process.addAll(1, mounts);
        draft.enforced("view of its own cgroups", v2 ? "cgroup2" : "cgroup v1", PLACE + ", read-only");
    }

    private static void v1(Draft draft, List<Operation> mounts, Layout layout) {
        for (Hierarchy hierarchy : layout.hierarchies()) {
            Set<String> names = new TreeSet<>();
            hierarchy.controllers().forEach(c -> names.add(c.label()));
            names.retainAll(V1);
            if (!names.isEmpty()) {
                List<String> options = new ArrayList<>();
                names.forEach(name -> options.addAll(List.of(name, "")));
                mount(draft, mounts, "cgroup", PLACE + "/" + String.join(",", names), options);
            }
        }
    }

    private static void mount(Draft draft, List<Operation> mounts, String type, String target, List<String> options) {
        draft.setup(
                Opcode.MKDIR, 0, new WireWriter().str(target).u32(0555), "make " + target, Isolation.CGROUP_NAMESPACE);
        mounts.add(Operation.of(
                Opcode.MOUNT,
                draft.classic(),
                new WireWriter().str(type).str(target).u64(ATTRIBUTES).strv(options),
                "mount " + type + " on " + target,
                Isolation.CGROUP_NAMESPACE));
    }

    /** Nothing is made in a directory of the host, or in changes that are kept; what the caller has put there stays. */
    private static boolean mayPlace(Draft draft) {
        RootPolicy root = draft.policy.root();
        boolean ours = root instanceof RootPolicy.HostReadOnly
                || root instanceof RootPolicy.Tmpfs
                || (root instanceof RootPolicy.Overlay overlay
                        && overlay.upper() instanceof RootPolicy.Upper.Discarded);
        boolean namespace = !draft.process.isEmpty() && draft.process.get(0).code() == Opcode.CGROUP_NAMESPACE;
        return ours
                && namespace
                && NamespacePlanner.isNew(draft, NamespaceKind.CGROUP)
                && draft.policy.mounts().stream().map(MountEntry::target).noneMatch(CgroupView::isInTheWay);
    }

    private static boolean isInTheWay(String target) {
        return (target + "/").startsWith("/sys/") || target.equals("/");
    }
}
