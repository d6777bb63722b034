package dev.sandjar.internal.host;

import dev.sandjar.Capability;
import dev.sandjar.Isolation;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a plan needs to know of this machine and of the host process.
 *
 * @param groups the supplementary groups of this process
 * @param setsGroups whether the user namespace that this process is in lets anybody set groups ({@code /proc/self/setgroups})
 * @param capabilities the effective set of {@code capabilities(7)}, a bit each
 * @param features what the launcher found the kernel to have, SJ_HAS_* of protocol.h
 * @param subuids ranges of /etc/subuid for this user
 * @param newuidmap the helper, null where it is not installed
 * @param missing isolations that were tried and failed, with the reason
 * @param networkLacks what networks of several sandboxes were tried and found to lack, with the reason
 */
public record Host(
        long uid,
        long gid,
        Set<Long> groups,
        IdMap uids,
        IdMap gids,
        boolean setsGroups,
        long capabilities,
        int features,
        List<IdRange> subuids,
        List<IdRange> subgids,
        @Nullable Path newuidmap,
        @Nullable Path newgidmap,
        Map<Isolation, String> missing,
        Map<NetworkFeature, String> networkLacks) {
    private static final int HAS_MOUNT_API = 1 << 2;
    private static final int HAS_MOUNT_SETATTR = 1 << 3;
    private static final int LANDLOCK_SHIFT = 24;
    private static final int LANDLOCK_MAX = 15;
    private static final int HAS_INTO_CGROUP = 1 << 6;
    /** Where private id blocks come from: the range that systemd reserves for containers. */
    public static final long FIRST_PRIVATE_ID = 0x80000;

    public static final long END_OF_PRIVATE_IDS = 0x70000000L;

    public Host {
        groups = Set.copyOf(groups);
        subuids = List.copyOf(subuids);
        subgids = List.copyOf(subgids);
        missing = Map.copyOf(missing);
        networkLacks = Map.copyOf(networkLacks);
    }

    /** Reads /proc/self and the subordinate id files; {@code features} come from the launcher's greeting. */
    public static Host detect(int features) throws IOException {
        Map<String, String> status = ProcStatus.read(Path.of("/proc/self/status"));
        long uid = ProcStatus.number(status, "Uid", 1);
        long gid = ProcStatus.number(status, "Gid", 1);
        String name = SubordinateIds.nameOf(uid);
        CapabilityMask effective = CapabilityMask.parse(status.getOrDefault("CapEff", ""));
        return new Host(
                uid,
                gid,
                ProcStatus.numbers(status, "Groups"),
                IdMap.parse(BoundedReads.lines(Path.of("/proc/self/uid_map"))),
                IdMap.parse(BoundedReads.lines(Path.of("/proc/self/gid_map"))),
                !BoundedReads.text(Path.of("/proc/self/setgroups")).strip().equals("deny"),
                effective == null ? 0 : effective.bits(),
                features,
                SubordinateIds.of(Path.of("/etc/subuid"), name, uid),
                SubordinateIds.of(Path.of("/etc/subgid"), name, uid),
                program("newuidmap"),
                program("newgidmap"),
                Map.of(),
                Map.of());
    }

    private static @Nullable Path program(String name) {
        for (String directory : List.of("/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin")) {
            Path path = Path.of(directory, name);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        return null;
    }

    /** The same host with isolations that were found not to work. */
    public Host lacking(Map<Isolation, String> reasons) {
        Map<Isolation, String> all = new EnumMap<>(Isolation.class);
        all.putAll(missing);
        all.putAll(reasons);
        return with(features, all, networkLacks);
    }

    /** The same host with what its networks were found not to have. */
    public Host lackingForNetworks(Map<NetworkFeature, String> reasons) {
        return with(features, missing, reasons);
    }

    /** The same host as if its kernel were one without the newer mount calls. */
    public Host withoutMountApi() {
        return with(features & ~HAS_MOUNT_API, missing, networkLacks);
    }

    /** The same host as if processes joined cgroups only once they are there. */
    public Host withoutIntoCgroup() {
        return with(features & ~HAS_INTO_CGROUP, missing, networkLacks);
    }

    private Host with(int some, Map<Isolation, String> lacking, Map<NetworkFeature, String> lackingForNetworks) {
        return new Host(
                uid,
                gid,
                groups,
                uids,
                gids,
                setsGroups,
                capabilities,
                some,
                subuids,
                subgids,
                newuidmap,
                newgidmap,
                lacking,
                lackingForNetworks);
    }

    public boolean has(Capability capability) {
        return (capabilities >>> capability.number() & 1) != 0;
    }

    /** Whether namespaces other than the user namespace can be made without one. */
    public boolean privileged() {
        return has(Capability.SYS_ADMIN);
    }

    /** Whether this process may map the ids of mounts, so that files of the host belong inside to whom they are to belong. */
    public boolean idmaps() {
        return privileged() && mapsAnyId();
    }

    /** Whether this process may map any host id: then sandboxes get id ranges that nobody else has. */
    public boolean mapsAnyId() {
        long count = END_OF_PRIVATE_IDS - FIRST_PRIVATE_ID;
        return has(Capability.SETUID)
                && has(Capability.SETGID)
                && uids.containsRange(FIRST_PRIVATE_ID, count)
                && gids.containsRange(FIRST_PRIVATE_ID, count);
    }

    /** Whether the kernel has fsopen, open_tree, move_mount and mount_setattr. */
    public boolean mountApi() {
        return (features & HAS_MOUNT_API) != 0 && hasMountSetattr() && !Boolean.getBoolean("sandjar.classicMounts");
    }

    /** The version of Landlock's interface that the kernel offers, 0 for none. */
    public int landlockVersion() {
        int version = features >>> LANDLOCK_SHIFT & LANDLOCK_MAX;
        return Math.min(version, Integer.getInteger("sandjar.landlockVersion", version));
    }

    /** Whether the kernel lets a process begin in a cgroup: clone3 with CLONE_INTO_CGROUP. */
    public boolean cloneIntoCgroup() {
        return (features & HAS_INTO_CGROUP) != 0;
    }

    public boolean hasMountSetattr() {
        return (features & HAS_MOUNT_SETATTR) != 0;
    }
}
