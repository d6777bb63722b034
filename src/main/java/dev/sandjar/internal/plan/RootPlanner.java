package dev.sandjar.internal.plan;

import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The new root file system, from the private mount namespace to the pivot. */
final class RootPlanner {
    private static final long PLAIN = MountAttributes.NOSUID | MountAttributes.NODEV;
    /** Room for mount points and small files of a root that holds nothing itself. */
    private static final long SMALL_ROOT = 4L << 20;

    private final Draft draft;
    private final Identity identity;
    private final MountSources sources;
    private final MountPlanner mounts;

    private RootPlanner(Draft draft, Identity identity) {
        this.draft = draft;
        this.identity = identity;
        this.sources = new MountSources(draft, identity);
        this.mounts = new MountPlanner(draft, sources);
    }

    static void plan(Draft draft, Identity identity) throws SandboxException {
        if (NamespacePlanner.isNew(draft, NamespaceKind.MOUNT)) {
            new RootPlanner(draft, identity).plan();
        }
    }

    private void plan() throws SandboxException {
        // Before the supervisor takes ids that may not enter every directory of the host.
        List<Operation> late = new ArrayList<>(draft.setup);
        draft.setup.clear();
        draft.setup(new Work.Bare(Opcode.PRIVATE), 0, "make the mounts private", Isolation.MOUNT_NAMESPACE);
        sources.open();
        RootFs root = draft.request.root();
        if (root instanceof RootFs.Directory directory) {
            directoryRoot(directory, draft.request.rootOrigin(), late);
        } else if (root instanceof RootFs.Overlay overlay) {
            overlayRoot(overlay, late);
        } else {
            HostView view = root instanceof RootFs.HostReadOnly ? HostView.open(draft, sources) : null;
            KernelView kernel = view == null ? null : KernelView.open(draft, sources);
            draft.setup.addAll(late);
            tmpfsRoot(root, view);
            if (kernel != null) {
                kernel.place();
            }
        }
        mounts.place();
        CgroupView.place(draft);
        if (root instanceof RootFs.HostReadOnly || isReadOnlyLater(root)) {
            last(draft)
                    .add(new Operation(
                            new Work.Attributes("/", MountAttributes.RDONLY | plain()),
                            draft.classic(),
                            "make the root read-only",
                            Isolation.MOUNT_NAMESPACE));
        }
    }

    private static boolean isReadOnlyLater(RootFs root) {
        return root instanceof RootFs.Directory directory && directory.mountPoints() && !directory.writable();
    }

    /**
     * The last step of the set-up. It waits for a grace period of the kernel, which is short only when no other is under way: so
     * after the network namespace.
     */
    static void pivot(Draft draft) {
        if (joinsMounts(draft) && draft.request.pausing()) {
            draft.setup(new Work.Pause(0), 0, "wait before the program is known", null);
        }
        if (NamespacePlanner.isNew(draft, NamespaceKind.MOUNT) && !(draft.request.root() instanceof RootFs.Host)) {
            if (draft.request.pausing()) {
                draft.setup(new Work.Pause(0), 0, "wait before the root changes", null);
            }
            last(draft).add(new Operation(new Work.Bare(Opcode.PIVOT), 0, "pivot_root", Isolation.MOUNT_NAMESPACE));
            draft.enforced("the host's root is gone", "pivot_root(2)", "");
            if (MountPlanner.sharesRoot(draft)) {
                last(draft).add(ExactMounts.propagation(draft, "/", Propagation.SHARED, false));
            }
        }
    }

    private static boolean joinsMounts(Draft draft) {
        return draft.request.namespaces().choice(NamespaceKind.MOUNT) instanceof NamespaceChoice.Join;
    }

    /** The kernel shows a new /proc only where the host's can still be seen: if the program itself mounts it, it pivots too. */
    private static List<Operation> last(Draft draft) {
        return draft.procInProgram == null ? draft.setup : draft.process;
    }

    private void tmpfsRoot(RootFs root, @Nullable HostView view) {
        if (root instanceof RootFs.Host) {
            mounts.createNothingOutside();
            return;
        }
        long size = root instanceof RootFs.Tmpfs tmpfs ? tmpfs.size().toBytes() : SMALL_ROOT;
        rootFs("tmpfs", 0, List.of("mode", "755", "size", Long.toString(size)), "mount the root");
        if (view != null) {
            view.place();
            draft.enforced(
                    "root file system: read-only view of the host",
                    mechanism(),
                    view.count() + " binds, everything else of the host is absent");
        } else {
            draft.enforced("root file system: empty tmpfs", mechanism(), "at most " + DataSize.bytes(size));
        }
    }

    /** @param origin what it is, if that says more than its path */
    private void directoryRoot(RootFs.Directory directory, @Nullable String origin, List<Operation> late)
            throws SandboxException {
        HostPlace place = draft.paths.look(
                HostPaths.real(draft, directory.path(), "open the root directory"), "open the root directory");
        if (!place.isDirectory()) {
            throw new SandboxException(
                    "open the root directory",
                    "open",
                    PathBytes.shown(directory.path()),
                    Errno.ENOTDIR.number(),
                    "it is no directory",
                    "name the directory that is to be the root");
        }
        int slot = draft.nextSlot();
        boolean mapped = directory.writable() && mapsLayers();
        if (mapped) {
            openMapped(slot, directory.path(), "open the root directory");
        } else {
            sources.openTree(slot, directory.path(), false, "open the root directory", null);
        }
        draft.setup.addAll(late);
        long attributes = directory.mountPoints() ? plain() : plain() | MountAttributes.RDONLY;
        draft.setup(
                new Work.RootBind(slot, attributes),
                Opcode.RECURSIVE | draft.classic() | mounts.rootPeers(),
                "bind the root directory",
                Isolation.MOUNT_NAMESPACE);
        if (!directory.mountPoints()) {
            mounts.createNothingOutside();
        }
        String request = "root file system: " + (origin == null ? PathBytes.shown(directory.path()) : origin);
        Reach.Ids ids = mapped ? Reach.Ids.inside(identity) : Reach.Ids.onHost(draft.view(), identity);
        if (Reach.isClosed(draft.view(), ids, place)) {
            draft.unreachable(
                    request,
                    mechanism(),
                    Reach.closed(directory.path(), place) + ": " + Reach.opens(draft.view(), place));
            return;
        }
        draft.enforced(
                request,
                mechanism(),
                (directory.writable() ? "writable" : "read-only")
                        + (mapped ? ", idmapped: ids inside are ids on disk" : ""));
    }

    private void overlayRoot(RootFs.Overlay overlay, List<Operation> late) throws SandboxException {
        if (!draft.wants(Isolation.OVERLAY_ROOT)) {
            draft.setup.addAll(late);
            return;
        }
        if (overlay.lower().isEmpty()) {
            singleLayer(overlay, late);
            return;
        }
        OverlayPlanner planner = new OverlayPlanner(draft, sources, this, mapsLayers());
        List<String> options = planner.layers(overlay, late);
        if (draft.userNamespace) {
            // Without rights over trusted.* attributes overlayfs keeps its marks in user.* ones (Linux 5.11).
            options.addAll(List.of("userxattr", ""));
        }
        // mount(2) even where the newer calls are: those take values of 255 bytes at most.
        draft.setup(
                new Work.RootFileSystem("overlay", PLAIN, options),
                Opcode.CLASSIC,
                "mount the overlay",
                Isolation.OVERLAY_ROOT);
        owner(overlay);
        draft.enforced(
                "root file system: overlay of "
                        + (draft.request.rootOrigin() == null
                                ? overlay.lower().stream().map(PathBytes::shown).toList()
                                : draft.request.rootOrigin()),
                mapsLayers() ? "overlayfs, idmapped layers" : "overlayfs",
                overlay.upper() instanceof UpperLayer.Discarded ? "changes are discarded" : "changes are kept");
    }

    /**
     * What an image says of its root the writable layer would hide, which belongs to whoever sets the sandbox up: root, as of nearly all
     * images. Owners that nobody inside is are left out, as {@code explain()} says of files too.
     */
    private void owner(RootFs.Overlay overlay) throws SandboxException {
        if (draft.request.rootOrigin() == null || overlay.upper() instanceof UpperLayer.Given) {
            return;
        }
        String step = "look at the root of the image";
        HostPlace place = draft.paths.look(HostPaths.real(draft, overlay.lower().get(0), step), step);
        long uid = inside(place.uid(), true);
        long gid = inside(place.gid(), false);
        boolean alone = draft.userNamespace && !identity.wide();
        if (!alone && uid >= 0 && gid >= 0 && (uid != 0 || gid != 0)) {
            draft.setup(new Work.Owner(uid, gid), 0, "give the root to its owner in the image", Isolation.OVERLAY_ROOT);
        }
    }

    /** The id inside of one on disk; -1 if there is none. */
    private long inside(long id, boolean user) {
        IdMapPlan map = draft.idMap;
        if (!draft.userNamespace) {
            return id;
        }
        if (mapsLayers()) {
            long first = user ? map.firstUid() : map.firstGid();
            return id >= first && id - first < map.privateBlock() ? id : -1;
        }
        return user ? map.insideUid(id) : map.insideGid(id);
    }

    /** With nothing below, there is nothing to be stacked. */
    private void singleLayer(RootFs.Overlay overlay, List<Operation> late) throws SandboxException {
        if (overlay.upper() instanceof UpperLayer.Discarded discarded) {
            draft.setup.addAll(late);
            tmpfsRoot(new RootFs.Tmpfs(discarded.size()), null);
            return;
        }
        Path upper = OverlayPlanner.upper(draft, overlay.upper());
        if (upper == null) {
            draft.setup.addAll(late);
            draft.enforced("root file system: empty directory", mechanism(), "changes are kept");
            return;
        }
        directoryRoot(RootFs.directoryWritable(upper), null, late);
    }

    /**
     * Files that root owns on disk would belong to nobody in a namespace of private ids: what is to be changed there is idmapped, so
     * that ids inside are the ids on disk.
     */
    private boolean mapsLayers() {
        return draft.idMap.privateBlock() > 0 && draft.host.mountApi() && draft.host.idmaps();
    }

    void openMapped(int slot, Path path, String step) throws SandboxException {
        draft.outer(
                Work.OpenTree.plain(slot, HostPaths.real(draft, path, step)),
                Opcode.OWN_IDS,
                step,
                Isolation.IDMAPPED_BINDS);
    }

    void scratchRoot(long size) {
        rootFs("tmpfs", 0, List.of("mode", "755", "size", Long.toString(size)), "mount the writable layer");
    }

    private void rootFs(String type, int flags, List<String> options, String step) {
        draft.setup(
                new Work.RootFileSystem(type, PLAIN, options),
                flags | draft.classic(),
                step,
                Isolation.MOUNT_NAMESPACE);
    }

    /** What the root of a container may hold of its image's the configuration does not say, and other runtimes leave as it is. */
    private long plain() {
        return draft.request.terms() == null ? PLAIN : 0;
    }

    private String mechanism() {
        return draft.host.mountApi() ? "fsopen, open_tree, move_mount, mount_setattr" : "mount(2)";
    }
}
