package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Capability;
import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.Groups;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.host.HardLimits;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.host.RealPaths;
import dev.sandjar.internal.protocol.Opcode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A plan under construction. The planners each add their part; nobody changes it once a Plan holds it. */
final class Draft {
    private static final long EVERY_ID = 0xffffffffL;

    final Request request;
    final Host host;
    final CgroupSupport cgroups;
    final RealPaths paths;
    final Bounds bounds;
    final HardLimits hardLimits = HardLimits.ofThisProcess();
    final List<Operation> outer = new ArrayList<>();
    final List<Operation> setup = new ArrayList<>();
    final List<Operation> process = new ArrayList<>();
    final List<Operation> cgroup = new ArrayList<>();
    final List<Path> descriptors = new ArrayList<>();
    /** Where paths of the host led that go through symbolic links. */
    final Map<Path, Path> links = new LinkedHashMap<>();

    /** Why what is bound at a target, and only the caller may enter or read, is not made the program's to read. */
    final Map<String, PrivateSource.Obstacle> obstacles = new HashMap<>();

    /** What the program may read for where it lies, and what it was like there. */
    final Map<Path, HostPlace> trusted = new LinkedHashMap<>();

    /** What else of the host the plan depends on. */
    final WatchedFiles watched = new WatchedFiles();

    final long additions;

    /** What of the host the sandbox may write to. */
    final List<Path> guestWritable = new ArrayList<>();

    final List<AppliedPolicy.Entry> entries = new ArrayList<>();
    /** Of entries, by what they request, whose outcome only a start can tell. */
    final Map<String, Restriction> restrictions = new HashMap<>();

    long cloneFlags;
    int flags;
    int slots;
    boolean dependsOnBase;
    /** Whether files have the names of members of networks in them. */
    boolean dependsOnNames;
    /** Whether something is put into /dev by a path that leads there through links of the root. */
    boolean linksToDev;
    /** Of an overlay whose changes are discarded. */
    @Nullable
    Layers layers;

    /** Whether sandboxes may be made before anybody asks for them. */
    boolean warm;
    /** Whether a start that hands files of the host over has a filter of its own for their modes. */
    boolean guardsHandedFiles;
    /** Whether the process of a program can be made before the program is named. */
    boolean warmProgram;
    /** Whether the sandbox has a user namespace of its own, asked for or implied. */
    boolean userNamespace;
    /** CPU time after which the kernel kills a process, where no cgroup counts that of all together; 0 for none. */
    long processCpuNanos;
    /** The target of a /proc that the program itself mounts in its PID namespace, with a slash at the end. */
    @Nullable
    String procInProgram;

    /** As whom programs run that have no user namespace of their own: not always as whom they were asked to. */
    long uidOnHost;

    /** Of programs that have no /tmp to be mounted; null if they have one, or none was asked for. */
    @Nullable
    PrivateTmp privateTmp;

    /** What all processes together may have where no cgroup counts it; null if nothing is to be watched. */
    @Nullable
    TreeBounds treeBounds;

    IdMapPlan idMap = IdMapPlan.none();
    Map<String, String> environment = Map.of();

    @Nullable
    String directory;

    @Nullable
    Path upperDirectory;

    /** Whether this is for an explanation, which goes on where a start would end. */
    boolean told;

    /** Null where there are none, or nobody asked. */
    @Nullable
    Groups groups;

    /** Null if there are cgroups, or nothing has asked for them. */
    @Nullable
    NoCgroups noCgroups;

    @Nullable
    UnsupportedIsolationException refusal;

    Draft(Request request, Host host, CgroupSupport cgroups, RealPaths paths) {
        this.request = request;
        this.host = host;
        this.cgroups = cgroups;
        this.paths = paths;
        this.additions = paths.additions();
        this.bounds = Bounds.of(request.bounds());
        this.uidOnHost = host.uid();
    }

    /** What names and modes are judged by, as it is known by now. */
    Reach.View view() {
        return new Reach.View(request, host, idMap, userNamespace, obstacles);
    }

    /** Whether what sets the sandbox up has a capability that the kernel asks for in its first user namespace. */
    boolean hasOnHost(Capability capability) {
        return !userNamespace && host.has(capability) && hasEveryId();
    }

    /** As the first user namespace has. */
    boolean hasEveryId() {
        return host.uids().containsRange(0, EVERY_ID);
    }

    int nextSlot() {
        return slots++;
    }

    int classic() {
        return host.mountApi() ? 0 : Opcode.CLASSIC;
    }

    void outer(Work work, int opFlags, String step, @Nullable Isolation isolation) {
        outer.add(new Operation(work, opFlags, step, isolation));
    }

    public void setup(Work work, int opFlags, String step, @Nullable Isolation isolation) {
        setup.add(new Operation(work, opFlags, step, isolation));
    }

    void process(Work work, int opFlags, String step, @Nullable Isolation isolation) {
        process.add(new Operation(work, opFlags, step, isolation));
    }

    void cgroup(Work work, int opFlags, String step) {
        cgroup.add(new Operation(work, opFlags, step, Isolation.CGROUP_LIMITS));
    }

    void enforced(String request, String mechanism, String reason) {
        entries.add(new AppliedPolicy.Entry(request, Outcome.ENFORCED, mechanism, reason));
    }

    void unreachable(String request, String mechanism, String reason) {
        entries.add(new AppliedPolicy.Entry(request, Outcome.UNREACHABLE, mechanism, reason));
    }

    /**
     * Whether to go on with {@code isolation}: yes if nothing is known against it; otherwise it is recorded as degraded, where the
     * caller allowed that, or as impossible.
     */
    boolean wants(Isolation isolation) {
        String reason = host.missing().get(isolation);
        if (reason == null) {
            return true;
        }
        return refuse(
                isolation, isolation.label(), reason, Diagnosis.of(isolation).remedy());
    }

    /** Records what of the host can't be used, and why. Returns the same as a refusal. */
    UnsupportedIsolationException unusable(SandboxException e) {
        UnsupportedIsolationException refused = new UnsupportedIsolationException(
                null, e.step(), e.systemCall().orElse(null), e.path().orElse(null), e.errno(), e.reason(), e.remedy());
        String message = Objects.requireNonNullElse(refused.getMessage(), "");
        String prefix = e.step() + ": ";
        String reason = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
        entries.add(new AppliedPolicy.Entry(e.step(), Outcome.IMPOSSIBLE, "", reason));
        return refused;
    }

    /** Records what this host can't do. Returns false, for callers that then leave it out. */
    boolean refuse(@Nullable Isolation isolation, String request, String reason, String remedy) {
        if (isolation != null && this.request.degradable().contains(isolation)) {
            entries.add(new AppliedPolicy.Entry(request, Outcome.DEGRADED, "", reason));
            return false;
        }
        entries.add(new AppliedPolicy.Entry(request, Outcome.IMPOSSIBLE, "", reason));
        if (refusal == null) {
            refusal = new UnsupportedIsolationException(isolation, request, null, null, 0, reason, remedy);
        }
        return false;
    }
}
