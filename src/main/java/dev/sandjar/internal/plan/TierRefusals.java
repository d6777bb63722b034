package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompRule;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.ArrayList;
import java.util.List;

/**
 * What the filter refuses in place of namespaces that are missing, and of Landlock where this kernel's version of it does not hold
 * something yet. A filter sees numbers only, neither paths nor whose a process is, so that whole calls go.
 */
final class TierRefusals {
    private static final long INT = 0xffffffffL;
    private static final int EPERM = 1;
    private static final int ENOTTY = 25;
    private static final int ENOSYS = 38;
    private static final int EAFNOSUPPORT = 97;
    private static final int TRUNCATE_VERSION = 3;
    private static final int SCOPES_VERSION = 6;

    /** What Landlock does not hold of files: their owners, modes, times and attributes; and truncation by path, before its version 3. */
    private static final List<String> METADATA = List.of(
            "chmod",
            "fchmod",
            "fchmodat",
            "fchmodat2",
            "chown",
            "fchown",
            "fchownat",
            "lchown",
            "setxattr",
            "lsetxattr",
            "fsetxattr",
            "setxattrat",
            "removexattr",
            "lremovexattr",
            "fremovexattr",
            "removexattrat",
            "utime",
            "utimes",
            "utimensat",
            "futimesat",
            "truncate",
            "file_setattr");
    /**
     * Types of the ioctls of file systems. With no more than a descriptor to read from, several of them change what a file is: flags,
     * versions, encryption, verity, subvolumes. It is the bits 8 to 15 of the number: 'f', 'X', 'v', and those of Btrfs and F2FS.
     */
    private static final List<Integer> FILE_IOCTLS = List.of(0x66, 0x58, 0x76, 0x94, 0xf5);

    /** They take a path, and Landlock is not asked about it; instances alone would be of no use, and are counted with those of the user. */
    private static final List<String> WATCHES =
            List.of("inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init", "fanotify_mark");

    private static final int OPENED_READ_ONLY_BUT_TRUNCATED = 0x200;
    private static final int ACCESS_AND_TRUNCATE = 0x203;
    /** An access mode of 3 needs both rights of the file, but Landlock sees neither. */
    private static final int OPENED_FOR_IOCTL_BUT_TRUNCATED = 0x203;

    private static final List<String> SIGNAL_CALLS = List.of(
            "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", "pidfd_open");
    /** F_SETOWN, F_SETSIG, F_SETOWN_EX: whom a descriptor sends signals to, and which. */
    private static final List<Integer> OWNERS = List.of(8, 10, 15);

    private static final int SETFL = 4;
    private static final int O_ASYNC = 0x2000;
    /** FIOSETOWN, SIOCSPGRP, FIOASYNC. A terminal that starts to send signals sends them to the processes that it is in front of. */
    private static final List<Integer> OWNER_IOCTLS = List.of(0x8901, 0x8902, 0x5452);

    private static final List<String> IPC_CALLS = List.of(
            "shmget",
            "shmat",
            "shmctl",
            "msgget",
            "msgsnd",
            "msgrcv",
            "msgctl",
            "semget",
            "semop",
            "semtimedop",
            "semctl",
            "mq_open",
            "mq_unlink");
    private static final List<String> OTHERS = List.of(
            "ptrace",
            "process_vm_readv",
            "process_vm_writev",
            "process_madvise",
            "process_mrelease",
            "migrate_pages",
            "move_pages",
            "perf_event_open",
            "pidfd_getfd",
            "kcmp",
            "setpriority",
            "ioprio_set",
            "sched_setaffinity",
            "sched_setscheduler",
            "sched_setparam",
            "sched_setattr");
    /** A file in memory is nobody's while nobody has mapped it, so that whoever looks at processes would not find it. */
    private static final List<String> MEMORY_FILES = List.of("memfd_create", "memfd_secret");

    private static final List<String> KEYS = List.of("keyctl", "add_key", "request_key");

    private final Draft draft;
    private final List<SeccompRule> rules = new ArrayList<>();

    private TierRefusals(Draft draft) {
        this.draft = draft;
    }

    /** They count before the profile; none where nothing is missing. */
    static List<SeccompRule> of(Draft draft) {
        TierRefusals refusals = new TierRefusals(draft);
        refusals.files();
        refusals.sockets();
        if (WithoutNamespaces.lacks(draft, NamespaceKind.IPC)) {
            refusals.refuse(IPC_CALLS, EPERM);
            refusals.instead("System V and POSIX objects of its own", "seccomp: those calls are refused");
        }
        if (WithoutNamespaces.lacks(draft, NamespaceKind.PID)) {
            refusals.processes();
        }
        if (draft.treeBounds != null && draft.treeBounds.memory() != 0) {
            refusals.refuse(MEMORY_FILES, ENOSYS);
            refusals.instead(
                    "memory that no process has mapped", "seccomp: memfd_create and memfd_secret are not there");
        }
        if (WithoutNamespaces.lacks(draft, NamespaceKind.USER)) {
            refusals.refuse(KEYS, ENOSYS);
            refusals.instead("keyrings of its own", "seccomp: those calls are refused");
        }
        if (!refusals.rules.isEmpty()) {
            refusals.refuse(List.of("io_uring_setup", "io_uring_enter", "io_uring_register"), ENOSYS);
        }
        return refusals.rules;
    }

    private void files() {
        if (!WithoutNamespaces.lacks(draft, NamespaceKind.MOUNT) || draft.request.root() instanceof RootFs.Host) {
            return;
        }
        refuse(METADATA, EPERM);
        for (int type : FILE_IOCTLS) {
            refuse("ioctl", ENOTTY, masked(1, 0xff00, type << 8));
        }
        instead("owners, modes, times and flags of files", "seccomp: those calls are refused");
        refuse(WATCHES, EPERM);
        instead("directories that can't be listed", "seccomp: inotify and fanotify are refused");
        if (draft.host.landlockVersion() < TRUNCATE_VERSION) {
            for (int flags : List.of(OPENED_READ_ONLY_BUT_TRUNCATED, OPENED_FOR_IOCTL_BUT_TRUNCATED)) {
                refuse("open", EPERM, masked(1, ACCESS_AND_TRUNCATE, flags));
                refuse("openat", EPERM, masked(2, ACCESS_AND_TRUNCATE, flags));
            }
            refuse(List.of("openat2"), ENOSYS);
            instead(
                    "files that may only be read keep what they hold",
                    "seccomp: O_TRUNC needs a descriptor for writing, openat2 is not there");
        }
    }

    private void sockets() {
        if (WithoutNamespaces.lacks(draft, NamespaceKind.NETWORK)) {
            refuse(List.of("socket"), EAFNOSUPPORT);
            rules.addAll(HostSockets.noPairsOfDatagrams(List.of()));
            instead("network of its own", "seccomp: no sockets, but pairs of SOCK_STREAM and SOCK_SEQPACKET");
        }
    }

    private void processes() {
        refuse(OTHERS, EPERM);
        refuse("prlimit64", EPERM, SyscallArgument.at(0).notEqualTo(0));
        instead(
                "processes of others out of reach",
                "seccomp: those calls are refused"
                        + (draft.request.root() instanceof RootFs.Host
                                ? "; what their user may write in /proc stays: oom_score_adj"
                                : ""));
        if (draft.host.landlockVersion() >= SCOPES_VERSION) {
            return;
        }
        refuse(SIGNAL_CALLS, EPERM);
        for (int command : OWNERS) {
            refuse("fcntl", EPERM, masked(1, INT, command));
        }
        refuse("fcntl", EPERM, masked(1, INT, SETFL), masked(2, O_ASYNC, O_ASYNC));
        for (int command : OWNER_IOCTLS) {
            refuse("ioctl", EPERM, masked(1, INT, command));
        }
        instead(
                "no signals to processes outside",
                "seccomp: no signals at all, not even to itself, nor by descriptors");
    }

    private static SyscallArgument masked(int index, long mask, long value) {
        return SyscallArgument.at(index).masked(mask, value);
    }

    private void refuse(String call, int errno, SyscallArgument... tests) {
        rules.add(SeccompRule.of(SeccompAction.errno(errno), List.of(call), List.of(tests)));
    }

    private void refuse(List<String> calls, int errno) {
        rules.add(SeccompRule.of(SeccompAction.errno(errno), calls, List.of()));
    }

    private void instead(String what, String how) {
        draft.entries.add(new AppliedPolicy.Entry(what, Outcome.DEGRADED, how, "in place of a namespace"));
    }
}
