package dev.sandjar;

/**
 * The parts that root's power is divided into ({@code capabilities(7)}), named without CAP_. With a user namespace they
 * count only against what belongs to that namespace.
 */
public enum Capability {
    /** Change owners of files at will. */
    CHOWN(0),
    /** Bypass permission checks on files. */
    DAC_OVERRIDE(1),
    /** Bypass permission checks on reading files and searching directories. */
    DAC_READ_SEARCH(2),
    /** Act as the owner of any file. */
    FOWNER(3),
    /** Keep set-user-ID and set-group-ID bits when a file changes. */
    FSETID(4),
    /** Signal any process. */
    KILL(5),
    /** Change group ids at will. */
    SETGID(6),
    /** Change user ids at will. */
    SETUID(7),
    /** Change capabilities of the bounding set and secure bits. */
    SETPCAP(8),
    /** Set the immutable and append-only flags of files. */
    LINUX_IMMUTABLE(9),
    /** Bind to ports below 1024. */
    NET_BIND_SERVICE(10),
    /** Unused. */
    NET_BROADCAST(11),
    /** Configure the network. */
    NET_ADMIN(12),
    /** Use raw and packet sockets. */
    NET_RAW(13),
    /** Lock memory. */
    IPC_LOCK(14),
    /** Bypass permission checks on System V objects. */
    IPC_OWNER(15),
    /** Load kernel modules. */
    SYS_MODULE(16),
    /** Access I/O ports and device memory. */
    SYS_RAWIO(17),
    /** Change the root directory, join mount namespaces. */
    SYS_CHROOT(18),
    /** Trace any process. */
    SYS_PTRACE(19),
    /** Switch process accounting. */
    SYS_PACCT(20),
    /** Very many things, mounting among them. */
    SYS_ADMIN(21),
    /** Reboot. */
    SYS_BOOT(22),
    /** Raise priorities and change those of others. */
    SYS_NICE(23),
    /** Exceed resource limits and quotas. */
    SYS_RESOURCE(24),
    /** Set the clocks. */
    SYS_TIME(25),
    /** Configure terminals, hang them up. */
    SYS_TTY_CONFIG(26),
    /** Create device files. */
    MKNOD(27),
    /** Establish leases on any file. */
    LEASE(28),
    /** Write to the audit log. */
    AUDIT_WRITE(29),
    /** Configure auditing. */
    AUDIT_CONTROL(30),
    /** Set capabilities of files. */
    SETFCAP(31),
    /** Override mandatory access control. */
    MAC_OVERRIDE(32),
    /** Configure mandatory access control. */
    MAC_ADMIN(33),
    /** Read and control the kernel's log. */
    SYSLOG(34),
    /** Set timers that wake the machine. */
    WAKE_ALARM(35),
    /** Keep the machine from sleeping. */
    BLOCK_SUSPEND(36),
    /** Read the audit log. */
    AUDIT_READ(37),
    /** Monitor performance. */
    PERFMON(38),
    /** Load BPF programs. */
    BPF(39),
    /** Checkpoint and restore processes. */
    CHECKPOINT_RESTORE(40);

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    /**
     * The kernel's number.
     *
     * @return 0 to 40
     */
    public int number() {
        return number;
    }
}
