package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.bpf.ModeRules;
import dev.sandjar.internal.bpf.ModeRules.Refused;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a filter has to refuse of set-user-ID and set-group-ID, so that no program of the sandbox's is left on the host that lends the
 * rights of somebody there to whoever runs it: nosuid and no_new_privs hold inside only. On file systems of the sandbox's own it lends
 * nothing. The kernel itself drops set-group-ID where the program is not in a file's group ({@code chmod(2)}), so that the groups that it
 * has on the host decide.
 */
final class SetIdRefusals {
    private static final int SETGID = 02000;
    private static final int PASSES = 011;

    private final Draft draft;
    private final Identity identity;
    /** Whether the program's ids are those of nobody on the host. */
    private final boolean nobodys;

    private String reason = "";

    private SetIdRefusals(Draft draft, Identity identity) {
        this.draft = draft;
        this.identity = identity;
        this.nobodys = draft.userNamespace && draft.idMap.privateBlock() > 0;
    }

    /** The profile, which refuses of modes what is needed. */
    static SeccompProfile refused(Draft draft, Identity identity, SeccompProfile profile) throws SandboxException {
        if (!ModeRules.has(profile)) {
            return profile;
        }
        SetIdRefusals rights = new SetIdRefusals(draft, identity);
        Refused refused = rights.refused();
        if (refused != Refused.NOTHING) {
            draft.enforced(
                    "no files that lend rights on the host",
                    "seccomp(2)",
                    (refused == Refused.SET_USER_ID
                                    ? "no set-user-ID; set-group-ID as the kernel lets it: "
                                    : refused == Refused.ALL
                                            ? "neither set-user-ID nor set-group-ID: "
                                            : "no set-user-ID, and no set-group-ID that others may execute: ")
                            + rights.reason);
        }
        return ModeRules.in(profile, refused);
    }

    /**
     * A filter for starts that hand a file of the host over, whose mode its owner may change; null if none is needed. It comes beside a
     * profile that lets such modes pass.
     */
    static @Nullable SeccompProfile ofDescriptors(Draft draft, Identity identity, SeccompProfile profile)
            throws SandboxException {
        SetIdRefusals rights = new SetIdRefusals(draft, identity);
        if (rights.nobodys || !ModeRules.has(profile)) {
            return null;
        }
        Refused refused = rights.refused();
        return refused == Refused.NOTHING || refused == Refused.SET_USER_ID
                ? ModeRules.alone(SeccompAction.errno(Errno.EPERM.number()))
                : null;
    }

    private Refused refused() throws SandboxException {
        RootFs root = draft.request.root();
        if (root instanceof RootFs.Host || !NamespacePlanner.isNew(draft, NamespaceKind.MOUNT)) {
            reason = "the host's own files are in reach";
            return Refused.ALL;
        }
        if (!nobodys && draft.request.listens()) {
            reason = "a handler of calls may hand files of the host over";
            return Refused.FOR_OTHERS;
        }
        List<Place> places = places();
        if (places == null) {
            reason = "a mount may be written to, with options that are taken as they are";
            return Refused.FOR_OTHERS;
        }
        for (Place place : places) {
            if (!isHarmless(place, places)) {
                return Refused.FOR_OTHERS;
            }
        }
        if (places.isEmpty() && !isKept(root)) {
            return Refused.NOTHING;
        }
        reason = "by a group that is nobody's or the directory's own, or where nobody else gets";
        return Refused.SET_USER_ID;
    }

    /** Its changes lie in a directory that is made for them, which only its owner may enter. */
    private static boolean isKept(RootFs root) {
        return root instanceof RootFs.Overlay overlay && !(overlay.upper() instanceof UpperLayer.Discarded);
    }

    /** @param bind null for a root */
    private record Place(Path path, MountEntry.@Nullable Bind bind) {}

    /** What of the host may be written to; null if that can't be known. */
    private @Nullable List<Place> places() throws SandboxException {
        List<Place> places = new ArrayList<>();
        for (MountEntry entry : draft.request.mounts()) {
            if (entry instanceof MountEntry.Bind bind && !bind.readOnly() && Files.exists(bind.source())) {
                places.add(new Place(real(bind.source()), bind));
            } else if (ExactMount.isBind(entry) || ExactMount.isFileSystem(entry) || ExactMount.isOverlay(entry)) {
                return null;
            }
        }
        RootFs root = draft.request.root();
        if (root instanceof RootFs.Directory directory && directory.writable()) {
            places.add(new Place(real(directory.path()), null));
        } else if (root instanceof RootFs.Overlay overlay && overlay.upper() instanceof UpperLayer.Given given) {
            places.add(new Place(real(given.upper()), null));
        }
        return places;
    }

    private Path real(Path path) throws SandboxException {
        return HostPaths.real(draft, path, step(path));
    }

    private static String step(Path path) {
        return "look at " + PathBytes.shown(path);
    }

    private boolean isHarmless(Place place, List<Place> all) throws SandboxException {
        if (nobodys && place.bind() != null && !place.bind().idmapped()) {
            return true; // what the program makes there is of a group that is nobody's, or of one that it is not in
        }
        if (isOutOfReach(place.path(), all)) {
            return true;
        }
        HostPlace found = draft.paths.look(place.path(), step(place.path()));
        String name = PathBytes.shown(place.path());
        if (!found.isDirectory() || (found.mode() & SETGID) == 0) {
            reason = "others can get to " + name + ", which is not a set-group-ID directory";
            return false;
        }
        if (place.bind() == null || !hasNoOtherGroup(found, place.bind())) {
            reason = "the program has a group beside that of " + name + ", in which it could leave programs there";
            return false;
        }
        return true;
    }

    /** Whether files there can have no other group of the program's than the directory's. */
    private boolean hasNoOtherGroup(HostPlace place, MountEntry.Bind bind) {
        if (nobodys) {
            return MappedGroups.ofProgram(place.uid(), place.gid(), bind.ofRoot()) == place.gid();
        }
        return draft.request.groups().isEmpty()
                && Reach.Ids.onHost(draft.view(), identity).gid() == place.gid();
    }

    /** Whether nobody but its owner passes a directory above it, which the program can't open to others. */
    private boolean isOutOfReach(Path path, List<Place> all) throws SandboxException {
        for (Path above = path.getParent(); above != null; above = above.getParent()) {
            Path directory = above;
            boolean programs = all.stream().anyMatch(other -> directory.startsWith(other.path()));
            if (!programs && (draft.paths.look(directory, step(directory)).mode() & PASSES) == 0) {
                return true;
            }
        }
        return false;
    }
}
