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
            v1(draft, mounts, layout, PLACE);
        }
        // Before the root may have become another one, and the program another user; after its namespace.
        draft.process.addAll(1, mounts);
        draft.enforced("view of its own cgroups", v2 ? "cgroup2" : "cgroup v1", PLACE + ", read-only");
    }

    /** The same where the caller wants it, in whatever root. */
    static void place(Draft draft, MountEntry.Cgroups entry, int create) {
        Groups groups = draft.groups;
        Layout layout = draft.cgroups.layout();
        if (groups == null || layout == null || !hasNamespace(draft)) {
            draft.refuse(
                    Isolation.CGROUP_LIMITS,
                    "cgroups at " + entry.target(),
                    layout == null
                            ? draft.cgroups.reason()
                            : "they begin at the sandbox's own only in a cgroup namespace",
                    layout == null ? draft.cgroups.remedy() : "add cgroupNamespace() and accounting()");
            return;
        }
        boolean v2 =
                groups.groups().stream().anyMatch(g -> layout.get(g.hierarchy()).isV2());
        List<Operation> mounts = new ArrayList<>();
        if (v2) {
            if (create != 0) {
                makeDirectory(draft, entry.target());
            }
            mounts.add(mountOperation(draft, "cgroup2", entry.target(), List.of()));
        } else {
            draft.setup(
                    Opcode.MOUNT,
                    create | draft.classic(),
                    new WireWriter()
                            .str("tmpfs")
                            .str(entry.target())
                            .u64(ATTRIBUTES & ~MountAttributes.RDONLY)
                            .strv(List.of("mode", "755", "size", "65536")),
                    "mount tmpfs on " + entry.target(),
                    Isolation.CGROUP_NAMESPACE);
            v1(draft, mounts, layout, entry.target());
            draft.setup(
                    Opcode.ATTRIBUTES,
                    draft.classic(),
                    new WireWriter().str(entry.target()).u64(ATTRIBUTES),
                    "make " + entry.target() + " read-only",
                    Isolation.CGROUP_NAMESPACE);
        }
        draft.process.addAll(1, mounts);
        draft.enforced("view of its own cgroups", v2 ? "cgroup2" : "cgroup v1", entry.target() + ", read-only");
    }

    private static boolean hasNamespace(Draft draft) {
        return !draft.process.isEmpty()
                && draft.process.get(0).code() == Opcode.CGROUP_NAMESPACE
                && NamespacePlanner.isNew(draft, NamespaceKind.CGROUP);
    }

    private static void v1(Draft draft, List<Operation> mounts, Layout layout, String place) {
        for (Hierarchy hierarchy : layout.hierarchies()) {
            Set<String> names = new TreeSet<>();
            hierarchy.controllers().forEach(c -> names.add(c.label()));
            names.retainAll(V1);
            if (!names.isEmpty()) {
                List<String> options = new ArrayList<>();
                names.forEach(name -> options.addAll(List.of(name, "")));
                mount(draft, mounts, "cgroup", place + "/" + String.join(",", names), options);
            }
        }
    }

    private static void mount(Draft draft, List<Operation> mounts, String type, String target, List<String> options) {
        makeDirectory(draft, target);
        mounts.add(mountOperation(draft, type, target, options));
    }

    private static void makeDirectory(Draft draft, String target) {
        draft.setup(
                Opcode.MKDIR, 0, new WireWriter().str(target).u32(0555), "make " + target, Isolation.CGROUP_NAMESPACE);
    }

    private static Operation mountOperation(Draft draft, String type, String target, List<String> options) {
        return Operation.of(
                Opcode.MOUNT,
                draft.classic(),
                new WireWriter().str(type).str(target).u64(ATTRIBUTES).strv(options),
                "mount " + type + " on " + target,
                Isolation.CGROUP_NAMESPACE);
    }

    /** Nothing is made in a directory of the host, or in changes that are kept; what the caller has put there stays. */
    private static boolean mayPlace(Draft draft) {
        RootPolicy root = draft.policy.root();
        boolean ours = root instanceof RootPolicy.HostReadOnly
                || root instanceof RootPolicy.Tmpfs
                || (root instanceof RootPolicy.Overlay overlay
                        && overlay.upper() instanceof RootPolicy.Upper.Discarded);
        return ours
                && hasNamespace(draft)
                && draft.policy.mounts().stream().map(MountEntry::target).noneMatch(CgroupView::isInTheWay);
    }

    private static boolean isInTheWay(String target) {
        return (target + "/").startsWith("/sys/") || target.equals("/");
    }
}
