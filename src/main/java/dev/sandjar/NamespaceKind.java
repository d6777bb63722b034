package dev.sandjar;

/** The eight kinds of namespaces ({@code namespaces(7)}). */
public enum NamespaceKind {
    /** User and group ids and capabilities ({@code user_namespaces(7)}). */
    USER(Isolation.USER_NAMESPACE, "user"),
    /** Process ids ({@code pid_namespaces(7)}). */
    PID(Isolation.PID_NAMESPACE, "pid"),
    /** Mounts ({@code mount_namespaces(7)}). */
    MOUNT(Isolation.MOUNT_NAMESPACE, "mnt"),
    /** Devices, addresses and ports ({@code network_namespaces(7)}). */
    NETWORK(Isolation.NETWORK_NAMESPACE, "net"),
    /** System V objects and POSIX message queues ({@code ipc_namespaces(7)}). */
    IPC(Isolation.IPC_NAMESPACE, "ipc"),
    /** Host and domain name ({@code uts_namespaces(7)}). */
    UTS(Isolation.UTS_NAMESPACE, "uts"),
    /** The view of cgroups ({@code cgroup_namespaces(7)}). */
    CGROUP(Isolation.CGROUP_NAMESPACE, "cgroup"),
    /** Offsets of clocks ({@code time_namespaces(7)}). */
    TIME(Isolation.TIME_NAMESPACE, "time");

    private final Isolation isolation;
    private final String file;

    NamespaceKind(Isolation isolation, String file) {
        this.isolation = isolation;
        this.file = file;
    }

    /**
     * What {@link SandboxBuilder#without} and {@link SandboxBuilder#allowDegraded} call it.
     *
     * @return the isolation that a new one gives
     */
    public Isolation isolation() {
        return isolation;
    }

    /**
     * Its file in {@code /proc/PID/ns}.
     *
     * @return the name of the file, such as "net"
     */
    public String file() {
        return file;
    }
}
