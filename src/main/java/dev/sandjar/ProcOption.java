package dev.sandjar;

/** Options of a mounted /proc ({@code proc(5)}). */
public enum ProcOption {
    /** Processes of other users are invisible (hidepid=invisible). */
    HIDE_PID,
    /**
     * Only the processes are there, nothing of the rest of the kernel's files (subset=pid, Linux 5.8). Where the sandbox's cgroups are to
     * be seen at /sys/fs/cgroup there is also /proc/cgroups, with the names of the controllers and the numbers of their hierarchies, which
     * Java machines ask before they look at their limits.
     */
    SUBSET_PID
}
