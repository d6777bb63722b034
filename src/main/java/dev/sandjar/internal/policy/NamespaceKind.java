package dev.sandjar.internal.policy;

/** The eight kinds of Linux namespaces ({@code namespaces(7)}) with their clone flag and their name under /proc/PID/ns. */
public enum NamespaceKind {
    USER(0x10000000L, "user"),
    PID(0x20000000L, "pid"),
    MOUNT(0x00020000L, "mnt"),
    NETWORK(0x40000000L, "net"),
    IPC(0x08000000L, "ipc"),
    UTS(0x04000000L, "uts"),
    CGROUP(0x02000000L, "cgroup"),
    TIME(0x00000080L, "time");

    private final long cloneFlag;
    private final String procName;

    NamespaceKind(long cloneFlag, String procName) {
        this.cloneFlag = cloneFlag;
        this.procName = procName;
    }

    public long cloneFlag() {
        return cloneFlag;
    }

    public String procName() {
        return procName;
    }
}
