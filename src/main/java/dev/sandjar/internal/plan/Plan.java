package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.UpperLayer;
import dev.sandjar.internal.cgroup.Group;
import dev.sandjar.internal.cgroup.GroupUsage;
import dev.sandjar.internal.cgroup.Groups;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.Statistics;
import dev.sandjar.internal.cgroup.Write;
import dev.sandjar.internal.host.RealPaths;
import dev.sandjar.internal.intercept.Authority;
import dev.sandjar.internal.protocol.Section;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the launcher will do for every start of one Sandbox on this host. Immutable and thread-safe. */
public final class Plan {
    static final int OUTER_HELPER = 1;
    static final int INIT = 1 << 1;
    static final int PROGRAM_PID = 1 << 2;
    static final int NETWORK = 1 << 3;
    static final int LOOPBACK = 1 << 4;
    static final int PROMPT = 1 << 5;
    static final int COUNT_NETWORK = 1 << 6;
    static final int OBSERVE = 1 << 7;
    static final int TEMPLATE = 1 << 8;
    static final int TEMPLATE_USER = 1 << 9;
    static final int TEMPLATE_LAYERS = 1 << 10;
    static final int OWNER = 1 << 11;

    /** What every terminfo knows, and what little of it is used works on a dumb terminal too. */
    private static final String TERMINAL = "xterm";

    private static final String NET = "net/";

    private final Request request;
    private final Steps steps;
    private final byte[] encoded;
    private final HostBasis basis;
    private final Reach.View view;
    private final Bounds bounds;
    private final List<Path> descriptors;
    private final List<Path> guestWritable;
    private final AppliedPolicy applied;
    private final Map<String, Restriction> restrictions;
    private final Map<String, String> environment;
    private final @Nullable String directory;
    private final @Nullable Path upperDirectory;
    private final @Nullable Groups groups;
    private final @Nullable NoCgroups noCgroups;
    private final @Nullable Layout layout;
    private final long processCpuNanos;
    private final boolean dependsOnBase;
    private final boolean dependsOnNames;
    private final boolean warm;
    private final boolean warmProgram;
    private final boolean guardsHandedFiles;
    private final @Nullable PrivateTmp privateTmp;
    private final @Nullable TreeBounds treeBounds;

    Plan(Draft draft) {
        request = draft.request;
        steps = Steps.of(draft);
        encoded = steps.encode(OneStart.ANY);
        basis = new HostBasis(draft.links, draft.trusted, draft.watched, draft.additions);
        view = draft.view();
        bounds = draft.bounds;
        descriptors = List.copyOf(draft.descriptors);
        guestWritable = List.copyOf(draft.guestWritable);
        applied = new AppliedPolicy(draft.entries);
        restrictions = Map.copyOf(draft.restrictions);
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(draft.environment));
        directory = draft.directory;
        upperDirectory = draft.upperDirectory;
        groups = draft.groups;
        noCgroups = draft.noCgroups;
        layout = draft.groups == null ? null : draft.cgroups.layout();
        processCpuNanos = draft.processCpuNanos;
        dependsOnBase = draft.dependsOnBase;
        dependsOnNames = draft.dependsOnNames;
        warm = draft.warm;
        warmProgram = draft.warmProgram;
        guardsHandedFiles = draft.guardsHandedFiles;
        privateTmp = draft.privateTmp;
        treeBounds = draft.treeBounds;
    }

    /** For TLS that is ended in this JVM; null if none is. */
    public @Nullable Authority authority() {
        return request.authority();
    }

    /** Whether what programs are to trust is valid for long enough. */
    public boolean isTrustedForLong() {
        Authority authority = request.authority();
        return authority == null || !authority.isOld();
    }

    /** Whether starts may be clones of a template. */
    public boolean mayHaveTemplate() {
        return (steps.flags() & TEMPLATE) != 0;
    }

    /** Whether what is encoded differs with {@link #names}. */
    public boolean dependsOnNames() {
        return dependsOnNames;
    }

    /** Whether what is encoded differs with every start. */
    public boolean dependsOnBase() {
        return dependsOnBase;
    }

    /** What files say at this time of members of its networks; empty without networks. */
    public ByteBuffer names() {
        return dependsOnNames ? steps.names() : ByteBuffer.allocate(0);
    }

    /** CPU time after which the kernel kills a process, where no cgroup counts that of all together; 0 for none. */
    public long processCpuNanos() {
        return processCpuNanos;
    }

    /** Whether the host's paths that go through symbolic links still lead where they led when this was made. */
    public boolean leadsWhereItDid() {
        return basis.leadsWhereItDid();
    }

    /**
     * Whether what is masked or read-only inside is what it was when this was made, and so is what is shown of the host's configuration.
     */
    public boolean coversWhatItDid() {
        return basis.coversWhatItDid();
    }

    /**
     * Whether what the program may read for where it lies is still what it was there: sandboxes may have been allowed to write to a
     * directory above it meanwhile.
     */
    public boolean trustsWhatItDid(RealPaths paths) {
        return basis.trustsWhatItDid(paths);
    }

    /** What is known of the image that the root is of, as the end of a sentence; "" if it is of none. */
    String ofImage() {
        String origin = request.rootOrigin();
        return origin == null ? "" : "; the root is " + origin;
    }

    /** Whether sandboxes may be kept warm. */
    public boolean mayBeWarm() {
        return warm;
    }

    /** Whether a warm sandbox can have the process of its program too. */
    public boolean hasWarmProgram() {
        return warmProgram;
    }

    /** The host's files that the set-up opens: what a sandbox is made of. */
    public List<byte[]> sources() {
        return steps.sources();
    }

    /** Directories and files of the host that a sandbox may write to. */
    public List<Path> guestWritable() {
        return guestWritable;
    }

    /**
     * The body of SJ_PLAN, for a start whose private id block begins at {@code base}, whose network says {@code resolvConf} of names, and
     * whose directory in place of /tmp is {@code tmp}.
     */
    public byte[] encoded(long base, String resolvConf, String tmp) {
        return dependsOnBase || dependsOnNames ? steps.encode(new OneStart(base, resolvConf, tmp)) : encoded.clone();
    }

    /** Files to open read-only and to send along with the plan, in this order. */
    public List<Path> descriptors() {
        return descriptors;
    }

    public Bounds bounds() {
        return bounds;
    }

    /** The cgroups of each start; null if it has none. */
    public @Nullable Groups groups() {
        return groups;
    }

    /** Whether a cgroup counts the CPU time that all processes have had together, by which the launcher ends them. */
    public boolean countsCpuTime() {
        return bounds.cpuNanos() != 0
                && groups != null
                && groups.groups().stream().anyMatch(group -> group.cpu() != null);
    }

    /** Whether a cgroup limits the memory that all processes have together. */
    public boolean limitsMemory() {
        return groups != null
                && groups.groups().stream()
                        .flatMap(group -> group.writes().stream())
                        .anyMatch(write -> write.limit() == Limit.MEMORY);
    }

    /** The same, with the memory of one start in place of the plan's. */
    public AppliedPolicy withMemory(AppliedPolicy applied, DataSize most) {
        Layout made = layout;
        if (made == null) {
            return applied;
        }
        Limits limits = Limits.none().memory(most);
        Limits asked = request.limits().swap().map(limits::swap).orElse(limits);
        List<AppliedPolicy.Entry> entries = new ArrayList<>(applied.entries());
        for (Group group :
                Groups.of(asked, false, false, made, HostDevices::numberOf).groups()) {
            for (Write write : group.writes()) {
                entries.replaceAll(entry -> entry.reason().startsWith(write.file() + " = ")
                        ? new AppliedPolicy.Entry(
                                entry.request(),
                                entry.outcome(),
                                entry.mechanism(),
                                write.file() + " = " + write.text() + ", of this command")
                        : entry);
            }
        }
        return new AppliedPolicy(entries);
    }

    /** Why this host gives the sandbox no cgroups, and what helps; null if it does, or nothing asks for them. */
    public @Nullable NoCgroups noCgroups() {
        return noCgroups;
    }

    /** Bytes of memory that the programs may have together; null without a limit of the sandbox's own. */
    @Nullable
    Long memoryLimit() {
        return request.limits().memory().map(DataSize::toBytes).orElse(null);
    }

    /** What the files that the launcher read at the end say; null if the sandbox has no cgroups. */
    public @Nullable GroupUsage groupUsage(List<String> texts) {
        if (groups == null || layout == null || texts.isEmpty()) {
            return null;
        }
        return Statistics.parse(layout, atEnd(texts));
    }

    /** The files that the launcher read at the end. */
    public Statistics.Texts atEnd(List<String> texts) {
        Map<Integer, Map<String, String>> read = new HashMap<>();
        Iterator<String> next = texts.iterator();
        for (Group group : groups == null ? List.<Group>of() : groups.groups()) {
            Map<String, String> files = read.computeIfAbsent(group.hierarchy(), k -> new HashMap<>());
            for (String file : group.reads()) {
                String text = next.hasNext() ? next.next() : "";
                if (!text.isEmpty()) {
                    files.put(file, text);
                }
            }
        }
        return (hierarchy, file) -> read.getOrDefault(hierarchy, Map.of()).get(file);
    }

    /** The hierarchies that the plan was made for; null if it needs none. */
    public @Nullable Layout layout() {
        return layout;
    }

    /** What the host calls the sandbox; empty for none. */
    public String name() {
        return request.name().orElse("");
    }

    /** The network, with the ports that it shares with the host. */
    public Network network() {
        return request.namespaces().network();
    }

    /** Parameters that somebody outside has to set who owns the network, by their paths below /proc/sys/net. */
    public Map<String, String> networkSysctls() {
        Map<String, String> found = new LinkedHashMap<>();
        request.namespaces().sysctls().forEach((path, value) -> {
            if (path.startsWith(NET)) {
                found.put(path.substring(NET.length()), value);
            }
        });
        return found;
    }

    /** The name as it ends a sentence of a log. */
    public String inName() {
        return name().isEmpty() ? "" : " in sandbox " + name();
    }

    /** Whether the sandbox has a network of its own, whose devices are counted. */
    public boolean countsNetwork() {
        return (steps.flags() & COUNT_NETWORK) != 0;
    }

    /** Whether a filter may end the program for a call. */
    public boolean hasFilter() {
        return !request.confinement().seccomp().isNone();
    }

    /** Whether rules of Landlock say what may be executed. */
    boolean hasLandlock() {
        return steps.process().stream().anyMatch(op -> op.work() instanceof Work.Landlock);
    }

    /** The same of the first directory that the set-up can't search on the way to a mount point; null if none is known. */
    String @Nullable [] closedToSupervisor(String guest) {
        return Reach.closedToSupervisor(view, guest);
    }

    /** For people: why a program that is bound there can't be read, and what helps; null if that is not known. */
    String @Nullable [] closedProgram(String guest) {
        return Reach.closedProgram(view, guest);
    }

    /** What helps where there is nothing at a path inside, and nothing can be made in what is mounted above it. */
    String missingPlace(String guest) {
        return MissingPlaces.remedy(view, guest);
    }

    /** Whether each start of this plan has host ids of its own, which own no file. */
    boolean hasOwnIds() {
        return idMap().privateBlock() > 0;
    }

    /** Whether what is at a path inside belongs to root on the host. */
    boolean isOfRoot(String guest) {
        return Reach.isOfRoot(view, guest);
    }

    /** For people: why a directory inside can't be searched, and what helps. */
    String[] unsearchable(String guest) {
        return Reach.unsearchable(view, guest);
    }

    /** Whether the program's paths are the host's. */
    boolean isOnHostRoot() {
        return request.root() instanceof RootFs.Host;
    }

    public IdMapPlan idMap() {
        return view.idMap();
    }

    /** The directory of its own that each start has in place of /tmp; null if it has none. */
    public @Nullable PrivateTmp privateTmp() {
        return privateTmp;
    }

    /** What all processes together may have where no cgroup counts it; null if nothing is to be watched. */
    public @Nullable TreeBounds treeBounds() {
        return treeBounds;
    }

    /** Defaults that a command's variables add to or replace. */
    public Map<String, String> environment() {
        return environment;
    }

    /** Whether a start that hands files of the host over has to say so. */
    public boolean guardsHandedFiles() {
        return guardsHandedFiles;
    }

    /** What TERM is on a terminal, unless it is set; null if nothing. */
    public @Nullable String terminalType() {
        return request.process().loginVariables() ? TERMINAL : null;
    }

    /** Working directory inside; null leaves the root's "/", or the host process's own. */
    public @Nullable String directory() {
        return directory;
    }

    public AppliedPolicy applied() {
        return applied;
    }

    /**
     * The same after a start, in which masks and read-only paths have found their places or not.
     *
     * @param found of each step by its name whether there was something to do it to
     */
    public AppliedPolicy applied(Map<String, Boolean> found) {
        List<AppliedPolicy.Entry> entries = new ArrayList<>(applied.entries());
        entries.replaceAll(entry -> {
            Restriction restriction = restrictions.get(entry.request());
            Boolean there = restriction == null ? null : found.get(restriction.step());
            return restriction == null || there == null
                    ? entry
                    : there ? restriction.enforced(entry.request()) : Restriction.absent(entry.request());
        });
        return new AppliedPolicy(entries);
    }

    /** The writable layer of an overlay whose changes stay, if the root is one. */
    public @Nullable Path upperDirectory() {
        if (request.root() instanceof RootFs.Overlay overlay && overlay.upper() instanceof UpperLayer.Given given) {
            return given.upper();
        }
        return upperDirectory == null ? null : upperDirectory.resolve("upper");
    }

    /** What happened at a place that the launcher names, for people. */
    public String stepName(int section, int opcode, int index) {
        Operation op = steps.operation(section, index);
        if (op != null && op.code().number == opcode) {
            return op.step();
        }
        Section place = Section.of(section);
        return place == null ? "step " + section : place.step;
    }

    /** What each operation does, for people, in the order of the plan's body. */
    public List<String> stepNames() {
        return steps.all().map(Operation::step).toList();
    }

    @Nullable
    Isolation isolation(int section, int index) {
        Operation op = steps.operation(section, index);
        return op == null ? null : op.isolation();
    }

    long cloneFlags() {
        return steps.cloneFlags();
    }
}
