package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The layers of an overlay: directories of the host, opened or idmapped, and a tmpfs for what is thrown away. */
final class OverlayPlanner {
    private static final long SCRATCH = 1L << 20;
    private static final int MODE = 0755;

    private record Layer(String option, int slot) {}

    private final Draft draft;
    private final MountSources sources;
    private final RootPlanner root;
    private final boolean mapped;

    OverlayPlanner(Draft draft, MountSources sources, RootPlanner root, boolean mapped) {
        this.draft = draft;
        this.sources = sources;
        this.root = root;
        this.mapped = mapped;
    }

    /** The options of the mount. {@code late} are operations that have to follow once the host's directories are open. */
    List<String> layers(RootFs.Overlay overlay, List<Operation> late) throws SandboxException {
        return mapped ? mappedLayers(overlay, late) : plainLayers(overlay, late);
    }

    private List<String> plainLayers(RootFs.Overlay overlay, List<Operation> late) throws SandboxException {
        List<String> lower = new ArrayList<>();
        List<Integer> slots = new ArrayList<>();
        List<Operation> opened = new ArrayList<>();
        for (Path path : overlay.lower()) {
            int slot = sources.openPath(path, "open the overlay layer " + PathBytes.shown(path));
            slots.add(slot);
            opened.add(draft.setup.get(draft.setup.size() - 1));
            lower.add("@" + slot);
        }
        if (overlay.upper() instanceof UpperLayer.Discarded discarded) {
            draft.layers = new Layers(slots, opened, rootMode(overlay), false);
            draft.setup.addAll(late);
            root.scratchRoot(discarded.size().toBytes());
            return options(lower, scratch("/upper", rootMode(overlay)), scratch("/work", MODE));
        }
        Path[] pair = upperAndWork(overlay.upper());
        int upper = pair == null ? draft.nextSlot() : sources.openPath(pair[0], "open the writable layer");
        int work =
                pair == null ? draft.nextSlot() : sources.openPath(pair[1], "open the work directory of the overlay");
        draft.setup.addAll(late);
        return options(lower, upper, work);
    }

    /** Idmapped trees are not attached anywhere yet, which overlayfs wants: each gets a place below the tmpfs under the overlay. */
    private List<String> mappedLayers(RootFs.Overlay overlay, List<Operation> late) throws SandboxException {
        List<Layer> lower = new ArrayList<>();
        for (Path path : overlay.lower()) {
            int slot = draft.nextSlot();
            root.openMapped(slot, path, "open the overlay layer " + PathBytes.shown(path));
            lower.add(new Layer("/lower" + lower.size(), slot));
        }
        boolean discarded = overlay.upper() instanceof UpperLayer.Discarded;
        if (discarded) {
            draft.layers = new Layers(lower.stream().map(Layer::slot).toList(), List.of(), rootMode(overlay), true);
        }
        Path[] pair = discarded ? null : upperAndWork(overlay.upper());
        int writable = draft.nextSlot();
        if (pair != null) {
            openCommonParent(writable, pair);
        }
        draft.setup.addAll(late);
        root.scratchRoot(
                overlay.upper() instanceof UpperLayer.Discarded d ? d.size().toBytes() : SCRATCH);
        List<String> names = new ArrayList<>();
        for (Layer layer : lower) {
            attach(layer, MountAttributes.RDONLY);
            names.add("@" + open(layer.option()));
        }
        if (discarded) {
            return options(names, scratch("/upper", rootMode(overlay)), scratch("/work", MODE));
        }
        if (pair == null) {
            return options(names, draft.nextSlot(), draft.nextSlot());
        }
        attach(new Layer("/writable", writable), 0);
        return options(names, open("/writable/" + pair[0].getFileName()), open("/writable/" + pair[1].getFileName()));
    }

    private void openCommonParent(int slot, Path[] pair) throws SandboxException {
        Path parent = pair[0].toAbsolutePath().getParent();
        if (parent == null || !parent.equals(pair[1].toAbsolutePath().getParent())) {
            throw new SandboxException(
                    "open the writable layer",
                    null,
                    PathBytes.shown(pair[1]),
                    Errno.EXDEV.number(),
                    "with private ids the layer and its work directory have to lie in one directory",
                    "put the work directory beside " + PathBytes.shown(pair[0]));
        }
        root.openMapped(slot, parent, "open the writable layer");
    }

    private void attach(Layer layer, long attributes) {
        draft.setup(
                new Work.Bind(
                        layer.slot(), layer.option(), attributes | MountAttributes.NOSUID | MountAttributes.NODEV),
                Opcode.CREATE,
                "attach the overlay's " + layer.option().substring(1),
                Isolation.OVERLAY_ROOT);
    }

    /** An image says what its root is like, which the writable layer would hide; who names directories means what is in them. */
    private int rootMode(RootFs.Overlay overlay) throws SandboxException {
        if (draft.request.rootOrigin() == null || overlay.lower().isEmpty()) {
            return MODE;
        }
        String step = "look at the root of the image";
        return draft.paths
                        .look(HostPaths.real(draft, overlay.lower().get(0), step), step)
                        .mode()
                & 07777;
    }

    private int scratch(String path, int mode) {
        draft.setup(new Work.MakeDirectory(path, mode), 0, "prepare the writable layer", null);
        return open(path);
    }

    private int open(String path) {
        int slot = draft.nextSlot();
        draft.setup(
                new Work.OpenBeneath(slot, path),
                Opcode.SELF | Opcode.CLASSIC,
                "open the overlay's " + path.substring(1),
                null);
        return slot;
    }

    private static List<String> options(List<String> lower, int upper, int work) {
        return new ArrayList<>(
                List.of("lowerdir", String.join(":", lower), "upperdir", "@" + upper, "workdir", "@" + work));
    }

    /** Where the changes are kept; null while there is no directory for this start yet. */
    static @Nullable Path upper(Draft draft, UpperLayer upper) {
        if (upper instanceof UpperLayer.Given given) {
            return given.upper();
        }
        Path base = draft.upperDirectory;
        return base == null ? null : base.resolve("upper");
    }

    /** Null while there is no directory for this start yet: an explanation needs none. */
    private Path @Nullable [] upperAndWork(UpperLayer upper) {
        if (upper instanceof UpperLayer.Given given) {
            return new Path[] {given.upper(), given.work()};
        }
        Path base = draft.upperDirectory;
        return base == null ? null : new Path[] {base.resolve("upper"), base.resolve("work")};
    }
}
