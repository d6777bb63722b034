package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import dev.sandjar.MountOption;
import dev.sandjar.MountPropagation;
import dev.sandjar.NamespaceKind;
import dev.sandjar.ProcOption;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.Errno;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The mounts of a policy, in their order, each at its target; {@link MountSources} has opened what they are made from. */
final class MountPlanner {
    private final Draft draft;
    private final MountSources sources;
    /** Targets under which something may be created without touching the host. */
    private final Set<String> ours = new HashSet<>();

    private boolean createAnywhere = true;

    MountPlanner(Draft draft, MountSources sources) {
        this.draft = draft;
        this.sources = sources;
    }

    /** The root is the host's own files: mount points have to be there already. */
    void createNothingOutside() {
        createAnywhere = false;
    }

    void place() throws SandboxException {
        GuestView view = new GuestView(draft);
        PlaceOrder order = PlaceOrder.of(draft);
        List<MountEntry> mounts = order.entries();
        Map<Integer, MountEntry.Dev> complete = new HashMap<>();
        for (int i = 0; i < mounts.size(); i++) {
            MountEntry entry = mounts.get(i);
            int told = draft.entries.size();
            place(entry, view);
            if (entry instanceof MountEntry.Dev dev) {
                complete.put(DevPlanner.lastInside(draft, mounts, i, order::place), dev);
            }
            MountEntry.Dev closed = complete.get(i);
            if (closed != null) {
                DevPlanner.close(draft, closed);
            }
            List<MountEntry> later = mounts.subList(i + 1, mounts.size());
            List<AppliedPolicy.Entry> covered = draft.entries.subList(told, draft.entries.size());
            Mount remount = MountKinds.remountOf(entry, later);
            if (remount != null) {
                covered.replaceAll(e -> new AppliedPolicy.Entry(
                        e.request(),
                        e.outcome(),
                        e.mechanism(),
                        "remounted with " + String.join(",", remount.options()) + "; before: " + e.reason()));
            }
            MountEntry over = MountKinds.coverOf(entry, later, order::place);
            if (over != null) {
                covered.replaceAll(e -> e.outcome() == AppliedPolicy.Outcome.ENFORCED
                        ? new AppliedPolicy.Entry(
                                e.request(),
                                AppliedPolicy.Outcome.ABSENT,
                                "",
                                "what is mounted on " + over.target() + " later covers it")
                        : e);
            }
        }
    }

    /** A mask or read-only path holds where there is something, as far as that can be known before the launcher looks. */
    private void restricted(String request, Restriction restriction, String target, GuestView view) {
        draft.restrictions.put(request, restriction);
        GuestView.Presence presence = view.look(target);
        view.watchIn(draft.watched);
        switch (presence) {
            case THERE -> draft.entries.add(restriction.enforced(request));
            case ABSENT -> draft.entries.add(Restriction.absent(request));
            default ->
                draft.enforced(
                        request, restriction.mechanism(), "where there is such a place, which shows at the start only");
        }
    }

    /** Where the program may write to what stays, above the place, it can put another in that. */
    private String avoided(String target) {
        boolean writable = draft.request.root() instanceof RootFs.Directory root && root.writable();
        for (MountEntry entry : draft.request.mounts()) {
            if (!MountKinds.isCover(entry) && target.startsWith(entry.target() + "/")) {
                writable = entry instanceof MountEntry.Bind bind && !bind.readOnly();
            }
        }
        return writable
                ? "as long as the program leaves the directories above where they are, which it may rename as it may write there"
                : "";
    }

    /** Or have capabilities over its files: in a user namespace that maps it, or in one of which this plan knows no map. */
    private boolean mayBeMachinesRoot() {
        return draft.idMap.mode() == IdMapPlan.NONE || draft.idMap.reaches(0);
    }

    private void place(MountEntry entry, GuestView view) throws SandboxException {
        String target = entry.target();
        String proc = draft.procInProgram;
        boolean inProc = proc != null && target.startsWith(proc);
        // What the program itself mounts comes after the set-up, and so has what is done to it.
        List<Operation> section = inProc || isAtCgroups(entry) ? draft.process : draft.setup;
        if (inProc && !(entry instanceof MountEntry.Masked || entry instanceof MountEntry.ReadOnlyPath)) {
            draft.refuse(
                    null,
                    "mount on " + target,
                    "without an init only mask and readOnlyPath work beneath /proc",
                    "use pidNamespace()");
        } else if (entry instanceof MountEntry.Bind bind) {
            bind(bind);
        } else if (entry instanceof MountEntry.Tmpfs tmpfs) {
            tmpfs(tmpfs);
        } else if (entry instanceof MountEntry.FileBytes file) {
            inRoot(target, "write " + target);
            byte[] content = PortPlanner.content(draft, file);
            Work.WriteFile write = new Work.WriteFile(target, file.mode(), new Bytes(content));
            draft.setup(AttachmentPlanner.withNames(draft, file, write), replace(), "write " + target, null);
            draft.enforced("file " + target, "written", content.length + " bytes");
        } else if (entry instanceof MountEntry.Symlink link) {
            inRoot(target, "link " + target);
            draft.setup(new Work.Symlink(target, Bytes.of(link.text())), replace(), "link " + target, null);
            draft.enforced("link " + target, "symlinkat(2)", "to " + link.text());
        } else if (entry instanceof MountEntry.Directory directory) {
            inRoot(target, "make " + target);
            draft.setup(new Work.MakeDirectory(target, directory.mode()), 0, "make " + target, null);
            draft.enforced("directory " + target, "mkdirat(2)", "");
        } else if (entry instanceof MountEntry.Masked masked && masked.rootOnly() && !mayBeMachinesRoot()) {
            draft.enforced(
                    "masked " + target, "permissions", "only the machine's root may read it, who no program here is");
        } else if (entry instanceof MountEntry.Masked) {
            section.add(new Operation(
                    new Work.Mask(target),
                    Opcode.OPTIONAL | draft.classic(),
                    "mask " + target,
                    Isolation.MOUNT_NAMESPACE));
            restricted(
                    "masked " + target,
                    new Restriction("mask " + target, "empty read-only mount", avoided(target)),
                    target,
                    view);
        } else if (entry instanceof MountEntry.ReadOnlyPath) {
            section.add(new Operation(
                    new Work.Attributes(target, MountAttributes.RDONLY),
                    Opcode.SELF | Opcode.RECURSIVE | Opcode.OPTIONAL | draft.classic(),
                    "make " + target + " read-only",
                    Isolation.MOUNT_NAMESPACE));
            restricted(
                    "read-only " + target,
                    new Restriction("make " + target + " read-only", attributesCall(), avoided(target)),
                    target,
                    view);
        } else if (entry instanceof MountEntry.Proc procfs) {
            proc(procfs);
        } else if (entry instanceof MountEntry.Dev dev) {
            Integer first = sources.slot(dev);
            DevPlanner.place(draft, dev, first == null ? 0 : first, create(target));
            ours.add(target);
        } else if (entry instanceof MountEntry.Mqueue) {
            mqueue(target);
        } else if (entry instanceof Mount mount && ExactMount.isCgroups(mount)) {
            CgroupView.place(draft, mount, create(target));
            ours.add(target);
        } else {
            exact(entry, target);
        }
    }

    private boolean isAtCgroups(MountEntry entry) {
        return draft.request.mounts().stream()
                .filter(ExactMount::isCgroups)
                .map(MountEntry::target)
                .anyMatch(place ->
                        (entry.target() + "/").startsWith(place + "/") || place.startsWith(entry.target() + "/"));
    }

    private void exact(MountEntry entry, String target) {
        Integer slot = sources.slot(entry);
        ExactMount mount = ExactMount.of(entry);
        if (mount != null && slot != null) {
            ExactMounts.tree(draft, mount, slot, create(target));
            ours.add(target);
        } else if (mount != null && ExactMount.isRemount(entry)) {
            ExactMounts.remount(draft, mount);
        } else if (mount != null && ExactMount.isOverlay(entry)) {
            OverlayMounts.place(draft, mount, sources.overlay(mount.mount()), create(target));
            ours.add(target);
        } else if (mount != null && ExactMount.isFileSystem(entry)) {
            ExactMounts.fileSystem(draft, mount, create(target));
            ours.add(target);
        } else if (entry instanceof MountEntry.Device device) {
            ExactMounts.device(draft, device.node(), slot);
        } else if (entry instanceof MountEntry.StandardDevices && slot != null) {
            DevPlanner.nodes(draft, target, slot, create(target + "/null"));
        } else if (entry instanceof MountEntry.RootPropagation root) {
            if (root.propagation() != MountPropagation.SHARED) {
                ExactMounts.propagate(draft, target, Propagation.ofRoot(root.propagation()));
            }
            draft.enforced("propagation of the root", "mount_setattr(2)", "");
        }
    }

    /** Whether mounts are to reach others from the root, which the kernel wants to hear after pivot_root(2). */
    static boolean sharesRoot(Draft draft) {
        return draft.request.mounts().stream()
                .anyMatch(entry -> entry instanceof MountEntry.RootPropagation root
                        && root.propagation() == MountPropagation.SHARED);
    }

    /** The flag with which the root keeps its peers, if mounts of the host are to reach it. */
    int rootPeers() {
        boolean slave = draft.request.mounts().stream()
                .anyMatch(entry -> entry instanceof MountEntry.RootPropagation root
                        && root.propagation() == MountPropagation.SLAVE);
        return slave ? Opcode.PEERS : 0;
    }

    private void bind(MountEntry.Bind bind) {
        Integer slot = sources.slot(bind);
        if (slot == null) {
            return;
        }
        draft.setup(
                new Work.Bind(slot, bind.target(), MountAttributes.of(bind)),
                Opcode.RECURSIVE | create(bind.target()) | draft.classic(),
                MountSources.step(bind),
                null);
        if (!bind.readOnly()) {
            ours.add(bind.target());
        }
        String mechanism = draft.host.mountApi() ? "open_tree(2), mount_setattr(2)" : "mount(2)";
        String why = sources.whyClosed(bind);
        if (why == null) {
            String avoided = bind.readOnly() ? avoided(bind.target()) : "";
            draft.enforced(
                    MountSources.step(bind),
                    mechanism,
                    sources.access(bind) + (avoided.isEmpty() ? "" : "; there " + avoided));
        } else {
            draft.unreachable(MountSources.step(bind), mechanism, why);
        }
    }

    private void tmpfs(MountEntry.Tmpfs tmpfs) {
        boolean view = draft.request.root() instanceof RootFs.HostReadOnly;
        if (tmpfs.optional() && !view && !GuestView.hasPlaceFor(draft, tmpfs)) {
            draft.entries.add(new AppliedPolicy.Entry(
                    "tmpfs " + tmpfs.target(), AppliedPolicy.Outcome.ABSENT, "", "the root has no such directory"));
            return;
        }
        List<String> options = new ArrayList<>(
                List.of("size", Long.toString(tmpfs.size().toBytes()), "mode", Integer.toOctalString(tmpfs.mode())));
        tmpfs.inodes().ifPresent(count -> options.addAll(List.of("nr_inodes", Long.toString(count))));
        mount("tmpfs", tmpfs.target(), MountAttributes.of(tmpfs), options, Isolation.MOUNT_NAMESPACE);
        ours.add(tmpfs.target());
        draft.enforced(
                "tmpfs " + tmpfs.target(),
                "tmpfs",
                "at most " + tmpfs.size() + ", " + programs(tmpfs.options().contains(MountOption.EXEC)));
    }

    static String programs(boolean exec) {
        return exec ? "programs may run there" : "noexec";
    }

    private void proc(MountEntry.Proc proc) {
        if (!NamespacePlanner.isNew(draft, NamespaceKind.PID)) {
            if (proc.automatic()) {
                return;
            }
            if (draft.userNamespace) {
                draft.refuse(
                        Isolation.PRIVATE_PROC,
                        Isolation.PRIVATE_PROC.label(),
                        "inside a user namespace the kernel shows processes of an own PID namespace only",
                        "add pidNamespace()");
                return;
            }
        }
        if (!draft.wants(Isolation.PRIVATE_PROC)) {
            return;
        }
        List<String> options = new ArrayList<>();
        if (proc.options().contains(ProcOption.HIDE_PID)) {
            options.addAll(List.of("hidepid", "invisible"));
        }
        byte[] table = CgroupView.tableBeside(draft, proc);
        if (proc.options().contains(ProcOption.SUBSET_PID) && table == null) {
            options.addAll(List.of("subset", "pid"));
        }
        long attributes = MountAttributes.NOSUID | MountAttributes.NODEV | MountAttributes.NOEXEC;
        if ((draft.flags & Plan.PROGRAM_PID) != 0) {
            // It shows the PID namespace of whoever mounts it, and only the program is in the new one.
            if (mayCreate(proc.target())) {
                // For other programs of the sandbox too, and before anything makes the root read-only.
                draft.setup(
                        new Work.MakeDirectory(proc.target(), 0555),
                        0,
                        "make " + proc.target(),
                        Isolation.PRIVATE_PROC);
            }
            draft.process.add(mountOperation("proc", proc.target(), attributes, options, Isolation.PRIVATE_PROC));
            draft.procInProgram = proc.target() + "/";
        } else {
            mount("proc", proc.target(), attributes, options, Isolation.PRIVATE_PROC);
        }
        if (table != null) {
            List<String> subset = List.of("subset", "pid");
            draft.setup(
                    new Work.ProcFile(proc.target(), "cgroups", new Bytes(table), subset),
                    0,
                    "show only processes in " + proc.target(),
                    Isolation.PRIVATE_PROC);
            options.addAll(subset);
        }
        draft.enforced(
                Isolation.PRIVATE_PROC.label() + " " + proc.target(),
                "procfs",
                String.join(" ", options) + (table == null ? "" : ", and the names of its own cgroups"));
    }

    private void mqueue(String target) {
        if (draft.wants(Isolation.MQUEUE)) {
            long attributes = MountAttributes.NOSUID | MountAttributes.NODEV | MountAttributes.NOEXEC;
            mount("mqueue", target, attributes, List.of(), Isolation.MQUEUE);
            draft.enforced(Isolation.MQUEUE.label() + " " + target, "mqueue", "");
        }
    }

    private void mount(String type, String target, long attributes, List<String> options, Isolation isolation) {
        draft.setup.add(mountOperation(type, target, attributes, options, isolation));
    }

    private Operation mountOperation(
            String type, String target, long attributes, List<String> options, Isolation isolation) {
        return new Operation(
                new Work.Mount(type, target, attributes, options),
                create(target) | draft.classic(),
                "mount " + type + " on " + target,
                isolation);
    }

    private int create(String target) {
        return mayCreate(target) ? Opcode.CREATE : 0;
    }

    private boolean mayCreate(String target) {
        return createAnywhere || ours.stream().anyMatch(prefix -> target.startsWith(prefix + "/"));
    }

    private void inRoot(String target, String step) throws SandboxException {
        if (!mayCreate(target)) {
            throw new SandboxException(
                    step,
                    null,
                    target,
                    Errno.EROFS.number(),
                    "the root is a directory of the host, and this would change it",
                    "use RootFs.overlay, or put a tmpfs above it");
        }
    }

    /** What the sandbox's own root has gives way; a directory of the host is nothing to delete from. */
    private int replace() {
        RootFs root = draft.request.root();
        boolean hosts =
                root instanceof RootFs.Host || (root instanceof RootFs.Directory && draft.request.rootOrigin() == null);
        return hosts ? 0 : Opcode.REPLACE;
    }

    private String attributesCall() {
        return draft.host.mountApi() ? "mount_setattr(2)" : "mount(MS_REMOUNT)";
    }
}
