package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Namespaces;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Which namespaces are made, joined or shared, and what is set inside them. */
final class NamespacePlanner {
    private static final List<NamespaceKind> CLONED =
            List.of(NamespaceKind.MOUNT, NamespaceKind.IPC, NamespaceKind.UTS, NamespaceKind.CGROUP);
    /** A user namespace is entered first, for the rights over the others that it brings. */
    private static final List<NamespaceKind> JOIN_ORDER = List.of(
            NamespaceKind.USER,
            NamespaceKind.CGROUP,
            NamespaceKind.IPC,
            NamespaceKind.UTS,
            NamespaceKind.NETWORK,
            NamespaceKind.PID,
            NamespaceKind.TIME,
            NamespaceKind.MOUNT);

    private NamespacePlanner() {}

    private static final List<NamespaceKind> ALL_BUT_USER = Arrays.stream(NamespaceKind.values())
            .filter(k -> k != NamespaceKind.USER)
            .toList();

    static Isolation isolation(NamespaceKind kind) {
        return kind.isolation();
    }

    /** Whether a new namespace of this kind was asked for and is not known to be missing here. */
    static boolean isNew(Draft draft, NamespaceKind kind) {
        return draft.request.namespaces().isNew(kind)
                && (draft.host.missing().get(isolation(kind)) == null
                        || !draft.request.degradable().contains(isolation(kind)));
    }

    static void plan(Draft draft) {
        Namespaces namespaces = draft.request.namespaces();
        joins(draft, namespaces);
        userNamespace(draft, namespaces);
        for (NamespaceKind kind : CLONED) {
            if (namespaces.isNew(kind) && draft.wants(isolation(kind))) {
                draft.cloneFlags |= CloneFlags.of(kind);
                draft.enforced(isolation(kind).label(), "clone(" + flagName(kind) + ")", "");
            }
        }
        if (namespaces.isNew(NamespaceKind.PID) && draft.wants(Isolation.PID_NAMESPACE)) {
            pidNamespace(draft, namespaces);
        } else {
            draft.enforced(
                    "process tree ends with the sandbox",
                    "sub-reaper",
                    "without a PID namespace the tree is found through /proc and killed");
        }
    }

    private static void pidNamespace(Draft draft, Namespaces namespaces) {
        if (namespaces.init()) {
            draft.flags |= Plan.INIT;
            draft.cloneFlags |= CloneFlags.of(NamespaceKind.PID);
            draft.enforced(Isolation.PID_NAMESPACE.label(), "clone(CLONE_NEWPID)", "an init that reaps is process 1");
        } else {
            draft.flags |= Plan.PROGRAM_PID;
            draft.enforced(Isolation.PID_NAMESPACE.label(), "unshare(CLONE_NEWPID)", "the program itself is process 1");
        }
    }

    private static void joins(Draft draft, Namespaces namespaces) {
        for (NamespaceKind kind : JOIN_ORDER) {
            if (namespaces.choice(kind) instanceof NamespaceChoice.Join join) {
                int index = draft.descriptors.size();
                String named = isolation(kind).label() + " " + PathBytes.shown(join.path());
                if (kind == NamespaceKind.NETWORK) {
                    refuseSockets(draft, named, join.path());
                }
                draft.descriptors.add(join.path());
                draft.flags |= Plan.OUTER_HELPER;
                // Each start opens the file, which may be another namespace's by then, or none of any.
                draft.dependsOnBase = true;
                draft.outer(new Work.Join(CloneFlags.of(kind), index), 0, "join the " + named, isolation(kind));
                draft.enforced(
                        named,
                        "setns(2)",
                        kind == NamespaceKind.NETWORK ? "joined, with what others have put in reach there" : "joined");
            }
        }
    }

    /** A name of the host's own network would bring what is kept apart there. */
    private static void refuseSockets(Draft draft, String named, Path file) {
        if (draft.request.namespaces().withholdsHostSockets() && isOurs(NamespaceKind.NETWORK, file)) {
            draft.refuse(
                    null,
                    named,
                    "it is that of this process, whose sockets of AF_UNIX would be in reach",
                    "choose network(Network.host()), which keeps them apart, or name the file of another one");
        }
    }

    private static void userNamespace(Draft draft, Namespaces namespaces) {
        boolean asked = namespaces.isNew(NamespaceKind.USER);
        boolean others = ALL_BUT_USER.stream().anyMatch(kind -> isNew(draft, kind));
        boolean joined = namespaces.choice(NamespaceKind.USER) instanceof NamespaceChoice.Join;
        boolean implied = !asked && !joined && others && !draft.host.privileged();
        if (asked ? draft.wants(Isolation.USER_NAMESPACE) : implied) {
            draft.userNamespace = true;
            draft.cloneFlags |= CloneFlags.of(NamespaceKind.USER);
            draft.enforced(
                    Isolation.USER_NAMESPACE.label(),
                    "clone(CLONE_NEWUSER)",
                    asked ? "" : "implied: an unprivileged process needs one to make the others");
        }
    }

    /** What comes after the mounts: devices, names, clocks. */
    static void settings(Draft draft) {
        Namespaces namespaces = draft.request.namespaces();
        String hostname = namespaces.hostname().orElse(null);
        String domainname = namespaces.domainname().orElse(null);
        if (hostname != null && isItsOwn(draft, NamespaceKind.UTS, "host name " + hostname)) {
            draft.setup(new Work.Hostname(hostname), 0, "set the host name", Isolation.UTS_NAMESPACE);
        }
        if (domainname != null && isItsOwn(draft, NamespaceKind.UTS, "domain name " + domainname)) {
            draft.setup(new Work.Domainname(domainname), 0, "set the domain name", Isolation.UTS_NAMESPACE);
        }
        if (namespaces.isNew(NamespaceKind.TIME) && draft.wants(Isolation.TIME_NAMESPACE)) {
            timeNamespace(draft, namespaces);
        }
        if (namespaces.lastPid().isPresent() && isNew(draft, NamespaceKind.PID)) {
            int lastPid = namespaces.lastPid().getAsInt();
            draft.setup(
                    new Work.WriteProc("sys/kernel/ns_last_pid", Integer.toString(lastPid)),
                    0,
                    "choose the first process id",
                    Isolation.PID_NAMESPACE);
            draft.enforced("process ids above " + lastPid, "ns_last_pid", "");
        }
        if (!namespaces.nestedUserNamespaces()) {
            noNestedUserNamespaces(draft);
        }
        if (AttachmentPlanner.isOutside(draft)) {
            AttachmentPlanner.plan(draft);
        } else if (namespaces.isNew(NamespaceKind.NETWORK) && draft.wants(Isolation.NETWORK_NAMESPACE)) {
            draft.flags |= Plan.NETWORK | (namespaces.network().isLoopbackUp() ? Plan.LOOPBACK : 0);
            draft.setup.add(
                    beforeNetwork(draft),
                    new Operation(
                            new Work.Bare(Opcode.NETWORK),
                            0,
                            "enter the network namespace",
                            Isolation.NETWORK_NAMESPACE));
            draft.enforced(
                    Isolation.NETWORK_NAMESPACE.label(),
                    "unshare(CLONE_NEWNET)",
                    namespaces.network().isLoopbackUp() ? "empty, loopback is up" : "empty, loopback is down");
        }
        // In the namespaces that they belong to, of which the network's is the last to be there.
        namespaces.sysctls().forEach((path, value) -> {
            if (path.startsWith("user/") && !countsByItself(draft)) {
                draft.entries.add(new AppliedPolicy.Entry(
                        "/proc/sys/" + path + " = " + value,
                        AppliedPolicy.Outcome.DEGRADED,
                        "",
                        "it is a limit of a user namespace of the sandbox's own"));
                return;
            }
            NamespaceKind kind = kindOf(path);
            if (kind == NamespaceKind.NETWORK && AttachmentPlanner.isOutside(draft)) {
                draft.enforced("/proc/sys/" + path + " = " + value, "written from outside, by the owner", "");
                return;
            }
            if (!namespaces.isNew(kind) && !isItsOwn(draft, kind, "/proc/sys/" + path)) {
                return;
            }
            draft.setup(new Work.WriteProc("sys/" + path, value), 0, "set /proc/sys/" + path, null);
            draft.enforced("/proc/sys/" + path + " = " + value, "written in its own namespace", "");
        });
        PortPlanner.plan(draft);
    }

    /**
     * How many steps of the set-up come before the network namespace is entered: all, because it is still being made while they are done;
     * but a sysfs belongs to the one of whoever mounts it, and shows that one's devices, and lets them be changed.
     */
    private static int beforeNetwork(Draft draft) {
        for (int i = 0; i < draft.setup.size(); i++) {
            if (isSysfs(draft.setup.get(i))) {
                return i;
            }
        }
        return draft.setup.size();
    }

    static boolean isSysfs(Operation op) {
        return op.work() instanceof Work.Mount mount && mount.type().equals("sysfs");
    }

    /** Whether what is set there is not set for this process too, and for all others in its namespace. */
    private static boolean isItsOwn(Draft draft, NamespaceKind kind, String request) {
        if (!(draft.request.namespaces().choice(kind) instanceof NamespaceChoice.Join join)) {
            return isNew(draft, kind);
        }
        boolean same = isOurs(kind, join.path());
        if (same) {
            draft.refuse(
                    null,
                    request,
                    "the " + isolation(kind).label() + " " + PathBytes.shown(join.path())
                            + " is that of this process: it would be set for everybody in it",
                    "leave it out, or name the file of another one");
        }
        return !same;
    }

    private static boolean isOurs(NamespaceKind kind, Path file) {
        try {
            return Files.isSameFile(Path.of("/proc/self/ns", kind.file()), file);
        } catch (IOException e) {
            // The start finds out what is wrong with it.
            return false;
        }
    }

    private static NamespaceKind kindOf(String sysctl) {
        if (sysctl.startsWith("net/")) {
            return NamespaceKind.NETWORK;
        }
        if (sysctl.startsWith("user/")) {
            return NamespaceKind.USER;
        }
        return sysctl.endsWith("hostname") || sysctl.endsWith("domainname") ? NamespaceKind.UTS : NamespaceKind.IPC;
    }

    /** Where the namespace itself is missing, or its parameters can't be written, somebody has let that go. */
    private static boolean countsByItself(Draft draft) {
        return draft.userNamespace
                && (draft.host.missing().get(Isolation.NO_NESTED_USER_NAMESPACES) == null
                        || !draft.request.degradable().contains(Isolation.NO_NESTED_USER_NAMESPACES));
    }

    private static void timeNamespace(Draft draft, Namespaces namespaces) {
        if (namespaces.clockStart().isPresent()) {
            clockStart(draft, namespaces.clockStart().get());
            return;
        }
        Duration monotonic = namespaces.monotonicOffset();
        Duration boottime = namespaces.boottimeOffset();
        draft.setup(new Work.TimeOffsets(monotonic, boottime), 0, "make the time namespace", Isolation.TIME_NAMESPACE);
        draft.enforced(
                Isolation.TIME_NAMESPACE.label(),
                "unshare(CLONE_NEWTIME)",
                "monotonic " + monotonic + ", boottime " + boottime);
    }

    /** The shifts depend on when the start is, so every start has its own. */
    private static void clockStart(Draft draft, Duration start) {
        draft.dependsOnBase = true;
        draft.setup.add(
                new Operation(new Work.ClockStart(start), 0, "make the time namespace", Isolation.TIME_NAMESPACE));
        draft.enforced(
                Isolation.TIME_NAMESPACE.label(),
                "unshare(CLONE_NEWTIME)",
                "monotonic and boottime begin at " + start + "; the wall clock is the host's");
    }

    private static void noNestedUserNamespaces(Draft draft) {
        if (!draft.userNamespace) {
            draft.refuse(
                    Isolation.NO_NESTED_USER_NAMESPACES,
                    Isolation.NO_NESTED_USER_NAMESPACES.label(),
                    "the limit belongs to a user namespace of the sandbox's own, and there is none",
                    "add userNamespace()");
            return;
        }
        if (!draft.wants(Isolation.NO_NESTED_USER_NAMESPACES)) {
            return;
        }
        draft.setup(
                new Work.WriteProc("sys/user/max_user_namespaces", "0"),
                0,
                "forbid nested user namespaces",
                Isolation.NO_NESTED_USER_NAMESPACES);
        draft.enforced(Isolation.NO_NESTED_USER_NAMESPACES.label(), "user.max_user_namespaces=0 inside", "");
    }

    private static String flagName(NamespaceKind kind) {
        return switch (kind) {
            case MOUNT -> "CLONE_NEWNS";
            default -> "CLONE_NEW" + kind.name();
        };
    }
}
