package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Capability;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Signal;
import dev.sandjar.Tier;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.Cpu;
import dev.sandjar.internal.cgroup.DeviceProgram;
import dev.sandjar.internal.cgroup.Group;
import dev.sandjar.internal.cgroup.Groups;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.OomWatch;
import dev.sandjar.internal.cgroup.Place;
import dev.sandjar.internal.cgroup.Problem;
import dev.sandjar.internal.cgroup.Write;
import dev.sandjar.internal.host.PressureRights;
import dev.sandjar.internal.host.UserTasks;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.TimeWords;
import dev.sandjar.linux.CgroupPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** The cgroups of a sandbox: in which hierarchies, with what values, and how the program gets in. */
final class CgroupPlanner {
    /** By which the next launcher knows what one that died has made. */
    private static final String MARK = "user." + ChosenPath.MARK;

    private static final String TCP_OF_V1 = "memory.kmem.tcp.limit_in_bytes";

    /** What a watch on all processes reads: CONFIG_PROC_CHILDREN. */
    private static final Path CHILDREN = Path.of("/proc/thread-self/children");

    private static final String ACCOUNTING = "accounting by cgroups";

    private static final String OR_LESS =
            "; or go on with what resource limits can carry by allowDegraded(Isolation.CGROUP_LIMITS)";

    private final Draft draft;
    private final Request request;

    private CgroupPlanner(Draft draft) {
        this.draft = draft;
        this.request = draft.request;
    }

    /** Whether a sandbox needs cgroups at all. */
    static boolean isNeeded(Request request) {
        return !request.limits().isEmpty()
                || request.accounting()
                || request.cgroup() != null
                || request.bounds().cpuTime().isPresent();
    }

    static void plan(Draft draft, Identity identity) {
        if (isNeeded(draft.request)) {
            new CgroupPlanner(draft).plan(identity);
        }
        bounds(draft);
    }

    private static String signal(int number) {
        return Signal.of(number).map(signal -> "SIG" + signal.name()).orElse("signal " + number);
    }

    /** What needs no cgroup. */
    private static void bounds(Draft draft) {
        Bounds bounds = draft.bounds;
        String grace = bounds.graceNanos() == 0
                ? ""
                : signal(bounds.stopSignal()) + " first, " + time(bounds.graceNanos()) + " before the end";
        if (bounds.timeoutNanos() != 0) {
            draft.enforced(Limit.TIMEOUT.label() + " " + time(bounds.timeoutNanos()), "timer of the launcher", grace);
        }
        Long output = bounds.outputBytes();
        if (output != null) {
            draft.enforced(Limit.OUTPUT.label() + " " + DataSize.bytes(output), "counted while it is read", grace);
        }
    }

    private static String time(long nanos) {
        return TimeWords.of(Duration.ofNanos(nanos));
    }

    private void plan(Identity identity) {
        Layout layout = draft.cgroups.layout();
        if (layout == null) {
            withoutCgroups();
            return;
        }
        boolean cpuTime = request.bounds().cpuTime().isPresent();
        Groups groups = Groups.of(request.limits(), request.accounting(), cpuTime, layout, HostDevices::numberOf);
        for (Problem problem : groups.problems()) {
            if (problem.limit() == Limit.SWAP && isUnasked(Limit.SWAP)) {
                continue;
            }
            missing(problem.limit(), problem.reason(), problem.remedy());
        }
        draft.groups = groups;
        if (groups.groups().isEmpty() && !groups.problems().isEmpty()) {
            Problem first = groups.problems().get(0);
            draft.noCgroups = new NoCgroups(first.reason(), first.remedy());
        }
        if (request.accounting() && groups.groups().stream().anyMatch(g -> g.joinFile() != null)) {
            draft.enforced(ACCOUNTING, layout.isV2() ? "cgroup v2" : "cgroup v1", "");
        }
        CgroupPath path = request.cgroup();
        if (path != null) {
            draft.enforced("cgroup " + path, layout.isV2() ? "cgroup v2" : "cgroup v1", where(layout));
        }
        boolean shared = draft.userNamespace && identity.wide() && draft.idMap.supervisor() != draft.host.uid();
        for (Group group : groups.groups()) {
            operations(layout, group, shared);
        }
        if (cpuTime && groups.groups().stream().anyMatch(g -> g.cpu() != null)) {
            draft.enforced(
                    Limit.CPU_TIME.label() + " " + time(draft.bounds.cpuNanos()), "cgroup, read by the launcher", "");
        }
        PressureWords.add(draft, layout, PressureRights.ofThisProcess());
        namespace();
        if (NamespacePlanner.isNew(draft, NamespaceKind.NETWORK)) {
            draft.flags |= Plan.COUNT_NETWORK;
        }
    }

    private boolean isUnasked(Write write) {
        return (write.limit() == Limit.SWAP && isUnasked(Limit.SWAP))
                || (request.terms() != null && write.file().equals(TCP_OF_V1));
    }

    /** What a limit of memory brings with it, and the configuration of an OCI runtime does not ask for. */
    private boolean isUnasked(Limit limit) {
        return request.terms() != null && !request.limits().kinds().contains(limit);
    }

    private static String where(Layout layout) {
        return layout.places().stream()
                .map(place -> place.base().isEmpty() ? "below Sandjar's own" : place.base() + "/" + place.path())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private void operations(Layout layout, Group group, boolean shared) {
        int k = group.hierarchy();
        Place place = layout.isPlaced() ? layout.places().get(k) : null;
        if (place == null) {
            draft.cgroup(new Work.Cgroup(k), group.deferred() ? Opcode.OPTIONAL : 0, "make the cgroup");
        } else {
            draft.cgroup(
                    new Work.CgroupAt(k, place.base(), place.path(), MARK, place.parentWrites()),
                    0,
                    "make the cgroup " + request.cgroup());
        }
        for (Write write : group.writes()) {
            Limit limit = write.limit();
            if (isUnasked(write)) {
                continue;
            }
            draft.cgroup(
                    new Work.CgroupWrite(k, write.file(), write.text()),
                    0,
                    "set " + (limit == null ? write.file() : "the " + limit.label()));
            if (limit != null) {
                draft.enforced(limit.label(), write.mechanism(), write.file() + " = " + write.text());
            }
        }
        DeviceProgram devices = group.deviceProgram();
        if (devices != null) {
            draft.cgroup(new Work.CgroupDevices(k, new Bytes(devices.bytes())), 0, "set the " + Limit.DEVICES.label());
            draft.enforced(Limit.DEVICES.label(), "BPF_PROG_TYPE_CGROUP_DEVICE", "");
        }
        OomWatch oom = group.oomWatch();
        if (oom != null) {
            draft.cgroup(new Work.CgroupOom(k, oom.file(), oom.control()), 0, "watch for the lack of memory");
        }
        String join = group.joinFile();
        if (join != null) {
            // Elsewhere the files that would have to be shared are others', and only some may give files away.
            boolean gives = place == null && draft.host.has(Capability.CHOWN);
            boolean into = layout.get(k).isV2() && draft.host.cloneIntoCgroup() && (!shared || gives);
            int flags = (into ? Opcode.INTO : 0) | (into && shared ? Opcode.SHARED : 0);
            draft.cgroup(new Work.CgroupJoin(k, join), flags, "join the cgroup");
        }
        group.reads().forEach(file -> draft.cgroup(new Work.CgroupRead(k, file), 0, "read " + file));
        group.onKill()
                .forEach(w -> draft.cgroup(
                        new Work.CgroupKill(k, w.file(), w.text()), thaws(w) ? Opcode.SELF : 0, "end the cgroup"));
        Cpu cpu = group.cpu();
        if (cpu != null && request.bounds().cpuTime().isPresent()) {
            draft.cgroup(new Work.CgroupCpu(k, cpu.file(), cpu.key(), cpu.nanosPerUnit()), 0, "read the CPU time");
        }
    }

    /** What was frozen when its launcher died has to run to die, on v1. Nothing else is done to what may be another's by now. */
    private static boolean thaws(Write write) {
        return write.text().equals("THAWED");
    }

    /** Its root is the cgroup of whoever makes it: so the program does, once it is there. */
    private void namespace() {
        long flag = CloneFlags.of(NamespaceKind.CGROUP);
        boolean joins = draft.groups != null && draft.groups.groups().stream().anyMatch(g -> g.joinFile() != null);
        if (joins && (draft.cloneFlags & flag) != 0) {
            draft.cloneFlags &= ~flag;
            draft.process(
                    new Work.Bare(Opcode.CGROUP_NAMESPACE), 0, "make the cgroup namespace", Isolation.CGROUP_NAMESPACE);
        }
    }

    // ---------------------------------------------------------------- what cgroups can't carry here

    private void withoutCgroups() {
        draft.noCgroups = new NoCgroups(draft.cgroups.reason(), draft.cgroups.remedy());
        Limits limits = request.limits();
        Set<Limit> kinds = EnumSet.noneOf(Limit.class);
        kinds.addAll(limits.kinds());
        if (request.bounds().cpuTime().isPresent()) {
            kinds.add(Limit.CPU_TIME);
        }
        kinds.forEach(kind -> missing(kind, draft.cgroups.reason(), draft.cgroups.remedy()));
        CgroupPath path = request.cgroup();
        if (path != null) {
            draft.refuse(
                    Isolation.CGROUP_LIMITS,
                    "cgroup " + path,
                    draft.cgroups.reason(),
                    draft.cgroups.remedy() + OR_LESS);
        } else if (request.accounting()) {
            draft.refuse(Isolation.CGROUP_LIMITS, ACCOUNTING, draft.cgroups.reason(), draft.cgroups.remedy() + OR_LESS);
        }
    }

    private void missing(Limit limit, String reason, String remedy) {
        boolean given = isOfPreset(limit) || request.degradable().contains(Isolation.CGROUP_LIMITS);
        if (!given) {
            draft.refuse(Isolation.CGROUP_LIMITS, limit.label(), reason, remedy + OR_LESS);
            return;
        }
        boolean watched = watch(limit);
        String unsaid = watched
                ? "; all processes together are looked at every few ms, and ended with a verdict of its own"
                : limit == Limit.MEMORY
                        ? "; so there is no verdict about memory: nothing tells a lack of it from the program's own failure"
                        : "";
        draft.entries.add(new AppliedPolicy.Entry(limit.label(), Outcome.DEGRADED, instead(limit), reason + unsaid));
    }

    /** Whether processes are counted together by looking at them. */
    private boolean watch(Limit limit) {
        Limits limits = request.limits();
        TreeBounds known = draft.treeBounds == null ? TreeBounds.NONE : draft.treeBounds;
        if (request.tier() == Tier.NAMESPACES || !Files.exists(CHILDREN)) {
            return false;
        } else if (limit == Limit.MEMORY && limits.memory().isPresent()) {
            draft.treeBounds = known.memory(limits.memory().get().toBytes());
            return true;
        } else if (limit == Limit.PIDS && limits.pids().isPresent()) {
            draft.treeBounds = known.processes(limits.pids().getAsLong());
            return true;
        }
        return false;
    }

    /** What a limit of the preset brings is the preset's too. */
    private boolean isOfPreset(Limit limit) {
        boolean brought = limit == Limit.SWAP && request.limits().swap().isEmpty();
        Limit asked = brought ? Limit.MEMORY : limit;
        return request.limits().presets().contains(asked)
                || request.bounds().presets().contains(asked);
    }

    /** The kernel counts what else its user has, threads of this JVM among it: where all are looked at, that is not to be in the way. */
    private String processes(Rlimits stand, long count) {
        TreeBounds watched = draft.treeBounds;
        if (watched == null || watched.processes() != count) {
            return stand.processes(count);
        }
        try {
            return stand.processes(count + UserTasks.of(draft.uidOnHost));
        } catch (IOException e) {
            return stand.processes(count);
        }
    }

    /** What carries it in part; empty if nothing does. */
    private String instead(Limit limit) {
        Rlimits stand = new Rlimits(draft);
        Limits limits = request.limits();
        return switch (limit) {
            case MEMORY ->
                limits.memory().map(max -> stand.memory(max.toBytes())).orElse("");
            case PIDS ->
                limits.pids().isPresent() ? processes(stand, limits.pids().getAsLong()) : "";
            case CPU_TIME -> stand.cpuTime(draft.bounds.cpuNanos());
            default -> "";
        };
    }
}
