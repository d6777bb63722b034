package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.internal.protocol.Opcode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Divides the set-up of an overlay into what starts can share and what belongs to one sandbox. The overlay, with its writable layer, is
 * each one's own, and so is everything that is done to it. Shared are the template layers: a small tmpfs in which the layers below, the binds and
 * /dev are mounted once, for each start to put copies of these mounts in their places. It lies beneath the overlay, out of reach.
 */
final class TemplateLayersPlanner {
    static final String LAYERS_ROOT = "/.sandjar";

    /** What one message carries, with room to spare. */
    private static final int MAPPED_LAYERS_MAX = 60;

    /** SJ_TEMPLATE_NULL of protocol.h. */
    private static final String NULL = LAYERS_ROOT + "/null";

    private static final String WRITABLE = LAYERS_ROOT + "/writable";
    private static final long SIZE = 1L << 20;
    private static final long LAYER = MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NODEV;

    /** What each start does on its own overlay. */
    private static final Set<Opcode> OWN = EnumSet.of(
            Opcode.MKDIR,
            Opcode.SYMLINK,
            Opcode.FILE,
            Opcode.MOUNT,
            Opcode.ATTRIBUTES,
            Opcode.PROPAGATION,
            Opcode.PROC_FILE);

    /** What made the overlay before. */
    private static final Set<Opcode> REPLACED = EnumSet.of(Opcode.ROOT_FS, Opcode.BIND, Opcode.OPEN_TREE, Opcode.MKDIR);

    private final Draft draft;
    private final Layers layers;
    private final List<Operation> opening = new ArrayList<>();
    private final List<Operation> shared = new ArrayList<>();
    private final List<Operation> copies = new ArrayList<>();
    private final List<Operation> rest = new ArrayList<>();
    private final Map<Integer, Integer> openFlags = new HashMap<>();
    private @Nullable String dev;
    /** The places in it, with a slash at the end, where each start mounts something. */
    private final List<String> inDev = new ArrayList<>();

    private String sharedDev = "";

    private TemplateLayersPlanner(Draft draft, Layers layers) {
        this.draft = draft;
        this.layers = layers;
    }

    /** The divided set-up; null if it can't be divided. */
    static @Nullable List<Operation> divide(Draft draft, Layers layers) {
        boolean taken = draft.request.mounts().stream()
                .anyMatch(entry ->
                        entry.target().equals(LAYERS_ROOT) || entry.target().startsWith(LAYERS_ROOT + "/"));
        if (taken || (layers.mapped() && layers.slots().size() > MAPPED_LAYERS_MAX)) {
            return null;
        }
        return new TemplateLayersPlanner(draft, layers).divide();
    }

    private @Nullable List<Operation> divide() {
        draft.outer.forEach(this::remember);
        draft.setup.forEach(this::remember);
        int overlay = indexOfOverlay();
        for (Operation op : draft.setup.subList(0, overlay)) {
            if (!before(op)) {
                return null;
            }
        }
        stageLayers();
        for (Operation op : draft.setup.subList(overlay + 1, draft.setup.size())) {
            if (!after(op)) {
                return null;
            }
        }
        if (dev != null) {
            return null; // it never became read-only
        }
        List<Operation> all = new ArrayList<>(opening);
        all.addAll(shared);
        all.addAll(copies);
        all.add(overlay(draft.setup.get(overlay)));
        all.addAll(rest);
        return all;
    }

    private void remember(Operation op) {
        if (op.work() instanceof Work.OpenTree tree) {
            openFlags.put(tree.slot(), op.flags());
        } else if (op.work() instanceof Work.OpenBeneath tree) {
            openFlags.put(tree.slot(), op.flags());
        }
    }

    private int indexOfOverlay() {
        for (int i = 0; i < draft.setup.size(); i++) {
            Operation op = draft.setup.get(i);
            if (op.work() instanceof Work.RootFileSystem root && root.type().equals("overlay")) {
                return i;
            }
        }
        throw new IllegalStateException("layers without an overlay");
    }

    private boolean before(Operation op) {
        if (layers.opened().contains(op)) {
            // A copy of the mount: a path is worth nothing once the host's mounts are gone.
            opening.add(op.with(Opcode.RECURSIVE));
        } else if (op.code() == Opcode.PRIVATE || op.work() instanceof Work.OpenTree) {
            opening.add(op);
        } else if (TemplatePlanner.PRIVATE.contains(op.code())) {
            opening.add(op.perSandbox());
        } else {
            return REPLACED.contains(op.code());
        }
        return true;
    }

    private void stageLayers() {
        shared.add(new Operation(
                new Work.RootFileSystem(
                        "tmpfs",
                        MountAttributes.NOSUID | MountAttributes.NODEV,
                        List.of("mode", "755", "size", Long.toString(SIZE))),
                0,
                "mount the template layers",
                Isolation.MOUNT_NAMESPACE));
        shared.add(mkdir(WRITABLE, "make " + WRITABLE));
        for (int i = 0; i < layers.slots().size(); i++) {
            int slot = layers.slots().get(i);
            String step = "attach the overlay's lower" + i;
            shared.add(bind(slot, lower(i), LAYER, Opcode.CREATE, step, Isolation.OVERLAY_ROOT));
            if (layers.mapped()) {
                shared.add(mkdir(mapped(i), "make " + mapped(i)));
                copies.add(new Operation(
                                new Work.OpenBeneath(slot, lower(i)),
                                Opcode.SELF | Opcode.OWN_IDS,
                                "idmap the overlay's lower" + i,
                                Isolation.IDMAPPED_BINDS)
                        .perSandbox());
                copies.add(bind(slot, mapped(i), LAYER, 0, step, Isolation.OVERLAY_ROOT)
                        .perSandbox());
            }
        }
        copies.add(new Operation(
                        new Work.Mount(
                                "tmpfs",
                                WRITABLE,
                                MountAttributes.NOSUID | MountAttributes.NODEV,
                                List.of("mode", "755", "size", Long.toString(shared.size()))),
                        0,
                        "mount the writable layer",
                        Isolation.MOUNT_NAMESPACE)
                .perSandbox());
        copies.add(mkdir(WRITABLE + "/upper", layers.mode(), "prepare the writable layer")
                .perSandbox());
        copies.add(mkdir(WRITABLE + "/work", "prepare the writable layer").perSandbox());
    }

    private static String lower(int number) {
        return LAYERS_ROOT + "/l" + number;
    }

    private static String mapped(int number) {
        return LAYERS_ROOT + "/i" + number;
    }

    /** Named from there, which is the working directory then: no /proc is there to name descriptors by. */
    private Operation overlay(Operation before) {
        List<String> lower = new ArrayList<>();
        for (int i = 0; i < layers.slots().size(); i++) {
            lower.add((layers.mapped() ? mapped(i) : lower(i)).substring(1));
        }
        List<String> options = List.of(
                "lowerdir",
                String.join(":", lower),
                "upperdir",
                WRITABLE.substring(1) + "/upper",
                "workdir",
                WRITABLE.substring(1) + "/work",
                "userxattr",
                "");
        Work body = new Work.RootFileSystem("overlay", MountAttributes.NOSUID | MountAttributes.NODEV, options);
        return new Operation(body, Opcode.CLASSIC | Opcode.SELF, before.step(), before.isolation()).perSandbox();
    }

    private boolean after(Operation op) {
        String target = op.target();
        if (dev != null && (target.equals(dev) || target.startsWith(dev + "/"))) {
            return inDev(op, target);
        }
        if (TemplatePlanner.isDev(draft, op)) {
            sharedDev = LAYERS_ROOT + "/dev" + shared.size();
            dev = target;
            shared.add(op.at(sharedDev).with(op.flags() | Opcode.CREATE));
            int slot = draft.nextSlot();
            copyBack(slot, 0, sharedDev, op, target);
            return true;
        }
        if (op.work() instanceof Work.Bind bind) {
            return bindLater(op, bind);
        }
        if (op.code() == Opcode.PIVOT) {
            rest.add(new Operation(new Work.Bare(Opcode.ENTER), 0, "enter the root", Isolation.MOUNT_NAMESPACE)
                    .perSandbox());
            rest.add(op);
            return true;
        }
        if (op.code() == Opcode.MASK
                && shared.stream().noneMatch(made -> made.target().equals(NULL))) {
            stageNull();
        }
        rest.add(op.perSandbox());
        return OWN.contains(op.code()) || TemplatePlanner.PRIVATE.contains(op.code());
    }

    /** Its devices are binds and it is made read-only: only what can be written to in it is each start's own. */
    private boolean inDev(Operation op, String target) {
        String there = sharedDev + target.substring(String.valueOf(dev).length());
        if (inDev.stream().anyMatch(target::startsWith)) {
            return false; // it would lie beneath what each start mounts there
        }
        switch (op.code()) {
            case BIND, SYMLINK -> shared.add(op.at(there));
            case MOUNT -> {
                shared.add(mkdir(there, op.step()));
                rest.add(op.perSandbox());
                inDev.add(target + "/");
            }
            case ATTRIBUTES -> {
                shared.add(op.at(there));
                boolean whole = target.equals(dev);
                dev = null;
                return whole;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean bindLater(Operation op, Work.Bind bind) {
        if ((op.flags() & ~(Opcode.RECURSIVE | Opcode.CREATE)) != 0) {
            return false;
        }
        int slot = bind.slot();
        Integer opened = openFlags.get(slot);
        if (opened == null) {
            return false;
        }
        String place = LAYERS_ROOT + "/m" + shared.size();
        shared.add(op.at(place).with(op.flags() | Opcode.CREATE));
        copyBack(slot, opened & Opcode.OPTIONAL, place, op, bind.target());
        return true;
    }

    /** Its attributes come along with a copy, and it has no peers that it could keep. */
    private void copyBack(int slot, int optional, String place, Operation op, String target) {
        copies.add(new Operation(
                        new Work.OpenBeneath(slot, place),
                        Opcode.SELF | Opcode.RECURSIVE | optional,
                        op.step(),
                        op.isolation())
                .perSandbox());
        rest.add(bind(slot, target, 0, (op.flags() & Opcode.CREATE) | Opcode.PEERS, op.step(), op.isolation())
                .perSandbox());
    }

    private void stageNull() {
        int slot = draft.nextSlot();
        opening.add(new Operation(Work.OpenTree.plain(slot, Path.of("/dev/null")), 0, "open /dev/null", null));
        shared.add(bind(slot, NULL, DevPlanner.ATTRIBUTES, Opcode.CREATE, "bind /dev/null", Isolation.MOUNT_NAMESPACE));
    }

    private static Operation mkdir(String path, String step) {
        return mkdir(path, 0755, step);
    }

    private static Operation mkdir(String path, int mode, String step) {
        return new Operation(new Work.MakeDirectory(path, mode), 0, step, null);
    }

    private static Operation bind(
            int slot, String target, long attributes, int flags, String step, @Nullable Isolation isolation) {
        return new Operation(new Work.Bind(slot, target, attributes), flags, step, isolation);
    }
}
