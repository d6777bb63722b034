package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.linux.DeviceNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Mounts and device nodes whose every attribute the caller has named. */
final class ExactMounts {
    private static final int FIFO = 0010000;
    private static final int CHARACTER = 0020000;
    private static final int BLOCK = 0060000;

    private ExactMounts() {}

    // ---- sources

    static void open(Draft draft, ExactMount tree, int slot, boolean outside) throws SandboxException {
        String step = "bind " + PathBytes.shown(tree.path()) + " on " + tree.target();
        Propagation propagation = tree.propagation();
        boolean peers = propagation != null && propagation.hasPeers();
        boolean mapped = !tree.uidMap().isEmpty();
        if (peers && (!outside || !draft.host.mountApi())) {
            draft.refuse(
                    null,
                    step + ", shared or slave",
                    "the copy of the mount is taken where its peers are not known any more",
                    "use private, or run as root on Linux 5.12 or later");
        }
        if (mapped && (!draft.host.mountApi() || !draft.host.idmaps())) {
            draft.refuse(
                    Isolation.IDMAPPED_BINDS,
                    Isolation.IDMAPPED_BINDS.label() + ": " + PathBytes.shown(tree.path()),
                    Diagnosis.of(Isolation.IDMAPPED_BINDS).reason(),
                    "leave the map out, or run with CAP_SYS_ADMIN on Linux 5.12 or later");
        }
        open(draft, slot, tree.path(), tree.isRecursive() ? Opcode.RECURSIVE : 0, tree, step, outside || mapped);
    }

    private static void open(
            Draft draft, int slot, Path path, int flags, @Nullable ExactMount maps, String step, boolean outside)
            throws SandboxException {
        List<Operation> section = draft.host.mountApi() && outside ? draft.outer : draft.setup;
        section.add(new Operation(
                new Work.OpenTree(
                        slot,
                        HostPaths.real(draft, path, step),
                        new MountIds.Fixed(maps == null ? "" : maps.uidMap(), maps == null ? "" : maps.gidMap())),
                flags | draft.classic(),
                step,
                maps == null || maps.uidMap().isEmpty() ? null : Isolation.IDMAPPED_BINDS));
    }

    /** Where the sandbox can't make a node that works, the host's own has to do. */
    static void open(Draft draft, DeviceNode device, IntConsumer taken, boolean outside) throws SandboxException {
        if (device.type() == DeviceNode.Type.PIPE || (!draft.userNamespace && isOnDevices(draft, device.path()))) {
            return;
        }
        Path node = nodeOf(device);
        if (node == null) {
            draft.refuse(
                    null,
                    "device " + device.path(),
                    "the host has no node for " + letter(device) + " " + device.major() + ":" + device.minor()
                            + " to bind, and making one needs root without a user namespace and a mount with devices",
                    "mount a tmpfs with \"dev\" above it, or create the node on the host");
            return;
        }
        int slot = draft.nextSlot();
        taken.accept(slot);
        open(draft, slot, node, 0, null, "bind " + node + " on " + device.path(), outside);
    }

    private static char letter(DeviceNode device) {
        return device.type() == DeviceNode.Type.BLOCK ? 'b' : 'c';
    }

    /** Whether nodes work on what is mounted there: the root itself has none. */
    private static boolean isOnDevices(Draft draft, String target) {
        boolean devices = false;
        int longest = 0;
        for (MountEntry entry : draft.request.mounts()) {
            boolean above =
                    target.startsWith(entry.target() + "/") && entry.target().length() >= longest;
            ExactMount exact = ExactMount.isRemount(entry) || ExactMount.isCgroups(entry) ? null : ExactMount.of(entry);
            MountChange change = exact == null ? null : exact.change();
            if (above && change != null) {
                longest = entry.target().length();
                devices = ((change.set() | change.setBelow()) & MountAttributes.NODEV) == 0;
            }
        }
        return devices;
    }

    private static @Nullable Path nodeOf(DeviceNode device) {
        List<Path> places = new ArrayList<>(List.of(Path.of(device.path())));
        Path event = Path.of("/sys/dev", device.type() == DeviceNode.Type.BLOCK ? "block" : "char")
                .resolve(device.major() + ":" + device.minor())
                .resolve("uevent");
        try {
            BoundedReads.lines(event).stream()
                    .filter(line -> line.startsWith("DEVNAME="))
                    .map(line -> Path.of("/dev", line.substring(line.indexOf('=') + 1)))
                    .forEach(places::add);
        } catch (IOException e) {
            // Not every device is in sysfs: the same path on the host is looked at too.
            return isThat(places.get(0), device) ? places.get(0) : null;
        }
        return places.stream()
                .filter(place -> isThat(place, device))
                .findFirst()
                .orElse(null);
    }

    private static boolean isThat(Path place, DeviceNode device) {
        int type = device.type() == DeviceNode.Type.BLOCK ? BLOCK : CHARACTER;
        try {
            return HostDevices.isNode(place, type, device.major(), device.minor());
        } catch (IOException e) {
            return false;
        }
    }

    // ---- places

    static void tree(Draft draft, ExactMount tree, int slot, int create) {
        Propagation propagation = tree.propagation();
        int peers = propagation != null && propagation.hasPeers() ? Opcode.PEERS : 0;
        check(draft, tree.target(), tree.change());
        draft.setup(
                new Work.Bind(slot, tree.target(), tree.change().bits()),
                create | peers | draft.classic(),
                "bind " + PathBytes.shown(tree.path()) + " on " + tree.target(),
                null);
        below(draft, tree.target(), tree.change());
        if (propagation != null) {
            propagate(draft, tree.target(), propagation);
        }
        draft.enforced(
                "bind " + PathBytes.shown(tree.path()) + " on " + tree.target(),
                draft.host.mountApi() ? "open_tree(2), mount_setattr(2)" : "mount(2)",
                (tree.isRecursive() ? "with all mounts below" : "without the mounts below")
                        + (tree.uidMap().isEmpty() ? "" : ", idmapped"));
    }

    static void fileSystem(Draft draft, ExactMount entry, int create) {
        if (entry.type().equals("proc") && (draft.flags & Plan.PROGRAM_PID) != 0) {
            draft.refuse(
                    null,
                    "proc on " + entry.target(),
                    "it would show another PID namespace",
                    "use mounts(m -> m.proc())");
            return;
        }
        if (entry.type().equals("sysfs")
                && draft.userNamespace
                && !NamespacePlanner.isNew(draft, NamespaceKind.NETWORK)) {
            draft.refuse(
                    null,
                    "sysfs on " + entry.target(),
                    "it shows a network namespace, and the kernel mounts it only for who has CAP_SYS_ADMIN over that: the sandbox has a"
                            + " user namespace of its own, to which " + networkOf(draft) + " does not belong",
                    "give it a network namespace of its own, leave sysfs out, or bind /sys read-only");
            return;
        }
        List<String> options = new ArrayList<>();
        int flags = 0;
        for (int i = 0; i < entry.options().size(); i += 2) {
            String key = entry.options().get(i);
            String value = entry.options().get(i + 1);
            if (key.equals("tmpcopyup")) {
                flags |= Opcode.COPY_UP | (entry.options().contains("mode") ? 0 : Opcode.LIKE_COVERED);
            } else if (key.equals("mode") && value.isEmpty()) {
                flags |= Opcode.LIKE_COVERED;
            } else {
                options.addAll(List.of(key, value));
            }
        }
        String source = entry.mount().source().orElse("");
        if (draft.host.mountApi() && !source.isEmpty() && !source.equals("none")) {
            options.addAll(List.of("source", source));
        }
        MountChange change = entry.change();
        check(draft, entry.target(), change);
        long attributes = change.set() | change.setBelow();
        // What is filled has to be writable until then.
        boolean later = flags != 0 && (attributes & MountAttributes.RDONLY) != 0;
        draft.setup(
                new Work.Mount(
                        entry.type(),
                        entry.target(),
                        later ? attributes & ~MountAttributes.RDONLY : attributes,
                        options),
                create | flags | draft.classic(),
                "mount " + entry.type() + " on " + entry.target(),
                Isolation.MOUNT_NAMESPACE);
        if (later) {
            draft.setup(
                    new Work.Attributes(entry.target(), attributes),
                    draft.classic(),
                    "make " + entry.target() + " read-only",
                    Isolation.MOUNT_NAMESPACE);
        }
        Propagation propagation = entry.propagation();
        if (propagation != null) {
            propagate(draft, entry.target(), propagation);
        }
        draft.enforced(
                entry.type() + " " + entry.target(),
                entry.type(),
                String.join(" ", entry.options()).strip());
    }

    private static String networkOf(Draft draft) {
        return draft.request.namespaces().choice(NamespaceKind.NETWORK) instanceof NamespaceChoice.Join join
                ? "the network namespace " + PathBytes.shown(join.path())
                : "the host's network namespace";
    }

    static void remount(Draft draft, ExactMount entry) {
        check(draft, entry.target(), entry.change());
        draft.setup(
                new Work.Attributes(entry.target(), entry.change().bits()),
                draft.classic(),
                "remount " + entry.target(),
                Isolation.MOUNT_NAMESPACE);
        below(draft, entry.target(), entry.change());
        Propagation propagation = entry.propagation();
        if (propagation != null) {
            propagate(draft, entry.target(), propagation);
        }
        draft.enforced("attributes of " + entry.target(), "mount_setattr(2)", "");
    }

    private static void below(Draft draft, String target, MountChange change) {
        if (change.bitsBelow() != 0) {
            draft.setup(
                    new Work.Attributes(target, change.bitsBelow()),
                    Opcode.RECURSIVE | draft.classic(),
                    "set the attributes below " + target,
                    Isolation.MOUNT_NAMESPACE);
        }
    }

    static void propagate(Draft draft, String target, Propagation propagation) {
        draft.setup.add(propagation(draft, target, propagation.flag(), propagation.recursive()));
    }

    static Operation propagation(Draft draft, String target, long flag, boolean recursive) {
        return new Operation(
                new Work.SetPropagation(target, flag),
                (recursive ? Opcode.RECURSIVE : 0) | draft.classic(),
                "set the propagation of " + target,
                Isolation.MOUNT_NAMESPACE);
    }

    static void check(Draft draft, String target, MountChange change) {
        if (!draft.host.mountApi() && !change.isPlain()) {
            draft.refuse(
                    Isolation.MOUNT_NAMESPACE,
                    "attributes of " + target,
                    "this kernel has no mount_setattr(2), which access times and cleared attributes need",
                    "use ro, nosuid, nodev and noexec alone, or Linux 5.12 or later");
        }
    }

    static void device(Draft draft, DeviceNode device, @Nullable Integer slot) {
        String name = "device " + device.path();
        if (slot != null) {
            draft.setup(
                    new Work.Bind(slot, device.path(), DevPlanner.ATTRIBUTES),
                    Opcode.CREATE | draft.classic(),
                    "bind " + device.path(),
                    Isolation.MOUNT_NAMESPACE);
            draft.enforced(name, "bind of the host's node", "owner and mode are the host's");
            return;
        }
        int type = device.type() == DeviceNode.Type.PIPE
                ? FIFO
                : device.type() == DeviceNode.Type.BLOCK ? BLOCK : CHARACTER;
        draft.setup(
                new Work.MakeNode(
                        device.path(),
                        type | device.mode(),
                        device.major(),
                        device.minor(),
                        device.uid(),
                        device.gid()),
                0,
                "make " + device.path(),
                null);
        draft.enforced(name, "mknodat(2)", "");
    }
}
