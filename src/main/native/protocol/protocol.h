/*
 * The protocol between the Java side and sandjar-launcher: normative for both.
 *
 * Transport: one AF_UNIX SOCK_SEQPACKET pair; the launcher's end is descriptor 3 at its exec.
 * One datagram is one message: a header, then `length` bytes of body. With SJ_BODY_IN_MEMFD the
 * datagram is the header alone and the FIRST passed descriptor is a memfd whose first `length`
 * bytes are the body (for bodies above SJ_INLINE_MAX). Integers are little endian, unaligned.
 *
 *   str   u32 n, n bytes, one NUL (not counted); no other NUL inside
 *   blob  u32 n, n bytes
 *   strv  u32 count, then count str
 *
 * Java chooses every value; this side checks every length, count, offset and descriptor number
 * before use, because a decoder that trusts its peer is the usual way into a launcher.
 * Decoding makes no system call, so that it can be fuzzed (see src/test/native/protocol/fuzz_*.c).
 */
#ifndef SJ_PROTOCOL_PROTOCOL_H
#define SJ_PROTOCOL_PROTOCOL_H

#define SJ_WIRE_VERSION 3
#define SJ_MAGIC 0x314a5353u /* "SSJ1" */
#define SJ_INLINE_MAX 65536u /* largest body inside a datagram */
#define SJ_BODY_MAX (16u * 1024 * 1024)
#define SJ_TARGET_MAX (SJ_FDS_MAX + 2) /* the highest number that a program gets a descriptor as */
#define SJ_FDS_MAX 64   /* descriptors in one message, the memfd of a body included */
#define SJ_OPS_MAX 1024 /* operations in one plan */
#define SJ_SLOTS_MAX 512
#define SJ_SIGNAL_MAX 64
#define SJ_LINKS_MAX 256 /* of one relay */
#define SJ_CONNECTIONS_MAX 4096 /* of one relay at once, in each direction */
#define SJ_NETLINK_MAX 64 /* messages at once that are answered */
#define SJ_NET_STEPS_MAX 256
#define SJ_NETLINK_READ_MAX 32768 /* bytes of what the kernel says to them */
#define SJ_CABLE_PORTS_MAX 1024
#define SJ_CABLE_WAYS_MAX 4096
#define SJ_FIRST_BYTES_MAX 16384 /* of a connection, that Java is shown before it decides */
#define SJ_DECIDED_MAX 8 /* addresses that Java names for one connection */
#define SJ_SAID_MAX 24576 /* bytes of all that is said in the place of first bytes: a request written anew is longer by a quarter at most */
#define SJ_HIERARCHIES_MAX 16
#define SJ_CGROUP_PATH_MAX 1024 /* of a cgroup below where its path begins, with the NUL */
#define SJ_CGROUP_DEPTH_MAX 32
#define SJ_SECTIONS 4
#define SJ_STRV_MAX 131072

/* Header: u32 magic, u16 type, u16 flags, u64 id, u32 length, u32 nfds (passed with this datagram). */
#define SJ_HEADER_SIZE 24u
#define SJ_BODY_IN_MEMFD 1u

enum sj_type {
  /* Java -> launcher */
  SJ_HELLO = 1,     /* u32 wire version */
  SJ_PLAN = 2,      /* id = plan id; plan body (below); descriptors stay with the plan. No answer unless refused: FAILED. */
  SJ_PLAN_DROP = 3, /* id = plan id */
  SJ_START = 4,     /* id = process id, chosen by Java, never reused; start body */
  SJ_SIGNAL = 5,    /* id = process id; u32 signal: to the main process. No answer. */
  SJ_KILL = 6,      /* id = process id; u32 why (SJ_WHY_*): the whole tree. For an SJ_EXEC process: that process alone. EXITED follows.
                       With SJ_WHY_OUTPUT the grace of the start is kept. */
  SJ_EXEC = 7,      /* id = new process id; u64 sandbox (the process id of its START), then a start body whose plan, template and id maps are ignored.
                       The sandbox runs its program, or is PAUSED or READY */
  SJ_HOLD = 8,      /* the descriptors are kept open until the launcher ends (lock files) */
  SJ_TEMPLATE_END = 13, /* id = template id: it takes no more starts and ends. No answer, also where there is none (any more) */
  SJ_PING = 9,      /* -> PONG with the same id */
  SJ_CGROUP_ROOT = 10,     /* once: strv directories, the cgroup of each hierarchy below which sandboxes get theirs; strv actions, three strings
                       each, for the launcher's end: "move" FROM TO (every process of a cgroup), "write" FILE TEXT, "remove" DIRECTORY "",
                       "lock" DIRECTORY "" (flock, for the rest of them), "none" DIRECTORY PATTERN (fails if anybody has a directory
                       there of such a name locked; others of the names go). The first that fails ends them. */
  SJ_WATCH = 11,    /* id = process id; u32 number, u32 hierarchy, str file of its cgroup, str control file (v1: where an eventfd is
                       registered; "": the file is polled for POLLPRI), str text written before. EVENT follows at once and each time. */
  SJ_FILE = 64,     /* to a process of files/files.h only; body there. Answered by FILE_DONE with the same id. */
  /* To a process of relay/relay.h only. A link is one published port, or one port of the host; its number is below SJ_LINKS_MAX. */
  SJ_RELAY_PUBLISH = 65, /* id = link; u32 flags (SJ_LINK_*), u32 first REACH number, u32 how many, blob struct sockaddr: listens there, outside.
                       Answered by RELAY_DONE */
  SJ_RELAY_FORWARD = 66, /* id = link; u32 flags, u32 first LISTEN number, u32 how many, blob struct sockaddr: connects there, outside.
                       Answered by RELAY_DONE */
  SJ_RELAY_CONFINE = 67, /* u32 connections at once in each direction; of those that the sandbox begins u64 ns for the first bytes, u64 ns to
                       reach one address, u64 bytes of all together, u32 new ones a second (0 for any number); blob struct sock_filter[]:
                       gives up its rights. Answered by RELAY_DONE */
  SJ_RELAY_BEGIN = 68,   /* descriptor: the channel of SJ_CHANNEL. Connections are accepted from now on, until that ends. No answer. */
  SJ_RELAY_DECIDED = 69, /* id = connection; u32 answer (SJ_ANSWER_*), u32 how many first bytes Java needs (of MORE), u32 how many of those that
                       it was shown are taken away before, SJ_SAID_COUNT x blob what is said in their place (SJ_SAY_*), u32 count, count x
                       blob struct sockaddr_in or sockaddr_in6 (of GO with SJ_LINK_NAMED): tried in this order. No answer. */
  /* To a process of keeper/keeper.h only. Each is answered by NET_DONE with the same id but NET_DROP. */
  SJ_NET_NEW = 70,    /* id = network namespace, chosen by Java: made, kept until NET_DROP, and passed with the answer */
  SJ_NET_SEND = 71,   /* id = network namespace; u32 protocol of netlink(7), u32 n, n x {u32 offset, u64 network namespace}, blob: messages, at
                         most SJ_NETLINK_MAX of them with NLM_F_ACK and a number, from 1 on; the others have number 0. At each offset goes
                         the descriptor of that namespace */
  SJ_NET_SYSCTL = 72, /* id = network namespace; str path below /proc/sys/net, str value */
  SJ_NET_DROP = 73,   /* id = network namespace: lives on as long as others use it */
  SJ_NET_SOCKET = 74, /* id = network namespace; blob struct sockaddr: a datagram socket that is bound there, which no device may have yet;
                         does not block; passed with the answer */
  SJ_NET_READ = 75,   /* the same body as that of NET_SEND; what the kernel says beside its answers is passed on, also that of one message with NLM_F_DUMP */
  SJ_NET_ALL = 76,    /* u32 n, at most SJ_NET_STEPS_MAX, n x {u16 NET_NEW, NET_SEND or NET_SYSCTL, u64 network namespace, blob its body}: each in this
                         order, up to the first that fails, whose index, a u32, is the blob of the answer then; with the descriptor of the
                         namespace if one was made and nothing has failed. There is at most one NET_NEW */
  SJ_NET_PACKET = 90, /* id = network namespace; u32 index of a device there, 0 for all; u32 whether a struct virtio_net_hdr comes with each frame:
                         a packet socket (packet(7)), which does not block; passed with the answer */
  SJ_NET_CABLE = 91,  /* id = network namespace, which it has nothing of; no body: a process of keeper/cable.h; the other end of its socket is
                         passed with the answer. It ends with that, and with the keeper */
  SJ_NET_LAST = 96,   /* id = network namespace; the same body as that of NET_SEND, without places for descriptors; descriptor: the messages are
                         sent when the namespace is dropped, or this process's socket has ended, and the descriptor is closed after that; in the place of those before */
  /* To a process of keeper/cable.h only. Each is answered by CABLE_DONE with the same id. */
  SJ_CABLE_CONFINE = 92, /* u64 bytes of memory that what waits may take in all, blob struct sock_filter[]: gives up its rights */
  SJ_CABLE_PORT = 93,    /* id = port, below SJ_CABLE_PORTS_MAX; blob: hardware address of who is at its other end; descriptor: socket of
                         NET_PACKET, with headers; without one nobody is there any more */
  SJ_CABLE_WAY = 94,     /* id = way, below SJ_CABLE_WAYS_MAX; u32 port from, u32 port to, u64 ns of delay, u64 ns of jitter, u64 losses among
                         2^32 packets, u64 bytes a second (0 for any number), u64 ns that a packet may wait for those before it, u64
                         bytes of memory that what waits may take, u64 seed: begins, also in the place of another one */
  SJ_CABLE_END = 95,     /* u32 n, at most SJ_CABLE_WAYS_MAX, n x {u32 way, u32 whether what waits is lost, and not sent at once} */
  SJ_RESUME = 14,   /* id = process id of a START that is PAUSED: its set-up goes on */
  SJ_RUN = 12,       /* id = process id of a START with SJ_START_PREPARE that is READY; a start body, of which plan, template and id maps are
                       ignored: runs the program. Answered as a START. On the command channel of a sandbox whose process is warm: answered by
                       the byte SJ_EXECUTING, and by the end of the channel when the program executes, or by SJ_RUN_FAILED and FAILED from
                       the launcher. An end alone means that nothing was, or will be, executed. */
  SJ_RUN_STARTED = 15,     /* id = process id of a warm one whose program executes; u64 timeout, u64 CPU time, u64 grace, u32 stop signal, as in a start body.
                       No answer. */

  /* launcher -> Java */
  SJ_HELLO_OK = 101, /* u32 wire version, u32 launcher pid, str version, u32 features (SJ_HAS_*) */
  SJ_STARTED = 102,  /* u32 pid (launcher's pid namespace), u32 supervisor pid, u32 pid inside, u64 setup ns (request read to exec done),
                        u32 n, n x {u16 section, u16 opcode, u32 index, u64 ns}; descriptors: pty master, if one was asked for */
  SJ_FAILED = 103,   /* u16 section, u16 opcode, u32 index, i32 errno, u64 detail, str call (system call or step), str what (path, may be empty).
                        In SJ_IN_CLONE also of what the launcher alone knows: "supervisor", which has been killed; "memory", which has run
                        out in the cgroup of the sandbox (SJ_OP_CGROUP_OOM) */
  SJ_EXITED = 104,   /* u32 how (SJ_BY_*), u32 status (code or signal), u64 wall ns, rusage of the whole tree as 9 x u64:
                        user us, system us, max rss KiB, minor faults, major faults, in blocks, out blocks, voluntary, involuntary switches;
                        str /proc/net/dev at the end (SJ_PLAN_COUNT_NETWORK), u32 why (SJ_WHY_*), strv contents of the files that
                        CGROUP_READ names, in their order, "" for one that could not be read */
  SJ_PONG = 105,
  SJ_LISTENER = 107, /* id = process id; no body; descriptor: where the program's filter asks about calls (seccomp_unotify(2)). Before STARTED.
                        With SJ_PLAN_OBSERVE a pipe: for each call u64 number, u64 AUDIT_ARCH_*, 6 x u64 argument, in the machine's byte order */
  SJ_READY = 108, /* id = process id; everything but the program is there (SJ_START_PREPARE). No body, or with SJ_START_WARM that of STARTED,
                     of the process that is going to be the program */
  SJ_FILE_DONE = 164, /* u64 result of the call, or the error number negated; then the bytes it gave. A descriptor if one was opened. */
  SJ_RELAY_DONE = 165, /* id = that of the request; i32 errno, str call, blob struct sockaddr that it listens on */
  SJ_RELAY_ASKS = 166, /* id = connection; u32 link, blob struct sockaddr of the peer, blob struct sockaddr that it came to (SJ_LINK_NAMED), blob
                       its first bytes (SJ_LINK_FIRST_BYTES, and after MORE; they stay to be passed on). Of a link with SJ_LINK_ASKS */
  SJ_RELAY_ENDED = 167, /* id = connection; u32 link, u32 outcome (SJ_CAME_TO_*), i32 errno, u64 bytes to the sandbox, u64 bytes from it, u64 ns,
                       blob struct sockaddr of the peer, blob struct sockaddr that it came to, blob struct sockaddr that was tried last (both
                       of SJ_LINK_NAMED) */
  SJ_RELAY_HANDED = 170, /* id = connection; no body; descriptor: a stream socket of AF_UNIX whose other end the relay has connected it to */
  SJ_NET_DONE = 168, /* i32 errno, u32 number of the message that the kernel has refused (0 for none), str call, str what the kernel says
                        about it, blob: what it has said to NET_READ, at most SJ_NETLINK_READ_MAX bytes, and with EMSGSIZE those messages that fitted; a descriptor with the answer to NET_NEW, NET_ALL, NET_SOCKET, NET_PACKET and NET_CABLE. The first comes unasked, id = 0, when the keeper is ready: with the
                        descriptor of its user namespace, if it has made one */
  SJ_CABLE_DONE = 169, /* id = that of the request, or UINT64_MAX: the last message, unasked; i32 errno, str call */
  SJ_CHANNEL = 110, /* id = process id; no body; descriptor: the other end of what SJ_OP_RELAY has made. Before STARTED and READY. */
  SJ_TEMPLATE_READY = 111, /* id = template id; starts can be left to it */
  SJ_TEMPLATE_ENDED = 112, /* id = template id; u32 whether it was begun: it has ended without SJ_TEMPLATE_END, or was never made */
  SJ_PAUSED = 109, /* id = process id; u32 number of the pause, u32 supervisor pid: SJ_OP_PAUSE was reached */
  SJ_EVENT = 106, /* id = process id; u32 number of the watch, i32 errno (the watch could not be set up), str content of the file */
};

/* What a warm process says on its command channel. */
enum sj_word { SJ_EXECUTING = 'G', SJ_RUN_FAILED = 'N' };

enum sj_how { SJ_BY_EXIT = 1, SJ_BY_SIGNAL = 2, SJ_BY_SIGNAL_CORE = 3, SJ_BY_LOSS = 4 /* the supervisor died before it could tell */ };

/* What a connection of a relay has come to. */
enum sj_came_to {
  SJ_CAME_TO_END = 1,     /* both sides have ended it */
  SJ_CAME_TO_REFUSAL = 2, /* Java has refused it */
  SJ_CAME_TO_NOTHING = 3, /* there was nobody to connect to: errno */
  SJ_CAME_TO_BREAK = 4,   /* one side broke it off, or the sandbox has ended: errno */
};

/* What Java says of a connection that it was asked about. */
enum sj_answer {
  SJ_ANSWER_REFUSE = 0,
  SJ_ANSWER_GO = 1,
  SJ_ANSWER_MORE = 2, /* ask again with more first bytes */
  SJ_ANSWER_HAND = 3, /* Java carries it on itself: RELAY_HANDED. Of a link with SJ_LINK_NAMED */
};

/* What is said in the place of first bytes: to the client when the answer has been carried out, to it when no server was reached, and to the
   server before what follows; the last two with SJ_ANSWER_GO only. */
enum sj_say { SJ_SAY_CLIENT = 0, SJ_SAY_FAILURE = 1, SJ_SAY_SERVER = 2, SJ_SAID_COUNT = 3 };

/* Why the launcher has ended a sandbox. */
enum sj_why { SJ_WHY_NOT = 0, SJ_WHY_ASKED = 1, SJ_WHY_TIMEOUT = 2, SJ_WHY_CPU_TIME = 3, SJ_WHY_OUTPUT = 4, SJ_WHY_OOM = 5 };

/* What the kernel knows, found by calling each with arguments that can only fail (never by its version). */
enum sj_feature {
  SJ_HAS_CLOSE_RANGE = 1u << 0,
  SJ_HAS_OPENAT2 = 1u << 1,
  SJ_HAS_MOUNT_API = 1u << 2, /* fsopen, fsmount, open_tree, move_mount */
  SJ_HAS_MOUNT_SETATTR = 1u << 3,
  SJ_HAS_PIDFD = 1u << 4,
  SJ_HAS_CLONE3 = 1u << 5,
  SJ_HAS_INTO_CGROUP = 1u << 6, /* clone3 with CLONE_INTO_CGROUP */
  SJ_LANDLOCK_SHIFT = 24,       /* four bits from here: the version of Landlock's interface, 0 for none */
};

/* Plan body: u32 plan flags, u64 clone flags, u32 n outer, u32 n setup, u32 n process, u32 n cgroup, then that many operations in
   this order. */
enum sj_plan_flag {
  SJ_PLAN_OUTER_HELPER = 1u << 0,       /* run the outer section in a process of its own that stays outside the new user namespace */
  SJ_PLAN_INIT = 1u << 1,        /* the supervisor is pid 1 of the new pid namespace (CLONE_NEWPID is then in clone flags) */
  SJ_PLAN_PROGRAM_PID = 1u << 2, /* the program itself is pid 1: cloned with CLONE_NEWPID by the supervisor */
  SJ_PLAN_NETWORK = 1u << 3,     /* a new network namespace, made beside the set-up; SJ_OP_NETWORK enters it */
  SJ_PLAN_LOOPBACK = 1u << 4,    /* and its loopback device is up */
  SJ_PLAN_COUNT_NETWORK = 1u << 6, /* EXITED says what passed through the network devices */
  SJ_PLAN_TEMPLATE = 1u << 8,    /* starts may be clones of a process that has done OUTER and what of SETUP has no flag PER_SANDBOX */
  SJ_PLAN_TEMPLATE_USER = 1u << 9, /* that process has a user namespace of its own, with the maps of the start; single ids. With SJ_START_NETWORK
                                      it is in the one that owns the network instead */
  SJ_PLAN_TEMPLATE_LAYERS = 1u << 10, /* that process holds the mounts in a place of its own, and each start makes its root: ENTER */
  SJ_PLAN_OWNER = 1u << 11, /* the user namespace belongs to the first user of the start's uid map */
  SJ_PLAN_OBSERVE = 1u << 7,     /* every call of the program and of its descendants is traced; filters return SECCOMP_RET_TRACE */
  SJ_PLAN_PROMPT = 1u << 5,      /* EXITED need not wait until the namespaces are torn down, only until every process is gone */
};

/*
 * Start body:
 *   u64 plan id, u64 template id, u32 start flags, u16 rows, u16 columns (pty),
 *   u64 timeout ns, u64 CPU time ns, u64 grace ns between the stop signal and the end of everything (0: none of each), u32 stop signal,
 *   u32 id map mode, str uid map, str gid map, strv newuidmap command, strv newgidmap command,
 *   strv paths (tried in order by execve), strv argv, strv environment, str directory ("" = leave it),
 *   u32 n, n x u32 target descriptor number (ascending, 0.. ; the i-th passed descriptor becomes that number; when a body
 *   memfd was passed, the i-th after it).
 * Template id: with SJ_START_FROM_TEMPLATE one of this plan, with SJ_START_MAKE_TEMPLATE a new one, else 0. Java decides which templates
 * there are; a start whose template has ended meanwhile, or can't take it at the moment, is done as a whole.
 * Id map mode: 0 none; 1 write the texts to /proc/PID/{uid_map,gid_map}; 2 the same after "deny" to setgroups;
 * 3 run the commands with the process id inserted after the first word.
 */
enum sj_start_flag {
  SJ_START_PROBE = 1u << 0, /* do everything but execve, then exit 0; STARTED has pid 0 */
  SJ_START_PREPARE = 1u << 2, /* set up, say READY, and wait for RUN; of the body, only plan, template and id maps count */
  SJ_START_WARM = 1u << 4, /* with PREPARE: the program's process is there too, all but executed, and awaits RUN on the descriptor that is passed */
  SJ_START_HANDED_FILES = 1u << 5, /* the program gets files of the host that it could change the modes of */
  SJ_START_NETWORK = 1u << 6, /* after the other descriptors comes that of a network namespace, which the supervisor is born in */
  SJ_START_NETWORK_OWNER = 1u << 7, /* with NETWORK: and that of the user namespace that owns it, which becomes the parent of the sandbox's */
  SJ_START_PLAIN = 1u << 3, /* SJ_EXEC while PAUSED only: nothing of the PROCESS section, no cgroup, so with the rights of the supervisor itself */
  SJ_START_FROM_TEMPLATE = 1u << 8, /* it is a clone of the template */
  SJ_START_MAKE_TEMPLATE = 1u << 9, /* the template is made after it, for a plan with SJ_PLAN_TEMPLATE. READY or ENDED of the template follows */
  SJ_START_PTY = 1u << 1,   /* the program's 0, 1, 2 (those not passed) are a new pty, its controlling terminal; the master comes back */
};
enum sj_map_mode { SJ_MAP_NONE = 0, SJ_MAP_WRITE = 1, SJ_MAP_WRITE_DENY = 2, SJ_MAP_HELPER = 3 };

/* Where an operation ran, in SJ_FAILED and SJ_STARTED. OUTER, SETUP and PROCESS index the plan's sections. */
enum sj_section {
  SJ_IN_REQUEST = 0, /* the message itself was unusable: detail says nothing, `what` says why */
  SJ_IN_CLONE = 1,   /* creating the supervisor and its namespaces */
  SJ_IN_IDMAP = 2,
  SJ_IN_OUTER = 3,
  SJ_IN_SETUP = 4,
  SJ_IN_FORK = 5, /* creating the program's process */
  SJ_IN_STDIO = 6, /* session, terminal, descriptors */
  SJ_IN_PROCESS = 7,
  SJ_IN_CHDIR = 8,
  SJ_IN_OBSERVER = 11, /* the process that traces the program */
  SJ_IN_CGROUP = 10, /* making the cgroups, which the launcher does meanwhile */
  SJ_IN_EXEC = 9, /* index = which path; detail = st_mode of that path, 0 if it can't be looked at; where a directory on the way to it,
                     or to the working directory of CHDIR, may not be searched, 2^32 times the length of that directory's name */
};

/* Beside the opcode of a step in SJ_STARTED: a mask or attributes found nothing at their place. */
#define SJ_STEP_ABSENT 0x8000u

/* Operation: u16 opcode, u16 flags, u32 length, body. Guest paths are absolute and resolved beneath the new root. */
enum sj_opcode {
  /* OUTER */
  SJ_OP_JOIN = 1,      /* u32 CLONE_NEW*, u32 index of the plan's descriptor: setns */
  SJ_OP_OPEN_TREE = 2, /* u32 slot, str host path, str uid map, str gid map; slot <- detached clone (or O_PATH with CLASSIC);
                          maps not empty: idmapped. flags: RECURSIVE, OPTIONAL, CLASSIC, SELF (the path is beneath the new root;
                          SETUP only), OWN_IDS (idmapped: ids from 0 on become those of the start; with SELF and FRESH so is what a
                          template has there, and a whole start copies what it has opened so); also in SETUP */
  /* SETUP */
  SJ_OP_TIME_OFFSETS = 20, /* i64 monotonic s, u32 ns, i64 boottime s, u32 ns: programs get a new time namespace */
  SJ_OP_NETWORK = 21, /* waits for the new network namespace and enters it */
  SJ_OP_HOSTNAME = 22,   /* str */
  SJ_OP_DOMAINNAME = 23, /* str */
  SJ_OP_SETID = 24,      /* u32 uid, u32 gid: the supervisor's own ids, so that what it creates has a mapped owner */
  SJ_OP_PRIVATE = 25,    /* make / recursively private */
  SJ_OP_ROOT_FS = 26,    /* str fstype, u64 mount attributes, strv key,value,... : becomes the new root, on top of an earlier one;
                            "@N" in a value becomes a path to slot N; flags CLASSIC, SELF (with CLASSIC: paths in values are
                            relative to the root so far) */
  SJ_OP_ROOT_BIND = 27,  /* u32 slot, u64 attributes; flags RECURSIVE (attributes), CLASSIC, PEERS */
  SJ_OP_MKDIR = 28,      /* str path, u32 mode; missing parents are made 0755; an existing directory is left as it is */
  SJ_OP_SYMLINK = 29,    /* str path, str text; flag OPTIONAL: what is there already stays */
  SJ_OP_FILE = 30,       /* str path, u32 mode, blob; flags REPLACE */
  SJ_OP_MOUNT = 31,      /* str fstype, str target, u64 attributes, strv key,value,... ; flags CREATE, CLASSIC, LIKE_COVERED, COPY_UP */
  SJ_OP_BIND = 32,       /* u32 slot, str target, u64 attributes; flags RECURSIVE (attributes), CREATE, CLASSIC, PEERS; an empty slot is skipped */
  SJ_OP_ATTRIBUTES = 33, /* str target, u64 attributes; flags RECURSIVE, SELF (bind it over itself first), OPTIONAL, CLASSIC */
  SJ_OP_MASK = 34,       /* str target; a file gets /dev/null of SETUP's new root or host (or SJ_TEMPLATE_NULL) over it, a directory an empty read-only tmpfs; flags OPTIONAL, CLASSIC */
  SJ_OP_PIVOT = 35,      /* also in PROCESS, as are MOUNT, ATTRIBUTES and MASK: for the first program only, not for those of SJ_EXEC */
  SJ_OP_WRITE_PROC = 36, /* str path below /proc, str value; also in PROCESS */
  SJ_OP_PROPAGATION = 37, /* str target, u32 MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE; flags RECURSIVE, CLASSIC */
  SJ_OP_MKNOD = 38,      /* str path, u32 mode with its type, u32 major, u32 minor, u32 uid, u32 gid; a device that is there already is
                            left as it is */
  SJ_OP_PAUSE = 39,      /* u32 number: PAUSED, then programs of SJ_EXEC are run until RESUME. Never in a template */
  SJ_OP_ENTER = 40,      /* in the clone of a template: its root becomes the new one, which stays on top; a whole start pivots instead */
  SJ_OP_PROC_FILE = 41,  /* str procfs, str name, blob, strv key,value,... : a read-only file of that content covers the one of that name,
                            which stays to be found when the options make the procfs forget it; no such file is skipped */
  SJ_OP_RELAY = 42,  /* after NETWORK: a channel between this sandbox and a relay, whose other end goes to Java (SJ_CHANNEL) */
  SJ_OP_LISTEN = 43, /* u32 number, blob struct sockaddr, str guest path (instead of an address that is empty): a socket of the sandbox's network
                        listens there, and is handed to the relay. flag OPTIONAL: not where the network has no such address */
  SJ_OP_REACH = 44,  /* u32 number, blob struct sockaddr, str guest path: where the relay may have a connection made to, inside */
  SJ_OP_NETLINK = 46, /* u32 NETLINK_*, blob: messages about the sandbox's network, as of NET_SEND; without places for descriptors */
  SJ_OP_OWNER = 45,      /* u32 uid, u32 gid: the new root's own */
  /* PROCESS */
  SJ_OP_UMASK = 60,         /* u32 */
  SJ_OP_NICE = 61,          /* i32 */
  SJ_OP_IOPRIO = 62,        /* u32 as ioprio_set(2) takes it */
  SJ_OP_AFFINITY = 63,      /* blob: cpu mask, little endian */
  SJ_OP_RLIMIT = 64,        /* u32 resource, u64 soft, u64 hard */
  SJ_OP_PERSONALITY = 65,   /* u64 */
  SJ_OP_KEYRING = 66,       /* new anonymous session keyring */
  SJ_OP_CREDENTIALS = 67,   /* u32 uid, u32 gid, blob: supplementary groups, 4 bytes each; flag SETGROUPS when the list is to be set */
  SJ_OP_CAPABILITIES = 68,  /* u64 bounding, effective, permitted, inheritable, ambient */
  SJ_OP_NO_NEW_PRIVS = 69,
  SJ_OP_CGROUP_NAMESPACE = 70, /* whose root is the cgroup that the program has joined */
  SJ_OP_SECCOMP = 71,   /* u32 SECCOMP_FILTER_FLAG_*, blob: struct sock_filter[]; the last ones of the section, run just before execve.
                           flags LISTENER_FLAG: its notifications go to Java (SJ_LISTENER), HANDED_FILES */
  SJ_OP_LANDLOCK = 72,  /* u64 handled files, u64 network, u64 scoped, strv: access,path or access,:port, in decimal; a path after '?' may be missing, and
                         is followed through links for the first N bytes alone after '~N:' */
  SJ_OP_SPECULATION = 73, /* u32 PR_SPEC_*, u32 value: prctl(PR_SET_SPECULATION_CTRL) */
  SJ_OP_SCHEDULER = 75,   /* blob: struct sched_attr, of the size that it says */
  SJ_OP_MEMORY_POLICY = 76, /* u32 mode and flags as set_mempolicy(2) takes them, blob: node mask, little endian */
  SJ_OP_CORE_SCHED = 74,  /* prctl(PR_SCHED_CORE_CREATE) */
  /* CGROUP: each sandbox has one cgroup in each hierarchy that the plan uses: named by its process id, or where CGROUP_AT says */
  SJ_OP_CGROUP = 80,       /* u32 hierarchy: make it; flag OPTIONAL: only remove it at the end, should it be there */
  SJ_OP_CGROUP_WRITE = 81, /* u32 hierarchy, str file, str text */
  SJ_OP_CGROUP_JOIN = 82,  /* u32 hierarchy, str file: where the program writes itself; flags INTO (it begins there: clone3 with
                              CLONE_INTO_CGROUP), SHARED (the program's parent is the first user of the start's uid map) */
  SJ_OP_CGROUP_READ = 83,  /* u32 hierarchy, str file: sent with EXITED */
  SJ_OP_CGROUP_KILL = 84,  /* u32 hierarchy, str file, str text: written when the tree is killed, should it be there;
                              flag SELF: also in a cgroup of CGROUP_AT that a dead launcher has left, before it is removed */
  SJ_OP_CGROUP_CPU = 85,   /* u32 hierarchy, str file, str key, u64 ns per unit: where used CPU time stands */
  SJ_OP_CGROUP_OOM = 86,   /* u32 hierarchy, str file, str control file: an event there ends the tree (SJ_WHY_OOM) */
  SJ_OP_CGROUP_DEVICES = 87, /* u32 hierarchy, blob: a BPF_PROG_TYPE_CGROUP_DEVICE program */
  SJ_OP_CGROUP_AT = 88,    /* instead of CGROUP: u32 hierarchy, str absolute directory or "" (the cgroup root), str path below it, str extended
                              attribute that marks what is made, strv file,text,... written in each parent that is made. Comes
                              before whatever names its hierarchy */
};

enum sj_op_flag {
  SJ_RECURSIVE = 1u << 0,
  SJ_OPTIONAL = 1u << 1,
  SJ_CREATE = 1u << 2,
  SJ_CLASSIC = 1u << 3, /* mount(2) instead of the mount API of Linux 5.2 */
  SJ_SELF = 1u << 4,
  SJ_SETGROUPS = 1u << 5,
  SJ_INTO = 1u << 6,
  SJ_SHARED = 1u << 7,
  SJ_LISTENER_FLAG = 1u << 8,
  SJ_PEERS = 1u << 10, /* the mount stays in its peer group, where propagation comes from and goes to */
  SJ_OWN_IDS = 1u << 11,
  SJ_HANDED_FILES = 1u << 15, /* SECCOMP: installed only with SJ_START_HANDED_FILES */
  SJ_REPLACE = 1u << 12, /* what the root itself has there gives way, unless it is a directory */
  SJ_LIKE_COVERED = 1u << 13, /* its root has the mode of the directory that it covers */
  SJ_COPY_UP = 1u << 14,      /* it has copies of the directories, files and links there */
  SJ_PER_SANDBOX = 1u << 9, /* in SETUP: belongs to one sandbox alone, never to a template */
};

/* What a relay does with the connections of a link. */
enum sj_link_flag {
  SJ_LINK_ASKS = 1u << 0,        /* Java decides on each */
  SJ_LINK_NAMED = 1u << 1,       /* and says which addresses it goes to: the link has none. With ASKS */
  SJ_LINK_FIRST_BYTES = 1u << 2, /* and is shown what comes from inside before. With ASKS */
};

/* Where a template with SJ_PLAN_TEMPLATE_LAYERS has the null device. */
#define SJ_TEMPLATE_NULL "/.sandjar/null"

/* The sixth argument of seccomp(2), which has none, by which such a filter knows the installation of the next one. */
#define SJ_INSTALLER 0x53616e646a6172L

/* sendmsg flags by which a notifying filter knows the message with its listener: MSG_NOSIGNAL and two that mean nothing to the kernel. */
#define SJ_LISTENER_TRANSFER_FLAGS (0x4000 | 0x00200000 | 0x01000000)

/* Mount attributes are those of mount_setattr(2): RDONLY 1, NOSUID 2, NODEV 4, NOEXEC 8, NOSYMFOLLOW 0x200000. The upper 32 bits are
   those to clear. */

/* A call on files, the arguments that each takes in files/files.h. */
enum sj_file_call {
  SJ_FILE_OPEN = 1,
  SJ_FILE_MKDIR = 2,
  SJ_FILE_MKNOD = 3,
  SJ_FILE_CHOWN = 4,
  SJ_FILE_UNLINK = 5,
  SJ_FILE_LINK = 6,
  SJ_FILE_SYMLINK = 7,
  SJ_FILE_READLINK = 8,
  SJ_FILE_CHMOD = 9,
  SJ_FILE_TIMES = 10,
  SJ_FILE_RENAME = 11,
  SJ_FILE_STAT = 12,
  SJ_FILE_SET_ATTRIBUTE = 13,
  SJ_FILE_ATTRIBUTE = 14,
  SJ_FILE_ATTRIBUTES = 15,
  SJ_FILE_ATTRIBUTE_OF = 16,
  SJ_FILE_CALLS_END
};

#endif
