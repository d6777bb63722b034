package dev.sandjar.internal.frozen;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.Group;
import dev.sandjar.internal.cgroup.Groups;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.Place;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.hostfs.HostStat;
import dev.sandjar.internal.ids.SharedIds;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.plan.Bounds;
import dev.sandjar.internal.plan.IdMapPlan;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A plan with all that a start needs beside it, as protocol/frozen.h of the native sources has it.
 *
 * @param version of the launcher, which is the one that carries it out too
 * @param features of the kernel, as the launcher has found them
 * @param ids null if no run has ids of its own
 */
public record FrozenPolicy(Plan plan, Host host, String version, int features, @Nullable SharedIds ids) {
    /** In the place of this each run puts what is its own: SJ_FROZEN_RUN. */
    private static final String RUN = "0".repeat(16);

    /** The name of the cgroup of a run. */
    public static final String CGROUP = "sandjar-run-" + RUN;

    /** The lowest first id of a run. */
    public static final long LOWEST_ID = OwnIds.LOWEST;

    private static final int MAGIC = 0x4c505a53;
    private static final int FORMAT = 1;
    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");

    /**
     * Encodes it.
     *
     * @throws IllegalStateException if starts of the plan differ by more than their ids
     * @throws SandboxException if a path of the plan is not there any more
     */
    public byte[] encoded() throws IOException {
        WireWriter out = new WireWriter()
                .u32(MAGIC)
                .u32(FORMAT)
                .u32(Connection.WIRE_VERSION)
                .str(version)
                .str(plan.name())
                .str(BoundedReads.text(RELEASE).strip())
                .u32(features & 0xffffffffL)
                .u32(host.uid())
                .u32(host.gid())
                .u64(host.capabilities());
        places(out);
        ids(out);
        plan(out);
        start(out);
        return out.bytes();
    }

    private void places(WireWriter out) throws SandboxException {
        List<byte[]> paths = plan.sources().stream().filter(FrozenPolicy::lasts).toList();
        out.u32(paths.size());
        for (byte[] path : paths) {
            HostStat found = HostStat.of(path);
            if (found == null) {
                throw new SandboxException(
                        "freeze the policy",
                        "statx",
                        PathBytes.shown(path),
                        Errno.ENOENT.number(),
                        "",
                        "bring it back, and freeze the policy again");
            }
            out.str(path).u64(found.device()).u64(found.inode()).u32(found.type());
        }
    }

    /** The kernel makes up what is in procfs and sysfs, and may number it anew. */
    private static boolean lasts(byte[] path) {
        String text = new String(path, StandardCharsets.ISO_8859_1) + "/";
        return !text.startsWith("/proc/") && !text.startsWith("/sys/");
    }

    private void ids(WireWriter out) {
        IdMapPlan map = plan.idMap();
        SharedIds shared = ids;
        out.u32(map.mode()).u64(map.privateBlock());
        if (shared == null) {
            out.u64(0).u64(0).str(map.uidMap()).str(map.gidMap());
        } else {
            out.u64(Long.parseLong(map.uidMap()))
                    .u64(Long.parseLong(map.gidMap()))
                    .str("")
                    .str("");
        }
        out.strv(map.uidCommand()).strv(map.gidCommand());
        if (shared == null) {
            out.str("").u64(0).u64(0).blob(new byte[0]);
        } else {
            out.str(shared.locks())
                    .u64(shared.first())
                    .u64(shared.slotIds())
                    .blob(shared.slots().toByteArray());
        }
    }

    private void plan(WireWriter out) {
        OwnIds own;
        try {
            own = OwnIds.of(plan);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "this policy can't be frozen: a new time namespace whose clocks begin at a time is another one for each start;"
                            + " leave clockStart(...) out",
                    e);
        }
        out.blob(own.body()).u32(own.places().size());
        own.places().forEach(place -> out.u32(place.offset()).u64(place.distance()));
        out.u32(plan.descriptors().size());
        plan.descriptors().forEach(out::str);
        out.strv(plan.stepNames());
        Layout layout = plan.layout();
        out.strv(
                layout == null
                        ? List.of()
                        : layout.places().stream().map(Place::base).toList());
    }

    private void start(WireWriter out) {
        Bounds bounds = plan.bounds();
        String directory = plan.directory();
        out.u64(bounds.timeoutNanos())
                .u64(bounds.cpuNanos())
                .u64(bounds.graceNanos())
                .u32(bounds.stopSignal())
                .u64(bounds.outputBytes() == null ? -1 : bounds.outputBytes())
                .strv(plan.environment().entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .toList())
                .str(directory == null ? "" : directory);
        Groups groups = plan.groups();
        out.strv(
                groups == null
                        ? List.of()
                        : groups.groups().stream()
                                .map(Group::reads)
                                .flatMap(List::stream)
                                .toList());
    }
}
