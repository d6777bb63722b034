package dev.sandjar;

/** How a sandboxed process came to its end, in one word. */
public enum Verdict {
    /** It ended by itself with an exit code. */
    EXITED,
    /** A signal ended it that Sandjar didn't send. */
    SIGNALED,
    /**
     * It, or a process it started, needed more memory than it was given. Only a cgroup tells: where resource limits stand in for one,
     * more memory can't be allocated, and what the program makes of that is its own end.
     */
    OOM_KILLED,
    /**
     * It was killed because its processes together had more memory than they may, in a tier without cgroups, where they are looked at every
     * few milliseconds ({@link Tier#CONTAINER}).
     */
    MEMORY_LIMIT_EXCEEDED,
    /** The same of the number of its processes and threads, for one that resource limits do not hold: root without cgroups. */
    PROCESS_LIMIT_EXCEEDED,
    /** It was killed because its wall-clock time was over. */
    TIMED_OUT,
    /** It was killed because its CPU time was used up. */
    CPU_TIME_EXCEEDED,
    /** It was killed because it wrote more than it was allowed to. */
    OUTPUT_LIMIT_EXCEEDED,
    /** It made a system call for which its seccomp filter kills ({@code seccomp(2)}). */
    SECCOMP_VIOLATION,
    /**
     * The host ended it: by {@link SandboxProcess#destroy()}, {@link SandboxProcess#close()} or {@link Sandjar#shutdown()}, or when the
     * timeout of {@link PreparedSandbox#run} or {@link SandboxSetup#runUnconfined} was over.
     */
    DESTROYED,
    /**
     * Nobody could see how it ended, because the launcher or the sandbox's supervisor died first, or because Sandjar failed to make a
     * report of what they told, which the log says. All its processes are gone.
     */
    LOST
}
