package dev.sandjar.adapters.engine;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Ulimit;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.api.model.VersionComponent;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import dev.sandjar.AppliedPolicy.Entry;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Confinement;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.Limit;
import dev.sandjar.Limits;
import dev.sandjar.MountEntry;
import dev.sandjar.MountOption;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.Network;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.Rlimit;
import dev.sandjar.RlimitValue;
import dev.sandjar.RootFs;
import dev.sandjar.RunBounds;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.Tier;
import dev.sandjar.seccomp.SeccompProfile;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an engine is told so that a policy holds, and what becomes of each request. */
final class EnginePlan {
    private static final String MEMORY = "memory limit";
    private static final long NANOS = 1_000_000_000;
    private static final int UMASK = 022;

    private final Sandbox policy;
    private final Set<Isolation> allowed;
    private final boolean podman;
    private final boolean userNamespace;
    private final boolean filter;
    private final List<Entry> entries = new ArrayList<>();
    private final IdentityHashMap<Entry, Isolation> isolations = new IdentityHashMap<>();
    private final Set<Isolation> missing = EnumSet.noneOf(Isolation.class);
    private final List<String> security = new ArrayList<>();
    private final List<Ulimit> ulimits = new ArrayList<>();
    private final HostConfig host;
    private final List<String> masked = new ArrayList<>();
    private final List<String> readOnly = new ArrayList<>();

    private EnginePlan(Sandbox policy, Info info, Version version) {
        this.policy = policy;
        allowed = EnumSet.noneOf(Isolation.class);
        allowed.addAll(policy.degradable());
        allowed.addAll(policy.minimumTier().lost());
        podman = components(version).stream().anyMatch(name -> name.contains("Podman"));
        List<String> options = info.getSecurityOptions() == null ? List.of() : info.getSecurityOptions();
        userNamespace = options.stream()
                .anyMatch(option -> option.startsWith("name=userns") || option.startsWith("name=rootless"));
        filter = options.stream().anyMatch(option -> option.startsWith("name=seccomp"));
        paths();
        host = config();
    }

    static EnginePlan of(Engine engine, Sandbox policy) throws SandboxException {
        Info info = engine.ask(
                "ask the engine what it can do", client -> client.infoCmd().exec());
        Version version = engine.ask(
                "ask the engine for its version", client -> client.versionCmd().exec());
        EnginePlan plan = new EnginePlan(policy, info, version);
        plan.namespaces(policy.namespaces());
        plan.root();
        plan.mounts();
        plan.limits(policy.limits(), policy.bounds());
        plan.process(policy.process());
        plan.confinement(policy.confinement());
        plan.baseline();
        if (plan.podman) {
            plan.impossible(
                    "carried out by Podman",
                    "its service has not been seen to carry all of a policy out and to end: use dockerd");
        }
        plan.entries.add(
                0,
                new Entry(
                        "engine",
                        Outcome.ENFORCED,
                        "API of Docker",
                        (plan.podman ? "Podman " : "Docker ") + version.getVersion() + " at " + engine.socket()));
        plan.entries.add(
                0,
                new Entry(
                        "tier " + plan.tier(),
                        Outcome.ENFORCED,
                        "",
                        "what may be missing there: " + plan.tier().loss()));
        plan.host.withSecurityOpts(plan.security).withUlimits(plan.ulimits);
        return plan;
    }

    private static List<String> components(Version version) {
        List<VersionComponent> components = version.getComponents();
        return components == null
                ? List.of()
                : components.stream().map(VersionComponent::getName).toList();
    }

    /** Before the rest, since only what is read from JSON has fields that the client library does not know. */
    private void paths() {
        for (MountEntry entry : policy.mounts().entries()) {
            if (entry instanceof MountEntry.Masked mask) {
                masked.add(mask.target());
            } else if (entry instanceof MountEntry.ReadOnlyPath path) {
                readOnly.add(path.target());
            }
        }
    }

    private HostConfig config() {
        Map<String, Object> fields = new HashMap<>();
        if (!podman && !masked.isEmpty()) {
            fields.put("MaskedPaths", masked);
        }
        if (!podman && !readOnly.isEmpty()) {
            fields.put("ReadonlyPaths", readOnly);
        }
        return DefaultDockerClientConfig.createDefaultConfigBuilder()
                .build()
                .getObjectMapper()
                .convertValue(fields, HostConfig.class)
                .withPrivileged(false)
                .withRestartPolicy(RestartPolicy.noRestart())
                .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE))
                .withCapDrop(Capability.ALL);
    }

    List<Entry> entries() {
        return List.copyOf(entries);
    }

    HostConfig host() {
        return host;
    }

    boolean podman() {
        return podman;
    }

    @Nullable
    Isolation isolation(Entry entry) {
        return isolations.get(entry);
    }

    /** The strongest tier that may lack what is missing; what the caller has named is no matter of tiers. */
    private Tier tier() {
        Set<Isolation> unnamed = EnumSet.noneOf(Isolation.class);
        unnamed.addAll(missing);
        unnamed.removeAll(policy.degradable());
        for (Tier tier : Tier.values()) {
            if (tier.lost().containsAll(unnamed)) {
                return tier;
            }
        }
        return Tier.NONE;
    }

    private void enforced(String request, String mechanism, String reason) {
        entries.add(new Entry(request, Outcome.ENFORCED, mechanism, reason));
    }

    private void impossible(String request, String reason) {
        entries.add(new Entry(request, Outcome.IMPOSSIBLE, "", reason));
    }

    private void weaker(Isolation isolation, String request, String mechanism, String reason) {
        missing.add(isolation);
        Entry entry = new Entry(
                request, allowed.contains(isolation) ? Outcome.DEGRADED : Outcome.IMPOSSIBLE, mechanism, reason);
        isolations.put(entry, isolation);
        entries.add(entry);
    }

    private void namespaces(Namespaces namespaces) {
        for (NamespaceKind kind : NamespaceKind.values()) {
            String request = kind == NamespaceKind.NETWORK
                    ? "network namespace"
                    : kind.toString().toLowerCase(Locale.ROOT) + " namespace";
            if (namespaces.choice(kind) instanceof NamespaceChoice.Join) {
                impossible(request, "an engine joins no namespace of this host");
            } else if (namespaces.isNew(kind)) {
                namespace(kind, request);
            }
        }
        network(namespaces.network());
        host.withInit(namespaces.init());
        if (!namespaces.nestedUserNamespaces()) {
            nested();
        }
        Map<String, String> sysctls = new TreeMap<>();
        namespaces.sysctls().forEach((name, value) -> {
            if (name.startsWith("user/")) {
                // They bound what a user namespace lets do; of the host's own, they would bound everybody.
                weaker(
                        Isolation.USER_NAMESPACE,
                        "/proc/sys/" + name + " = " + value,
                        "",
                        "an engine sets none of user namespaces");
            } else {
                sysctls.put(name.replace('/', '.'), value);
                enforced("/proc/sys/" + name + " = " + value, "sysctls", "");
            }
        });
        host.withSysctls(sysctls);
        namespaces.domainname().ifPresent(name -> impossible("domain name " + name, "an engine sets none"));
        if (namespaces.lastPid().isPresent()) {
            impossible("last PID", "an engine sets none");
        }
    }

    private void namespace(NamespaceKind kind, String request) {
        switch (kind) {
            case USER -> {
                if (userNamespace) {
                    enforced(request, "the engine's own", "it says that it maps ids");
                } else {
                    weaker(
                            Isolation.USER_NAMESPACE,
                            request,
                            "",
                            "this engine maps no ids: user ids inside are those of the machine that it runs on");
                }
            }
            case TIME -> weaker(Isolation.TIME_NAMESPACE, request, "", "engines make none");
            case CGROUP -> {
                host.withCgroupnsMode("private");
                enforced(request, "CgroupnsMode private", "");
            }
            case IPC -> {
                host.withIpcMode("private");
                enforced(request, "IpcMode private", "");
            }
            default -> enforced(request, "always in a container", "");
        }
    }

    private void network(Network network) {
        boolean alone = network.isSeparate()
                && network.rules().all().isEmpty()
                && network.members().isEmpty()
                && network.devices().isEmpty()
                && network.cni().isEmpty()
                && network.namespace().isEmpty();
        host.withNetworkMode("none");
        if (alone) {
            enforced("network " + network, "NetworkMode none", "loopback is up, and nothing else is there");
        } else {
            impossible(
                    "network " + network,
                    "through an engine there is no network but loopback: use Network.none() or Network.loopback()");
        }
    }

    private void nested() {
        weaker(
                Isolation.NO_NESTED_USER_NAMESPACES,
                "no nested user namespaces",
                "",
                "it is left to the engine's filter: that of Docker refuses them, that of Podman lets them be made");
    }

    private void root() {
        if (policy.rootfs() instanceof RootFs.HostReadOnly) {
            host.withReadonlyRootfs(true);
            enforced("root file system", "ReadonlyRootfs", "the image, read-only, in place of a view of the host");
        } else {
            impossible(
                    "root file system: " + policy.rootfs(),
                    "the root is an image of the engine, read-only: use RootFs.hostReadOnly()");
        }
    }

    private void mounts() {
        List<Bind> binds = new ArrayList<>();
        Map<String, String> memory = new TreeMap<>();
        for (MountEntry entry : policy.mounts().entries()) {
            if (entry instanceof MountEntry.Bind bind
                    && bind.options().isEmpty()
                    && !bind.source().toString().contains(":")
                    && !bind.target().contains(":")) {
                binds.add(new Bind(
                        bind.source().toString(),
                        new Volume(bind.target()),
                        bind.readOnly() ? AccessMode.ro : AccessMode.rw));
                enforced(bind.toString(), "Binds", "of the machine that the engine runs on");
            } else if (entry instanceof MountEntry.Tmpfs tmpfs) {
                memory.put(tmpfs.target(), options(tmpfs));
                enforced("tmpfs " + tmpfs.target(), "Tmpfs", memory.get(tmpfs.target()));
            } else if (entry instanceof MountEntry.Proc proc) {
                if (proc.options().isEmpty()) {
                    enforced("private /proc", "always in a container", "");
                } else {
                    weaker(
                            Isolation.PRIVATE_PROC,
                            "private /proc " + proc.options(),
                            "the engine's /proc",
                            "an engine mounts it without options");
                }
            } else if (entry instanceof MountEntry.Dev dev) {
                if (dev.terminals().isEmpty()) {
                    enforced("minimal /dev", "always in a container", "");
                } else {
                    weaker(
                            Isolation.PRIVATE_DEVPTS,
                            "at most " + dev.terminals().getAsInt() + " pseudo-terminals",
                            "the engine's devpts",
                            "an engine bounds their number by limits of files alone");
                }
            } else if (!(entry instanceof MountEntry.Masked) && !(entry instanceof MountEntry.ReadOnlyPath)) {
                impossible(entry.toString(), "an engine has no means for it");
            }
        }
        covered("masked ", masked, "mask=", "MaskedPaths");
        if (podman && !readOnly.isEmpty()) {
            enforced(
                    "read-only " + String.join(" ", readOnly),
                    "the engine's default",
                    "paths of its own list; what else is named here is not writable without capabilities");
        } else {
            covered("read-only ", readOnly, "", "ReadonlyPaths");
        }
        host.withBinds(binds).withTmpFs(memory);
    }

    private void covered(String what, List<String> paths, String option, String field) {
        if (paths.isEmpty()) {
            return;
        }
        if (podman) {
            security.add(option + String.join(":", paths));
        }
        enforced(
                what + String.join(" ", paths),
                podman ? "security option " + option : field,
                "where there is such a place");
    }

    private String options(MountEntry.Tmpfs tmpfs) {
        boolean exec = tmpfs.options().contains(MountOption.EXEC);
        String text = "rw," + (exec ? "exec" : "noexec")
                + (tmpfs.options().contains(MountOption.SUID) ? "" : ",nosuid")
                + (tmpfs.options().contains(MountOption.DEV) ? "" : ",nodev")
                + ",size=" + tmpfs.size().toBytes()
                + ",mode=" + Integer.toOctalString(tmpfs.mode());
        return tmpfs.inodes().isPresent() && !podman
                ? text + ",nr_inodes=" + tmpfs.inodes().getAsLong()
                : text;
    }

    private void limits(Limits limits, RunBounds bounds) {
        for (Limit kind : limits.kinds()) {
            switch (kind) {
                case MEMORY -> {
                    long bytes = limits.memory().orElseThrow().toBytes();
                    long swap = limits.swap().map(DataSize::toBytes).orElse(0L);
                    host.withMemory(bytes).withMemorySwap(Math.addExact(bytes, swap));
                    enforced(MEMORY, "Memory, MemorySwap", bytes + " bytes, and " + swap + " of swap");
                }
                case SWAP -> {
                    if (limits.memory().isEmpty()) {
                        impossible("swap limit", "an engine takes one only beside a memory limit");
                    }
                }
                case CPU -> {
                    host.withNanoCPUs(Math.round(limits.cpus().orElseThrow() * NANOS));
                    enforced(
                            "CPU limit",
                            "NanoCpus",
                            Long.toString(Math.round(limits.cpus().orElseThrow() * NANOS)));
                }
                case PIDS -> {
                    host.withPidsLimit(limits.pids().orElseThrow());
                    enforced(
                            "process limit",
                            "PidsLimit",
                            Long.toString(limits.pids().orElseThrow()));
                }
                case CPUSET_CPUS -> {
                    host.withCpusetCpus(list(limits.cpusetCpus()));
                    enforced("set of CPUs", "CpusetCpus", list(limits.cpusetCpus()));
                }
                case CPUSET_MEMS -> {
                    host.withCpusetMems(list(limits.cpusetMems()));
                    enforced("set of memory nodes", "CpusetMems", list(limits.cpusetMems()));
                }
                default -> limit(limits.presets().contains(kind), kind.toString(), "an engine has no means for it");
            }
        }
        bounds.timeout().ifPresent(time -> enforced("timeout " + time.toMillis() + " ms", "timer of this JVM", ""));
        bounds.output().ifPresent(size -> enforced("output limit " + size.toBytes(), "counted while it is read", ""));
        bounds.cpuTime().ifPresent(time -> {
            long seconds = Math.max(1, time.plusMillis(999).toSeconds());
            ulimits.add(new Ulimit("cpu", seconds, seconds));
            limit(
                    bounds.presets().contains(Limit.CPU_TIME),
                    "CPU time limit",
                    "RLIMIT_CPU of each process, " + seconds + " s");
        });
    }

    /** A limit that is missing or weaker: of a preset it may be, as without cgroups. */
    private void limit(boolean preset, String request, String reason) {
        if (preset) {
            entries.add(new Entry(request, Outcome.DEGRADED, "", reason));
        } else {
            weaker(Isolation.CGROUP_LIMITS, request, "", reason);
        }
    }

    private static String list(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private void process(ProcessAttributes process) {
        if (process.umask().isPresent() && process.umask().getAsInt() != UMASK) {
            impossible(
                    "umask " + Integer.toOctalString(process.umask().getAsInt()),
                    "a program of an engine begins with 022");
        }
        absent(process.nice().isPresent(), "nice value");
        absent(process.ioPriority().isPresent(), "I/O priority");
        absent(
                !process.cpuAffinity().isEmpty() || process.processors().isPresent(),
                "CPU affinity, for which cpusetCpus(...) serves");
        absent(process.scheduling().isPresent(), "scheduling");
        absent(process.memoryPolicy().isPresent(), "memory policy");
        absent(process.personality().isPresent(), "personality");
        absent(process.seLinuxLabel().isPresent(), "SELinux label");
        absent(process.appArmorProfile().isPresent(), "AppArmor profile");
        absent(!process.capabilities().any().isEmpty(), "capabilities, of which it drops all");
        process.oomScoreAdj().ifPresent(host::withOomScoreAdj);
        process.rlimits()
                .forEach((limit, value) ->
                        rlimit(limit, value, process.presetRlimits().contains(limit)));
        if (!process.coreDumps()) {
            ulimits.add(new Ulimit("core", 0L, 0L));
            enforced("no core dumps", "Ulimits core 0", "");
        }
    }

    private void absent(boolean asked, String what) {
        if (asked) {
            impossible(what, "an engine has no means for it");
        }
    }

    private void rlimit(Rlimit limit, RlimitValue value, boolean preset) {
        // Podman puts a value of its own in its place, which it may not be allowed to set.
        if (limit == Rlimit.NPROC && preset && !userNamespace && !podman) {
            entries.add(new Entry(
                    "RLIMIT_NPROC",
                    Outcome.DEGRADED,
                    "",
                    "it would count all processes of that user; the process limit holds"));
            return;
        }
        ulimits.add(new Ulimit(limit.name().toLowerCase(Locale.ROOT), value.soft(), value.hard()));
        enforced("RLIMIT_" + limit + " " + value, "Ulimits", "");
    }

    private void confinement(Confinement confinement) {
        SeccompProfile profile = confinement.seccomp();
        security.add("no-new-privileges");
        if (profile.isNone()) {
            security.add("seccomp=unconfined");
        } else {
            // Podman takes the path of a file where it runs, and runc refuses several rules for the same arguments,
            // which ours have.
            weaker(
                    Isolation.SECCOMP,
                    "seccomp filter, " + profile.name(),
                    filter ? "the engine's default filter" : "",
                    filter ? "an engine can't be sent this one" : "the engine has no filter");
        }
        absent(!confinement.handlers().isEmpty(), "handlers of system calls");
        absent(confinement.recordDenials(), "record of denials");
        confinement
                .landlock()
                .ifPresent(rules -> weaker(Isolation.LANDLOCK, "Landlock rules", "", "an engine sets none"));
        if (confinement.mitigateSpeculation()) {
            weaker(Isolation.SPECULATION_CONTROL, "speculation control", "", "an engine has no means for it");
        }
        if (confinement.coreScheduling()) {
            weaker(Isolation.CORE_SCHEDULING, "core scheduling", "", "an engine has no means for it");
        }
    }

    private void baseline() {
        enforced("no capabilities", "CapDrop ALL", "");
        enforced("no new privileges", "security option no-new-privileges", "");
        enforced("no inherited descriptors", "started by the engine", "always");
        entries.add(new Entry(
                "ends with the host process",
                Outcome.DEGRADED,
                "shutdown hook of this JVM",
                "a container lives on where the JVM is killed or loses the engine; its label is dev.sandjar"));
    }
}
