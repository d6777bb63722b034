package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.ProcOption;
import dev.sandjar.RootFs;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.cgroup.Group;
import dev.sandjar.internal.cgroup.Groups;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.internal.protocol.Opcode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
        if (mayPlace(draft)) {
            makeDirectory(draft, PLACE);
            mount(draft, PLACE, 0);
        }
    }

    /** Whether they are shown at their usual place without having been asked for. */
    static boolean isPlaced(Draft draft) {
        return mayPlace(draft);
    }

    /** The same where the caller wants it, in whatever root. */
    static void place(Draft draft, Mount entry, int create) {
        if (!hasNamespace(draft)) {
            Layout layout = draft.cgroups.layout();
            draft.refuse(
                    Isolation.CGROUP_LIMITS,
                    "cgroups at " + entry.target(),
                    layout == null
                            ? draft.cgroups.reason()
                            : "they begin at the sandbox's own only in a cgroup namespace",
                    layout == null ? draft.cgroups.remedy() : "add cgroupNamespace() and accounting()");
            return;
        }
        mount(draft, entry.target(), create);
    }

    private static void mount(Draft draft, String place, int create) {
        Groups groups = draft.groups;
        Layout layout = draft.cgroups.layout();
        if (groups == null || layout == null) {
            return; // there is a namespace only with both
        }
        Set<Integer> own = groups.groups().stream()
                .filter(group -> group.joinFile() != null)
                .map(Group::hierarchy)
                .collect(Collectors.toSet());
        boolean v2 = own.stream().anyMatch(k -> layout.get(k).isV2());
        List<Operation> mounts = new ArrayList<>();
        if (v2) {
            if (create != 0) {
                makeDirectory(draft, place);
            }
            mounts.add(mountOperation(draft, "cgroup2", place, List.of()));
        } else {
            draft.setup(
                    new Work.Mount(
                            "tmpfs",
                            place,
                            ATTRIBUTES & ~MountAttributes.RDONLY,
                            List.of("mode", "755", "size", "65536")),
                    create | draft.classic(),
                    "mount tmpfs on " + place,
                    Isolation.CGROUP_NAMESPACE);
            v1(draft, mounts, layout, own, place);
            draft.setup(
                    new Work.Attributes(place, ATTRIBUTES),
                    draft.classic(),
                    "make " + place + " read-only",
                    Isolation.CGROUP_NAMESPACE);
        }
        // Before the root may have become another one, and the program another user; after its namespace.
        draft.process.addAll(1, mounts);
        draft.enforced("view of its own cgroups", v2 ? "cgroup2" : "cgroup v1", place + ", read-only");
    }

    private static boolean hasNamespace(Draft draft) {
        return !draft.process.isEmpty()
                && draft.process.get(0).code() == Opcode.CGROUP_NAMESPACE
                && NamespacePlanner.isNew(draft, NamespaceKind.CGROUP);
    }

    /**
     * In a hierarchy where the sandbox has no group of its own, the namespace begins at the group of this process, with all that lies
     * below: there the mount is only to be listed, and nothing is to be seen of it.
     */
    private static void v1(Draft draft, List<Operation> mounts, Layout layout, Set<Integer> own, String place) {
        for (int k = 0; k < layout.hierarchies().size(); k++) {
            Hierarchy hierarchy = layout.get(k);
            Set<String> names = new TreeSet<>();
            hierarchy.controllers().forEach(c -> names.add(c.label()));
            names.retainAll(V1);
            if (!names.isEmpty()) {
                List<String> options = new ArrayList<>();
                names.forEach(name -> options.addAll(List.of(name, "")));
                String target = place + "/" + String.join(",", names);
                makeDirectory(draft, target);
                mounts.add(mountOperation(draft, "cgroup", target, options));
                if (!own.contains(k)) {
                    mounts.add(mountOperation(draft, "tmpfs", target, List.of("mode", "555", "size", "4096")));
                }
            }
        }
    }

    private static void makeDirectory(Draft draft, String target) {
        draft.setup(new Work.MakeDirectory(target, 0555), 0, "make " + target, Isolation.CGROUP_NAMESPACE);
    }

    private static Operation mountOperation(Draft draft, String type, String target, List<String> options) {
        return new Operation(
                new Work.Mount(type, target, ATTRIBUTES, options),
                draft.classic(),
                "mount " + type + " on " + target,
                Isolation.CGROUP_NAMESPACE);
    }

    /**
     * What /proc/cgroups is to say where a procfs shows only processes: Java machines ask there which cgroups there are, and look at no
     * limit else. Null where none is needed, or possible. Of the host it tells the numbers of the hierarchies, as /proc/self/cgroup does.
     */
    static byte @Nullable [] tableBeside(Draft draft, MountEntry.Proc proc) {
        boolean possible = proc.options().contains(ProcOption.SUBSET_PID)
                && draft.host.mountApi()
                && (draft.flags & Plan.PROGRAM_PID) == 0
                && mayPlace(draft);
        List<String> known = possible ? HostFiles.ofThisHost().cgroupTable() : List.of();
        StringBuilder table = new StringBuilder("#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
        for (String line : known) {
            String[] fields = line.split("\t", 5);
            if (fields.length == 4 && !line.startsWith("#")) {
                fields[2] = "1"; // how many cgroups the host has is its own affair
                table.append(String.join("\t", fields)).append('\n');
            }
        }
        return known.isEmpty() ? null : table.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Nothing is made in a directory that the caller has named; what the caller has put there stays. */
    private static boolean mayPlace(Draft draft) {
        RootFs root = draft.request.root();
        boolean ours = root instanceof RootFs.HostReadOnly
                || root instanceof RootFs.Tmpfs
                || (root instanceof RootFs.Overlay overlay && !(overlay.upper() instanceof UpperLayer.Given))
                || (root instanceof RootFs.Directory directory
                        && directory.mountPoints()
                        && draft.request.rootOrigin() != null);
        return ours && hasNamespace(draft) && draft.request.mounts().stream().noneMatch(CgroupView::isInTheWay);
    }

    /** What lies beside it in /sys is not: masks above all, of which the presets have some. */
    private static boolean isInTheWay(MountEntry entry) {
        String target = entry.target();
        boolean above = target.equals("/") || (PLACE + "/").startsWith(target + "/");
        boolean harmless = entry instanceof MountEntry.Directory
                || entry instanceof MountEntry.ReadOnlyPath
                || entry instanceof MountEntry.RootPropagation;
        return (above && !harmless) || target.startsWith(PLACE + "/");
    }
}
