package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.internal.protocol.Opcode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Divides the set-up into what starts can share and what belongs to one sandbox. Shared is only what no program can change: read-only
 * mounts and what is bound from the host. Where the two can't be divided so, every start does everything. Overlays are {@link
 * TemplateLayersPlanner}'s.
 */
final class TemplatePlanner {
    /** What belongs to one sandbox wherever it is. */
    static final Set<Opcode> PRIVATE = EnumSet.of(
            Opcode.SETID,
            Opcode.TIME_OFFSETS,
            Opcode.NETWORK,
            Opcode.RELAY,
            Opcode.NETLINK,
            Opcode.LISTEN,
            Opcode.REACH,
            Opcode.HOSTNAME,
            Opcode.DOMAINNAME,
            Opcode.MASK,
            Opcode.WRITE_PROC);

    /** What can be done on a private mount; a bind can't, because its source is opened once. */
    private static final Set<Opcode> REPEATABLE =
            EnumSet.of(Opcode.MKDIR, Opcode.SYMLINK, Opcode.FILE, Opcode.MOUNT, Opcode.ATTRIBUTES, Opcode.PROC_FILE);

    private static final int READ_AND_SEARCH = 05;

    private TemplatePlanner() {}

    static void plan(Draft draft) {
        if (!draft.request.template() || draft.refusal != null || !possible(draft)) {
            return;
        }
        List<Operation> divided =
                draft.layers == null ? divide(draft) : TemplateLayersPlanner.divide(draft, draft.layers);
        if (divided == null) {
            return;
        }
        draft.setup.clear();
        draft.setup.addAll(divided);
        draft.flags |= Plan.TEMPLATE
                | (draft.idMap.privateBlock() > 0 ? 0 : Plan.TEMPLATE_USER)
                | (draft.layers == null ? 0 : Plan.TEMPLATE_LAYERS);
    }

    private static @Nullable List<Operation> divide(Draft draft) {
        List<Operation> divided = new ArrayList<>(draft.setup.size());
        List<String> below = new ArrayList<>();
        for (Operation op : draft.setup) {
            String target = op.target();
            // With its own path: what is done to a private mount, such as making it read-only, is private too.
            boolean inPrivate = below.stream().anyMatch((target + "/")::startsWith);
            if (inPrivate && !PRIVATE.contains(op.code()) && !REPEATABLE.contains(op.code())) {
                return null;
            }
            boolean mount = op.work() instanceof Work.Mount && !isDev(draft, op);
            if (mount) {
                below.add(target + "/");
            }
            boolean own = inPrivate || mount || PRIVATE.contains(op.code());
            if (!own && isOwners(draft, op)) {
                return null;
            }
            divided.add(own ? op.perSandbox() : op);
        }
        return divided;
    }

    /** Whether it makes something that is its owner's more than others', who is nobody in a sandbox with ids that the template lacks. */
    static boolean isOwners(Draft draft, Operation op) {
        int mode = op.work() instanceof Work.WriteFile file
                ? file.mode()
                : op.work() instanceof Work.MakeDirectory directory ? directory.mode() : 0;
        return draft.idMap.privateBlock() > 0 && ((mode >> 6 | mode >> 3) & ~mode & READ_AND_SEARCH) != 0;
    }

    private static boolean possible(Draft draft) {
        RootFs root = draft.request.root();
        boolean readOnly = root instanceof RootFs.HostReadOnly
                || (root instanceof RootFs.Directory directory && !directory.writable());
        boolean maps =
                draft.idMap.privateBlock() > 0 ? draft.host.privileged() : draft.idMap.mode() == IdMapPlan.WRITE_DENY;
        return (readOnly || draft.layers != null)
                && !draft.request.pausing()
                && maps
                && draft.userNamespace
                && draft.host.mountApi()
                && !draft.dependsOnBase
                // It would be looked for in the root, where a clone has a copy that is read-only.
                && !draft.linksToDev
                && draft.descriptors.isEmpty()
                // What a layer is written to is for one overlay at a time.
                && draft.request.mounts().stream().noneMatch(ExactMount::isOverlay)
                && draft.procInProgram == null
                && (draft.flags & Plan.INIT) != 0
                && NamespacePlanner.isNew(draft, NamespaceKind.MOUNT)
                && NamespacePlanner.isNew(draft, NamespaceKind.PID)
                // The kernel shows a new one only where the host's can be seen, and a template has put that away.
                && draft.setup.stream().noneMatch(NamespacePlanner::isSysfs)
                // It could take the private mounts away, and see what is below.
                && !draft.request.process().capabilities().any().contains(Capability.SYS_ADMIN);
    }

    /** Its devices are binds and it is made read-only, so that it can be shared. */
    static boolean isDev(Draft draft, Operation op) {
        return op.work() instanceof Work.Mount mount
                && mount.type().equals("tmpfs")
                && draft.request.mounts().stream()
                        .anyMatch(entry -> entry instanceof MountEntry.Dev
                                && entry.target().equals(mount.target()));
    }
}
