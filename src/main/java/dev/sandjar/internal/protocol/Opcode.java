package dev.sandjar.internal.protocol;

/** The operations of the launcher and their numbers; src/main/native/protocol/protocol.h says what each body holds. */
public enum Opcode {
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
    RELAY(42),
    LISTEN(43),
    REACH(44),
    OWNER(45),
    NETLINK(46),
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
    MEMORY_POLICY(76),
    CGROUP(80),
    CGROUP_WRITE(81),
    CGROUP_JOIN(82),
    CGROUP_READ(83),
    CGROUP_KILL(84),
    CGROUP_CPU(85),
    CGROUP_OOM(86),
    CGROUP_DEVICES(87),
    CGROUP_AT(88);

    public static final int RECURSIVE = 1;
    public static final int OPTIONAL = 1 << 1;
    public static final int CREATE = 1 << 2;
    public static final int CLASSIC = 1 << 3;
    public static final int SELF = 1 << 4;
    public static final int SETGROUPS = 1 << 5;
    public static final int INTO = 1 << 6;
    public static final int SHARED = 1 << 7;
    public static final int LISTENER = 1 << 8;
    public static final int PER_SANDBOX = 1 << 9;
    public static final int PEERS = 1 << 10;
    public static final int OWN_IDS = 1 << 11;
    public static final int REPLACE = 1 << 12;
    public static final int LIKE_COVERED = 1 << 13;
    public static final int COPY_UP = 1 << 14;
    public static final int HANDED_FILES = 1 << 15;

    public final int number;

    Opcode(int number) {
        this.number = number;
    }
}
