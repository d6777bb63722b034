package dev.sandjar;

/**
 * The separate guarantees of a sandbox that a host may or may not be able to give. They name what
 * {@link SandboxBuilder#allowDegraded} gives up and what an {@link UnsupportedIsolationException} is about.
 */
public enum Isolation {
    /** Processes of its own, unable to see or signal the others ({@code pid_namespaces(7)}). */
    PID_NAMESPACE("PID namespace"),
    /** Mounts of its own ({@code mount_namespaces(7)}). */
    MOUNT_NAMESPACE("mount namespace"),
    /** Network devices, addresses, ports and abstract sockets of its own ({@code network_namespaces(7)}). */
    NETWORK_NAMESPACE("network namespace"),
    /** System V objects and POSIX message queues of its own ({@code ipc_namespaces(7)}). */
    IPC_NAMESPACE("IPC namespace"),
    /** Host and domain name of its own ({@code uts_namespaces(7)}). */
    UTS_NAMESPACE("UTS namespace"),
    /** User ids, group ids and capabilities that mean nothing outside ({@code user_namespaces(7)}). */
    USER_NAMESPACE("user namespace"),
    /** A cgroup tree that begins at the sandbox ({@code cgroup_namespaces(7)}). */
    CGROUP_NAMESPACE("cgroup namespace"),
    /** Offsets of its own for the monotonic and the boot-time clock ({@code time_namespaces(7)}). */
    TIME_NAMESPACE("time namespace"),
    /**
     * Processes inside can't make further user namespaces. Where {@link SandboxBuilder#without} lets them in again, there may be 256
     * namespaces of each kind inside ({@code user.max_net_namespaces} and the like, {@code namespaces(7)}).
     */
    NO_NESTED_USER_NAMESPACES("no nested user namespaces"),
    /** A /proc that shows the processes of the sandbox only ({@code proc(5)}). */
    PRIVATE_PROC("private /proc"),
    /** More than one user and group id inside a user namespace. */
    ID_RANGE("range of ids"),
    /** Binds whose files change owner on the way ({@code mount_setattr(2)}, MOUNT_ATTR_IDMAP). */
    IDMAPPED_BINDS("idmapped binds"),
    /** Supplementary groups that are set rather than inherited ({@code setgroups(2)}). */
    SUPPLEMENTARY_GROUPS("supplementary groups"),
    /** A root of stacked directories under a writable layer (overlayfs). */
    OVERLAY_ROOT("overlay root"),
    /** Pseudo-terminals of its own (devpts, {@code pts(4)}). */
    PRIVATE_DEVPTS("private devpts"),
    /** A mounted POSIX message queue file system ({@code mq_overview(7)}). */
    MQUEUE("message queue file system"),
    /** An empty session keyring ({@code session-keyring(7)}). */
    SESSION_KEYRING("session keyring"),
    /**
     * Limits on all processes together, by control groups ({@code cgroups(7)}). Without them, resource limits
     * ({@code getrlimit(2)}) carry what they can, most of them for each process alone.
     */
    CGROUP_LIMITS("cgroup limits"),
    /** A filter on system calls ({@code seccomp(2)}). */
    SECCOMP("seccomp filter"),
    /** Rules for files, ports and scopes that the program can't shed ({@code landlock(7)}). */
    LANDLOCK("Landlock rules"),
    /** A processor core that is never shared with other programs at the same time ({@code prctl(2)}, PR_SCHED_CORE). */
    CORE_SCHEDULING("core scheduling"),
    /** Mitigations against speculative execution ({@code prctl(2)}, PR_SET_SPECULATION_CTRL). */
    SPECULATION_CONTROL("speculation control");

    private final String label;

    Isolation(String label) {
        this.label = label;
    }

    /**
     * The name for people.
     *
     * @return a few words, such as "PID namespace"
     */
    public String label() {
        return label;
    }
}
