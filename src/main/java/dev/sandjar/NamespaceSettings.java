package dev.sandjar;

import dev.sandjar.internal.policy.NamespaceChoice;
import dev.sandjar.internal.policy.NamespaceKind;
import dev.sandjar.internal.policy.NamespacePolicy;
import dev.sandjar.internal.policy.NamespacePolicy.HostSocketsChoice;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Nullable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The namespace part of a builder. */
final class NamespaceSettings {
    private static final int NAME_MAX = 64;
    /** Kinds as in {@code user.max_*_namespaces} of all kernels, each of which can be made in a nested user namespace. */
    private static final List<String> NESTED = List.of("cgroup", "ipc", "mnt", "net", "pid", "user", "uts");

    private static final String NESTED_MAX = "256";
    /** The kernel refuses a clock beyond half of what its 64-bit nanoseconds hold: 146 years. */
    private static final Duration OFFSET_MAX = Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000 / 2);

    private static final Map<Isolation, NamespaceKind> KINDS = new EnumMap<>(Map.of(
            Isolation.USER_NAMESPACE, NamespaceKind.USER,
            Isolation.PID_NAMESPACE, NamespaceKind.PID,
            Isolation.MOUNT_NAMESPACE, NamespaceKind.MOUNT,
            Isolation.NETWORK_NAMESPACE, NamespaceKind.NETWORK,
            Isolation.IPC_NAMESPACE, NamespaceKind.IPC,
            Isolation.UTS_NAMESPACE, NamespaceKind.UTS,
            Isolation.CGROUP_NAMESPACE, NamespaceKind.CGROUP,
            Isolation.TIME_NAMESPACE, NamespaceKind.TIME));

    private final EnumMap<NamespaceKind, NamespaceChoice> choices = new EnumMap<>(NamespaceKind.class);
    private boolean init = true;
    private boolean withoutMounts;
    private boolean loopbackUp = true;
    private @Nullable String hostname;
    private @Nullable String domainname;
    private Duration monotonicOffset = Duration.ZERO;
    private Duration boottimeOffset = Duration.ZERO;
    private @Nullable Duration clockStart;
    private int lastPid;
    private boolean forbidNestedUser;
    private final Map<String, String> sysctls = new LinkedHashMap<>();
    /** Of a preset for hostile code. */
    private boolean withholdHostSockets;

    private boolean hostSocketsAskedFor;

    NamespaceSettings copy() {
        NamespaceSettings copy = new NamespaceSettings();
        copy.choices.putAll(choices);
        copy.init = init;
        copy.loopbackUp = loopbackUp;
        copy.hostname = hostname;
        copy.domainname = domainname;
        copy.monotonicOffset = monotonicOffset;
        copy.boottimeOffset = boottimeOffset;
        copy.clockStart = clockStart;
        copy.withoutMounts = withoutMounts;
        copy.lastPid = lastPid;
        copy.forbidNestedUser = forbidNestedUser;
        copy.sysctls.putAll(sysctls);
        copy.withholdHostSockets = withholdHostSockets;
        copy.hostSocketsAskedFor = hostSocketsAskedFor;
        return copy;
    }

    void makeNew(NamespaceKind kind) {
        withoutMounts &= kind != NamespaceKind.MOUNT;
        choices.put(kind, new NamespaceChoice.New());
    }

    void pid(boolean withInit) {
        makeNew(NamespaceKind.PID);
        init = withInit;
    }

    void network(Network network) {
        if (network.isSeparate()) {
            makeNew(NamespaceKind.NETWORK);
        } else {
            choices.remove(NamespaceKind.NETWORK);
        }
        loopbackUp = network.isLoopbackUp();
        hostSocketsAskedFor = network.hasUnixSockets();
    }

    void withholdHostSockets() {
        withholdHostSockets = true;
    }

    private HostSocketsChoice hostSockets() {
        if (!withholdHostSockets || choices.containsKey(NamespaceKind.NETWORK)) {
            return HostSocketsChoice.OPEN;
        }
        return hostSocketsAskedFor ? HostSocketsChoice.ASKED_FOR : HostSocketsChoice.WITHHELD;
    }

    void hostname(String name) {
        hostname = Checks.text("host name", name, 1, NAME_MAX);
    }

    void domainname(String name) {
        domainname = Checks.text("domain name", name, 1, NAME_MAX);
    }

    void sysctl(String name, String value) {
        sysctls.put(Sysctls.path(name), Sysctls.value(name, value));
    }

    void time(Duration monotonic, Duration boottime) {
        monotonicOffset = offset("monotonic offset", monotonic);
        boottimeOffset = offset("boot-time offset", boottime);
        clockStart = null;
        makeNew(NamespaceKind.TIME);
    }

    void lastPid(int pid) {
        lastPid = pid;
    }

    void clockStart(Duration start) {
        if (start.isNegative() || start.compareTo(OFFSET_MAX) > 0) {
            throw new IllegalArgumentException("clock start is " + start + ", allowed is 0 to " + OFFSET_MAX);
        }
        clockStart = start;
        makeNew(NamespaceKind.TIME);
    }

    private static Duration offset(String what, Duration offset) {
        if (offset.compareTo(OFFSET_MAX) > 0 || offset.compareTo(OFFSET_MAX.negated()) < 0) {
            throw new IllegalArgumentException(
                    what + " is " + offset + ", allowed is " + OFFSET_MAX.negated() + " to " + OFFSET_MAX);
        }
        return offset;
    }

    void join(Isolation isolation, Path file) {
        Path path = Checks.hostPath("namespace file", file);
        withoutMounts &= isolation != Isolation.MOUNT_NAMESPACE;
        choices.put(kind(isolation), new NamespaceChoice.Join(path));
    }

    void forbidNestedUser() {
        forbidNestedUser = true;
    }

    /** Goes back to what the host has. */
    void without(Isolation isolation) {
        NamespaceKind kind = kind(isolation);
        choices.remove(kind);
        withoutMounts |= kind == NamespaceKind.MOUNT;
        if (kind == NamespaceKind.USER) {
            forbidNestedUser = false;
            sysctls.keySet().removeIf(path -> path.startsWith("user/"));
        } else if (kind == NamespaceKind.UTS) {
            hostname = null;
            domainname = null;
        }
    }

    /** Not more of them than a program needs, where there were to be none: all of a user together may have so many. */
    void allowNestedUser() {
        if (forbidNestedUser) {
            NESTED.forEach(kind -> sysctls.putIfAbsent("user/max_" + kind + "_namespaces", NESTED_MAX));
        }
        forbidNestedUser = false;
    }

    static boolean isNamespace(Isolation isolation) {
        return KINDS.containsKey(isolation);
    }

    private static NamespaceKind kind(Isolation isolation) {
        Objects.requireNonNull(isolation, "isolation");
        NamespaceKind kind = KINDS.get(isolation);
        if (kind == null) {
            throw new IllegalArgumentException(isolation + " is no namespace; allowed are " + KINDS.keySet());
        }
        return kind;
    }

    NamespacePolicy toPolicy(boolean ownRoot, List<String> problems) {
        EnumMap<NamespaceKind, NamespaceChoice> chosen = new EnumMap<>(choices);
        if (ownRoot) {
            if (chosen.get(NamespaceKind.MOUNT) instanceof NamespaceChoice.Join) {
                problems.add("a joined mount namespace has its own root: leave out rootfs(...) or"
                        + " joinNamespace(MOUNT_NAMESPACE)");
            }
            if (withoutMounts) {
                problems.add(
                        "without(MOUNT_NAMESPACE) can't be with a root of the sandbox's own, which needs that namespace: leave it"
                                + " out, or begin with Sandbox.builder(), whose root is the host's; where a host refuses the namespace,"
                                + " allowDegraded(Isolation.MOUNT_NAMESPACE) lets it be missing");
            }
            chosen.put(NamespaceKind.MOUNT, new NamespaceChoice.New());
        }
        NamespacePolicy policy = new NamespacePolicy(
                chosen,
                init,
                loopbackUp,
                hostname,
                domainname,
                monotonicOffset,
                boottimeOffset,
                forbidNestedUser,
                lastPid,
                clockStart,
                sysctls,
                hostSockets());
        sysctls.keySet().forEach(path -> checkSysctl(path, policy, problems));
        if ((hostname != null || domainname != null)
                && policy.choice(NamespaceKind.UTS) instanceof NamespaceChoice.Host) {
            problems.add("a host or domain name needs utsNamespace(): it would be set for everybody otherwise");
        }
        if (forbidNestedUser && !policy.isNew(NamespaceKind.USER)) {
            problems.add("noNestedUserNamespaces() needs userNamespace(): the limit is one of a new user namespace");
        }
        return policy;
    }

    private static void checkSysctl(String path, NamespacePolicy policy, List<String> problems) {
        Sysctls.kind(path)
                .filter(kind -> policy.choice(kind) instanceof NamespaceChoice.Host
                        || (kind == NamespaceKind.USER && !policy.isNew(kind)))
                .ifPresent(kind -> problems.add("sysctl(" + path + ") needs a "
                        + (kind == NamespaceKind.USER ? "new " : "")
                        + kind.name().toLowerCase(Locale.ROOT)
                        + " namespace of its own: it would be set for everybody otherwise"));
    }
}
