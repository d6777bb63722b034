package dev.sandjar;

/** The per-process resource limits of {@code getrlimit(2)}, named without RLIMIT_. */
public enum Rlimit {
    /** CPU time of a process, seconds. */
    CPU(0),
    /** Size of a file that is written, bytes. */
    FSIZE(1),
    /** Data segment, bytes. */
    DATA(2),
    /** Stack of the main thread, bytes; a quarter of it bounds arguments and environment. */
    STACK(3),
    /** Core dump, bytes; above 0 it needs {@link ProcessAttributes#coreDumps}. */
    CORE(4),
    /** Without effect since Linux 2.4.30. */
    RSS(5),
    /** Processes and threads of the user id; since Linux 5.14 those in its user namespace, before that all on the host. */
    NPROC(6),
    /** Descriptor numbers: one more than the highest. */
    NOFILE(7),
    /** Locked memory, bytes. */
    MEMLOCK(8),
    /** Address space, bytes. */
    AS(9),
    /** Without effect since Linux 2.4.25. */
    LOCKS(10),
    /** Queued signals of the user id. */
    SIGPENDING(11),
    /** POSIX message queues of the user id, bytes. */
    MSGQUEUE(12),
    /** Ceiling of the nice value: 20 minus it. */
    NICE(13),
    /** Ceiling of the real-time priority. */
    RTPRIO(14),
    /** CPU time under real-time scheduling without a blocking call, microseconds. */
    RTTIME(15);

    /** The value that means no limit (RLIM_INFINITY). */
    public static final long UNLIMITED = -1;

    private final int number;

    Rlimit(int number) {
        this.number = number;
    }

    /**
     * The kernel's number on x86-64 and aarch64.
     *
     * @return 0 to 15
     */
    public int number() {
        return number;
    }
}
