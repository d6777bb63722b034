package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.Mount;
import dev.sandjar.MountEntry;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoErrors;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What mounts are made from, opened while the host's files can be reached, and whose the files in it are for the program. */
final class MountSources {
    private final Draft draft;
    private final Identity identity;
    /** Two mounts may be equal, and each has a tree of its own. */
    private final IdentityHashMap<MountEntry, Integer> sources = new IdentityHashMap<>();

    private final IdentityHashMap<Mount, List<String>> overlays = new IdentityHashMap<>();
    /** Binds that the program can't enter or read, and why. */
    private final Map<MountEntry, String> closed = new HashMap<>();
    /** Binds for writing that the program can't write to, and why. */
    private final Map<MountEntry, String> unwritable = new HashMap<>();

    MountSources(Draft draft, Identity identity) {
        this.draft = draft;
        this.identity = identity;
    }

    void open() throws SandboxException {
        for (MountEntry entry : draft.request.mounts()) {
            try {
                open(entry);
            } catch (SandboxException e) {
                if (!draft.told) {
                    throw e;
                }
                sources.remove(entry);
                draft.unusable(e);
            }
        }
    }

    private void open(MountEntry entry) throws SandboxException {
        if (entry instanceof MountEntry.Bind bind) {
            if (bind.optional() && !Files.exists(bind.source())) {
                draft.enforced(step(bind), "", "optional, and not there");
                return;
            }
            int slot = draft.nextSlot();
            sources.put(bind, slot);
            openTree(slot, bind.source(), bind.optional(), step(bind), bind);
        } else if (entry instanceof Mount mount && ExactMount.isOverlay(mount)) {
            overlays.put(mount, OverlayMounts.open(draft, mount, this));
        } else if (entry instanceof Mount) {
            ExactMount tree = ExactMount.bind(entry);
            if (tree != null) {
                int slot = draft.nextSlot();
                sources.put(entry, slot);
                ExactMounts.open(draft, tree, slot, mayOpenOutside());
            }
        } else if (entry instanceof MountEntry.Device device) {
            ExactMounts.open(draft, device.node(), slot -> sources.put(device, slot), mayOpenOutside());
        } else if (entry instanceof MountEntry.Dev || entry instanceof MountEntry.StandardDevices) {
            int slot = draft.nextSlot();
            sources.put(entry, slot);
            for (int i = 0; i < DevPlanner.NODES.size(); i++) {
                String node = "/dev/" + DevPlanner.NODES.get(i);
                openTree(i == 0 ? slot : draft.nextSlot(), Path.of(node), false, "open " + node, null);
            }
        }
    }

    /** Fills a slot with the tree at a host path; {@code bind} says whether it is to be idmapped. */
    void openTree(int slot, Path path, boolean optional, String step, MountEntry.@Nullable Bind bind)
            throws SandboxException {
        Path real = HostPaths.real(draft, path, step);
        int flags = Opcode.RECURSIVE | draft.classic() | (optional ? Opcode.OPTIONAL : 0);
        List<Operation> section = draft.host.mountApi() && mayOpenOutside() ? draft.outer : draft.setup;
        HostPlace place = bind == null || bind.idmapped() ? null : draft.paths.look(real, step);
        if (bind != null && place != null && isToBeMapped(bind, place, real)) {
            // What somebody mounts below it later is not what was looked at.
            mapPrivate(section, flags & ~Opcode.RECURSIVE, slot, real, place, bind);
            return;
        }
        boolean asked = bind != null && bind.idmapped();
        if (bind == null || !asked || !idmapPossible(bind)) {
            if (bind != null && asked) {
                ownersAsOutside(bind, real, draft.paths.look(real, step));
            }
            section.add(new Operation(Work.OpenTree.plain(slot, real), flags, step, null));
            return;
        }
        long[] owner = owner(real, step);
        if (owner[0] == 0 && !bind.ofRoot()) {
            throw new SandboxException(
                    step,
                    "mount_setattr(MOUNT_ATTR_IDMAP)",
                    PathBytes.shown(bind.source()),
                    Errno.EPERM.number(),
                    "it belongs to root, and IDMAPPED would make root's files there the program's own",
                    "give it to a plain user (chown), or say MountOption.IDMAPPED_ROOT if nothing else of root's is there");
        }
        HostPlace mapped = draft.paths.look(real, step);
        if (Reach.isClosedThoughMapped(draft.view(), mapped)) {
            closed(bind, mapped, real, PrivateSource.Obstacle.mode(mapped));
        } else if (!bind.readOnly()) {
            unwritable(bind, Reach.unwritableThoughMapped(draft.view(), identity, real, mapped));
        }
        long uid = (identity.uid() == null ? 0 : identity.uid()) - draft.idMap.firstUid();
        long gid = (identity.gid() == null ? 0 : identity.gid()) - draft.idMap.firstGid();
        long group = MappedGroups.ofProgram(owner[0], owner[1], bind.ofRoot());
        long nobody = MappedGroups.ofNobody(draft, identity);
        draft.dependsOnBase = true;
        section.add(new Operation(
                new Work.OpenTree(slot, real, new MountIds.OwnerAndGroup(owner[0], uid, owner[1], nobody, group, gid)),
                flags,
                step,
                Isolation.IDMAPPED_BINDS));
        draft.enforced(
                "files of " + PathBytes.shown(bind.source()) + " belong to the program",
                "mount_setattr(MOUNT_ATTR_IDMAP)",
                "new ones to " + owner[0] + ":" + group + " on the host"
                        + (group == owner[1] ? "" : "; root's group is not the program's"));
    }

    /** Otherwise, if the program can't get there, why is remembered. */
    private boolean isToBeMapped(MountEntry.Bind bind, HostPlace place, Path real) throws SandboxException {
        Reach.Ids ids = Reach.Ids.onHost(draft.view(), identity);
        if (!Reach.isClosed(draft.view(), ids, place)) {
            if (!bind.readOnly()) {
                unwritable(bind, Reach.unwritable(draft.view(), identity, real, place));
            }
            return false;
        }
        boolean ours = PrivateSource.isPrivate(place);
        PrivateSource.Obstacle obstacle;
        if (ids.uid() == place.uid()) {
            obstacle = PrivateSource.Obstacle.mode(place);
        } else if (ours) {
            obstacle = PrivateSource.obstacle(draft, bind, place, real);
        } else {
            obstacle = place.system() && bind.readOnly() ? PrivateSource.Obstacle.system(false) : null;
        }
        if (ours && obstacle == null) {
            draft.trusted.put(real, place);
            return true;
        }
        closed(bind, place, real, obstacle);
        return false;
    }

    /** The program's user may be the owner already, or it was allowed to go on without. */
    private void ownersAsOutside(MountEntry.Bind bind, Path real, HostPlace place) {
        Reach.Ids ids = Reach.Ids.onHost(draft.view(), identity);
        if (Reach.isClosed(draft.view(), ids, place)) {
            closed(bind, place, real, ids.uid() == place.uid() ? PrivateSource.Obstacle.mode(place) : null);
        } else if (!bind.readOnly()) {
            unwritable(bind, Reach.unwritable(draft.view(), identity, real, place));
        }
    }

    private void unwritable(MountEntry.Bind bind, @Nullable String why) {
        if (why != null) {
            unwritable.put(bind, why);
        }
    }

    private void closed(MountEntry.Bind bind, HostPlace place, Path real, PrivateSource.@Nullable Obstacle obstacle) {
        if (obstacle != null) {
            draft.obstacles.put(bind.target(), obstacle);
        }
        String[] words = Reach.bind(draft.view(), bind.target(), real, place);
        closed.put(bind, words[0] + ": " + words[1]);
    }

    /**
     * The owner alone: files that others own stay as closed as they are, whatever their group may. The group becomes one that the
     * program does not have, so that the supervisor has rights over the files, and can mask some.
     */
    private void mapPrivate(
            List<Operation> section, int flags, int slot, Path real, HostPlace place, MountEntry.Bind bind) {
        long uid = (identity.uid() == null ? 0 : identity.uid()) - draft.idMap.firstUid();
        long gid = MappedGroups.ofNobody(draft, identity);
        draft.dependsOnBase = true;
        section.add(new Operation(
                new Work.OpenTree(slot, real, new MountIds.Owner(place.uid(), uid, place.gid(), gid)),
                flags,
                step(bind),
                Isolation.IDMAPPED_BINDS));
        draft.enforced(
                "files of " + PathBytes.shown(bind.source()) + " are the program's to read",
                "mount_setattr(MOUNT_ATTR_IDMAP)",
                "private to user " + place.uid() + ", who starts it; shown as the program's own, read-only");
    }

    /**
     * The outer helper is in the host's mount namespace, whose trees only CAP_SYS_ADMIN may copy, and neither who is root of a user namespace
     * alone nor who has entered another one has that there; the supervisor has a mount namespace of its own. It can open as much, unless it
     * gets a new user namespace.
     */
    private boolean mayOpenOutside() {
        return (draft.flags & Plan.OUTER_HELPER) == 0 || (draft.host.privileged() && draft.userNamespace);
    }

    private boolean idmapPossible(MountEntry.Bind bind) {
        if (draft.userNamespace && !identity.wide()) {
            draft.enforced(
                    "files of " + PathBytes.shown(bind.source()) + " belong to the program",
                    "single-id map",
                    "it is their owner already");
            return false;
        }
        if (draft.idMap.privateBlock() == 0 || !draft.host.mountApi() || !draft.host.idmaps()) {
            return draft.refuse(
                    Isolation.IDMAPPED_BINDS,
                    Isolation.IDMAPPED_BINDS.label() + ": " + PathBytes.shown(bind.source()),
                    Diagnosis.of(Isolation.IDMAPPED_BINDS).reason(),
                    Diagnosis.of(Isolation.IDMAPPED_BINDS).remedy());
        }
        return draft.wants(Isolation.IDMAPPED_BINDS);
    }

    static String step(MountEntry.Bind bind) {
        return "bind " + PathBytes.shown(bind.source()) + " on " + bind.target();
    }

    /** The slot that an entry's source is in, or the first of several; null if there is none. */
    @Nullable
    Integer slot(MountEntry entry) {
        return sources.get(entry);
    }

    /** The lower, upper and work directories of an overlay, as options of it. */
    List<String> overlay(Mount mount) {
        return overlays.getOrDefault(mount, List.of());
    }

    /** Why the program can't enter or read what is bound, or null. */
    @Nullable
    String whyClosed(MountEntry.Bind bind) {
        return closed.get(bind);
    }

    /** What the program may do there, in words. */
    String access(MountEntry.Bind bind) {
        if (bind.readOnly()) {
            return "read-only, with all mounts below";
        }
        String why = unwritable.get(bind);
        if (why != null) {
            return "read-write, but " + why;
        }
        boolean strangers = draft.idMap.privateBlock() > 0 && !bind.idmapped();
        return strangers
                ? "read-write, where others may write: no file there belongs to an id of the sandbox, unless IDMAPPED"
                : "read-write";
    }

    private static long[] owner(Path source, String step) throws SandboxException {
        try {
            return new long[] {id(source, "unix:uid"), id(source, "unix:gid")};
        } catch (IOException e) {
            throw new SandboxException(
                    step, "stat", PathBytes.shown(source), IoErrors.errno(e), IoErrors.reason(e), "check the path");
        }
    }

    private static long id(Path source, String attribute) throws IOException {
        if (Files.getAttribute(source, attribute) instanceof Integer number) {
            return Integer.toUnsignedLong(number);
        }
        throw new IOException(attribute + " is not known");
    }

    /** A slot with a path descriptor, for file systems that take directories as options. */
    int openPath(Path path, String step) throws SandboxException {
        int slot = draft.nextSlot();
        draft.setup(Work.OpenTree.plain(slot, HostPaths.real(draft, path, step)), Opcode.CLASSIC, step, null);
        return slot;
    }
}
