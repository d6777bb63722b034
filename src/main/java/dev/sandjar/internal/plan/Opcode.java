package dev.sandjar.internal.plan;

/** The operations of the launcher and their numbers; src/main/native/protocol/protocol.h says what each body holds. */
enum Opcode {
    JOIN(1),
    OPEN_TREE(2),
    TIME_OFFSETS(20),
    NETWORK(21),
    HOSTNAME(22),
    DOMAINNAME(23),
    SETID(24),
    PRIVATE(25),
    ROOT_FS(26),
    ROOT_BIND(27),
    MKDIR(28),
    SYMLINK(29),
    FILE(30),
    MOUNT(31),
    BIND(32),
    ATTRIBUTES(33),
    MASK(34),
    PIVOT(35),
    WRITE_PROC(36),
    PROPAGATION(37),
    MKNOD(38),
    PAUSE(39),
    ENTER(40),
    PROC_FILE(41),
    UMASK(60),
    NICE(61),
    IOPRIO(62),
    AFFINITY(63),
    RLIMIT(64),
    PERSONALITY(65),
    KEYRING(66),
    CREDENTIALS(67),
    CAPABILITIES(68),
    NO_NEW_PRIVS(69),
    CGROUP_NAMESPACE(70),
    SECCOMP(71),
    LANDLOCK(72),
    SPECULATION(73),
    CORE_SCHED(74),
    SCHEDULER(75),
    CGROUP(80),
    CGROUP_WRITE(81),
    CGROUP_JOIN(82),
    CGROUP_READ(83),
    CGROUP_KILL(84),
    CGROUP_CPU(85),
    CGROUP_OOM(86),
    CGROUP_DEVICES(87),
    CGROUP_AT(88);

    static final int RECURSIVE = 1;
    static final int OPTIONAL = 1 << 1;
    static final int CREATE = 1 << 2;
    static final int CLASSIC = 1 << 3;
    static final int SELF = 1 << 4;
    static final int SETGROUPS = 1 << 5;
    static final int INTO = 1 << 6;
    static final int SHARED = 1 << 7;
    static final int LISTENER = 1 << 8;
    static final int PER_SANDBOX = 1 << 9;
    static final int PEERS = 1 << 10;
    static final int OWN_IDS = 1 << 11;
    static final int REPLACE = 1 << 12;
    static final int LIKE_COVERED = 1 << 13;
    static final int COPY_UP = 1 << 14;
    static final int LENDING = 1 << 15;

    final int number;

    Opcode(int number) {
        this.number = number;
    }
}
