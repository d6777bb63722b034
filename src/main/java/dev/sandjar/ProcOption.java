package dev.sandjar;

/** Options of a mounted /proc ({@code proc(5)}). */
public enum ProcOption {
    /** Processes of other users are invisible (hidepid=invisible). */
    HIDE_PID,
    /** Only the processes are there, nothing of the rest of the kernel's files (subset=pid, Linux 5.8). */
    SUBSET_PID
}
