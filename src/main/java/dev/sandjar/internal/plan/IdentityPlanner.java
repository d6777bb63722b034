package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.IdMapping;
import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.host.IdRange;
import dev.sandjar.internal.host.SubordinateMap;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Id maps of a new user namespace, and the ids that supervisor and program take. */
final class IdentityPlanner {
    /** Ids of a private block: what every Linux system expects to exist, nobody (65534) included. */
    private static final long BLOCK = SubordinateMap.USUAL;

    private static final List<Capability> OWNERS =
            List.of(Capability.SYS_ADMIN, Capability.SYS_PTRACE, Capability.KILL, Capability.SETUID);

    private IdentityPlanner() {}

    static Identity plan(Draft draft) throws SandboxException {
        if (draft.userNamespace) {
            return inUserNamespace(draft);
        }
        Identity identity = onHost(draft);
        Long uid = identity.uid();
        draft.uidOnHost = uid == null ? draft.host.uid() : uid;
        return identity;
    }

    private static Identity onHost(Draft draft) {
        Request asked = draft.request;
        Host host = draft.host;
        Long uid = asked.uid();
        Long gid = asked.gid();
        if (uid == null || gid == null) {
            return new Identity(null, null, true);
        }
        boolean same = uid == host.uid() && gid == host.gid() && isOnly(asked.groups(), gid);
        if (same && !(host.has(Capability.SETGID) && host.setsGroups())) {
            return new Identity(null, null, true);
        }
        String obstacle = obstacle(host, uid, gid, asked.groups());
        if (obstacle != null) {
            // Asked for together with a user namespace, it is part of what may be missing with that.
            boolean inside = draft.request.namespaces().isNew(NamespaceKind.USER);
            draft.refuse(
                    inside ? Isolation.USER_NAMESPACE : null,
                    "user " + uid + ":" + gid,
                    obstacle,
                    "add userNamespace(), or run as root");
            return new Identity(null, null, true);
        }
        draft.enforced("user " + uid + ":" + gid, "setresuid, setresgid, setgroups", "groups " + asked.groups());
        return new Identity(uid, gid, true);
    }

    /** What keeps this process from becoming another user; null if nothing does. */
    private static @Nullable String obstacle(Host host, long uid, long gid, List<Long> groups) {
        if (!host.has(Capability.SETUID) || !host.has(Capability.SETGID)) {
            return "this process may not change its user without a user namespace";
        }
        boolean known = host.uids().containsRange(uid, 1)
                && host.gids().containsRange(gid, 1)
                && groups.stream().allMatch(group -> host.gids().containsRange(group, 1));
        if (!known) {
            return "the user namespace that this process is in does not have these ids";
        }
        return host.setsGroups() ? null : "the user namespace that this process is in denies setgroups(2) for good";
    }

    /** Whether there is none beside the program's own, which it has anyway. */
    private static boolean isOnly(List<Long> groups, long own) {
        return groups.stream().allMatch(group -> group == own);
    }

    private static Identity inUserNamespace(Draft draft) throws SandboxException {
        IdMapping map = draft.request.namespaces().idMapping();
        if (map instanceof IdMapping.Automatic) {
            return mayHavePrivateIds(draft) ? privateBlock(draft, Math.max(BLOCK, highest(draft) + 1)) : single(draft);
        } else if (map instanceof IdMapping.Alone) {
            return mayHavePrivateIds(draft) ? alone(draft) : single(draft);
        } else if (map instanceof IdMapping.FirstIds range) {
            return range(draft, range.count());
        } else if (map instanceof IdMapping.Explicit explicit) {
            return explicit(draft, explicit);
        }
        return single(draft);
    }

    private static long highest(Draft draft) {
        Request asked = draft.request;
        long highest = Math.max(asked.uid() == null ? 0 : asked.uid(), asked.gid() == null ? 0 : asked.gid());
        for (long group : asked.groups()) {
            highest = Math.max(highest, group);
        }
        return highest;
    }

    private static Identity privateBlock(Draft draft, long count) {
        draft.idMap = IdMapPlan.privateBlock(count);
        owner(draft);
        openOutside(draft);
        draft.enforced(
                Isolation.ID_RANGE.label(), "uid_map and gid_map", count + " host ids that no other sandbox has");
        return wide(draft, 0, 0);
    }

    /** A private block of one id, under the number that the program is to have. */
    private static Identity alone(Draft draft) {
        Request asked = draft.request;
        long uid = asked.uid() == null ? 0 : asked.uid();
        long gid = asked.gid() == null ? 0 : asked.gid();
        draft.idMap = IdMapPlan.privateBlock(uid, gid, 1);
        owner(draft);
        openOutside(draft);
        return wide(draft, uid, gid);
    }

    /**
     * In the new namespace the right to enter everybody's directories is lost, so what the caller named is opened outside. Without
     * CAP_SYS_ADMIN nothing can be mounted there: then the supervisor opens it while it still is the caller.
     */
    private static void openOutside(Draft draft) {
        if (draft.host.privileged() && namesHostPaths(draft.request)) {
            draft.flags |= Plan.OUTER_HELPER;
        }
    }

    /** Who may not map the ids of mounts has to be the caller wherever files of the host are to be the program's. */
    private static boolean mayHavePrivateIds(Draft draft) throws SandboxException {
        return draft.host.mapsAnyId() && (draft.host.privileged() || !usesHostFilesAsOwn(draft));
    }

    private static boolean usesHostFilesAsOwn(Draft draft) throws SandboxException {
        RootFs root = draft.request.root();
        boolean layers = root instanceof RootFs.Overlay overlay
                && !(overlay.lower().isEmpty() && overlay.upper() instanceof UpperLayer.Discarded);
        return layers || (root instanceof RootFs.Directory directory && directory.writable()) || hasOwn(draft);
    }

    private static boolean hasOwn(Draft draft) throws SandboxException {
        for (MountEntry entry : draft.request.mounts()) {
            if (isOwn(entry) || (entry instanceof MountEntry.Bind bind && isForTheCallerAlone(draft, bind.source()))) {
                return true;
            }
        }
        return false;
    }

    /** Private ids could not read it. */
    private static boolean isForTheCallerAlone(Draft draft, Path source) throws SandboxException {
        if (!Files.exists(source)) {
            return false; // which the mounts are about to say
        }
        String step = "look at " + PathBytes.shown(source);
        Path real = HostPaths.real(draft, source, step);
        HostPlace place = draft.paths.look(real, step);
        boolean alone = PrivateSource.isPrivate(place) && PrivateSource.isTrusted(place);
        if (alone) {
            draft.trusted.put(real, place);
        }
        return alone;
    }

    private static boolean isOwn(MountEntry entry) {
        return (entry instanceof MountEntry.Bind bind && (bind.idmapped() || !bind.readOnly()))
                || ExactMount.writableOf(entry) != null;
    }

    /**
     * What is used in a user namespace the kernel charges to whoever made it too (ucounts): not to the host's root then, but to an id
     * that no other sandbox has. Root is its owner no more, so that it needs capabilities for what it does to the sandbox.
     */
    private static void owner(Draft draft) {
        if (OWNERS.stream().allMatch(draft.host::has)) {
            draft.flags |= Plan.OWNER;
            draft.enforced(
                    "counters of the kernel are charged to the sandbox",
                    "its first id makes the user namespace",
                    "inotify, queued signals, timers, message queues, locked memory");
        }
    }

    private static boolean namesHostPaths(Request request) {
        return request.root() instanceof RootFs.Directory
                || request.root() instanceof RootFs.Overlay
                || request.mounts().stream()
                        .anyMatch(entry -> ExactMount.sourceOf(entry) != null || ExactMount.isOverlay(entry));
    }

    private static Identity single(Draft draft) {
        Request asked = draft.request;
        Host host = draft.host;
        long uid = asked.uid() == null ? host.uid() : asked.uid();
        long gid = asked.gid() == null ? host.gid() : asked.gid();
        if (!isOnly(asked.groups(), gid)) {
            noOtherGroups(draft);
        }
        draft.idMap = IdMapPlan.written(
                IdMapPlan.WRITE_DENY,
                List.of(new IdRange(uid, host.uid(), 1)),
                List.of(new IdRange(gid, host.gid(), 1)));
        draft.enforced("user " + uid + ":" + gid, "single-id map", "the host's " + host.uid() + ":" + host.gid());
        return new Identity(null, null, false);
    }

    private static void noOtherGroups(Draft draft) {
        draft.refuse(
                Isolation.SUPPLEMENTARY_GROUPS,
                Isolation.SUPPLEMENTARY_GROUPS.label(),
                "a single-id map has no other group",
                "use IdMapping.range, or leave the groups out");
    }

    private static Identity range(Draft draft, long count) throws SandboxException {
        Host host = draft.host;
        if (mayHavePrivateIds(draft)) {
            return privateBlock(draft, count);
        }
        List<IdRange> uids = subordinate(host.uid(), host.subuids(), count);
        List<IdRange> gids = subordinate(host.gid(), host.subgids(), count);
        boolean helpers = host.newuidmap() != null && host.newgidmap() != null;
        if (!helpers || uids.isEmpty() || gids.isEmpty()) {
            Diagnosis.Finding finding = Diagnosis.of(Isolation.ID_RANGE);
            boolean some =
                    helpers && !host.subuids().isEmpty() && !host.subgids().isEmpty();
            String reason = some
                    ? "/etc/subuid and /etc/subgid give user " + host.uid() + " fewer than " + (count - 1) + " ids"
                    : finding.reason();
            draft.refuse(Isolation.ID_RANGE, Isolation.ID_RANGE.label(), reason, finding.remedy());
            return single(draft);
        }
        if (!draft.wants(Isolation.ID_RANGE)) {
            return single(draft);
        }
        return helper(draft, uids, gids);
    }

    private static Identity helper(Draft draft, List<IdRange> uids, List<IdRange> gids) {
        draft.idMap = AttachmentPlanner.hasOwner(draft)
                // Its parent has these ids already, and whoever writes the map is privileged there.
                ? IdMapPlan.written(IdMapPlan.WRITE, uids, gids)
                : IdMapPlan.helper(
                        String.valueOf(draft.host.newuidmap()), uids, String.valueOf(draft.host.newgidmap()), gids);
        draft.flags |= Plan.OUTER_HELPER;
        draft.enforced(Isolation.ID_RANGE.label(), "newuidmap and newgidmap", "subordinate ids of this user");
        return wide(draft, uids.get(0).inside(), gids.get(0).inside());
    }

    /** Empty when they don't suffice. */
    private static List<IdRange> subordinate(long own, List<IdRange> ranges, long count) {
        List<IdRange> map = SubordinateMap.first(own, ranges, count);
        return SubordinateMap.count(map) >= count ? map : List.of();
    }

    private static Identity explicit(Draft draft, IdMapping.Explicit map) {
        Host host = draft.host;
        List<IdRange> uids = IdRange.of(map.uids());
        List<IdRange> gids = IdRange.of(map.gids());
        boolean own = isOwn(uids, host.uid()) && isOwn(gids, host.gid());
        // Root of a namespace with few ids may not set groups, and needs no more rights than others for the one that it
        // has.
        boolean few = own && !host.mapsAnyId();
        if (!few && host.has(Capability.SETUID) && host.has(Capability.SETGID)) {
            draft.idMap = IdMapPlan.written(IdMapPlan.WRITE, uids, gids);
            draft.flags |= Plan.OUTER_HELPER;
            draft.enforced("id map " + uids, "uid_map and gid_map", "");
            return wide(draft, uids.get(0).inside(), gids.get(0).inside());
        }
        if (own) {
            Long gid = draft.request.gid();
            if (!isOnly(draft.request.groups(), gid == null ? gids.get(0).inside() : gid)) {
                noOtherGroups(draft);
            }
            draft.idMap = IdMapPlan.written(IdMapPlan.WRITE_DENY, uids, gids);
            draft.enforced("id map " + uids, "uid_map and gid_map", "the caller's own ids");
            return new Identity(null, null, false);
        }
        if (host.newuidmap() == null || host.newgidmap() == null) {
            draft.refuse(
                    Isolation.ID_RANGE,
                    "id map",
                    "only newuidmap may map other ids than the caller's, and it is not installed",
                    Diagnosis.of(Isolation.ID_RANGE).remedy());
            return single(draft);
        }
        return helper(draft, uids, gids);
    }

    private static boolean isOwn(List<IdRange> map, long id) {
        return map.size() == 1 && map.get(0).count() == 1 && map.get(0).host() == id;
    }

    /** The supervisor becomes the first id of the map, so that what it creates has an owner; the program the asked-for one. */
    private static Identity wide(Draft draft, long firstUid, long firstGid) {
        Request asked = draft.request;
        long uid = asked.uid() == null ? firstUid : asked.uid();
        long gid = asked.gid() == null ? firstGid : asked.gid();
        draft.setup(
                new Work.SetIds(firstUid, firstGid),
                Opcode.SETGROUPS,
                "take the ids of the namespace",
                Isolation.USER_NAMESPACE);
        draft.enforced("user " + uid + ":" + gid, "setresuid, setresgid, setgroups", "groups " + asked.groups());
        return new Identity(uid, gid, true);
    }
}
