package dev.sandjar.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.AppliedPolicy.Outcome;
import dev.sandjar.Isolation;
import dev.sandjar.SandboxException;
import dev.sandjar.host.Diagnosis;
import dev.sandjar.internal.Nullable;
import dev.sandjar.internal.PathBytes;
import dev.sandjar.policy.Circumstances;
import dev.sandjar.policy.FilterRule;
import dev.sandjar.policy.LandlockPolicy;
import dev.sandjar.policy.LandlockPolicy.PathRule;
import dev.sandjar.policy.MountEntry;
import dev.sandjar.policy.NamespaceKind;
import dev.sandjar.policy.RootPolicy;
import dev.sandjar.seccomp.Returns;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What stands in for namespaces that a host refuses and the caller allowed to be missing: Landlock rules for what the root would have
 * shown, and further refusals of the filter for what the namespaces would have kept apart. Fails closed: what can't be had in this way is
 * refused, as before.
 */
final class WithoutNamespaces {
    private static final long EXECUTE = 1;
    private static final long WRITE_FILE = 1 << 1;
    private static final long READ_FILE = 1 << 2;
    private static final long READ_DIR = 1 << 3;
    private static final long READ = READ_FILE | READ_DIR;
    /** All that Landlock knows of files, to be handled. */
    private static final long ALL_FILES = (1 << 16) - 1;
    /** Without EXECUTE, MAKE_CHAR, MAKE_BLOCK and IOCTL_DEV. */
    private static final long READ_WRITE = ALL_FILES & ~(EXECUTE | 1 << 6 | 1 << 11 | 1 << 15);

    private static final long TCP = 3;
    private static final long ABSTRACT = 1;
    private static final long SIGNALS = 2;
    private static final int EPERM = 1;
    private static final int EAFNOSUPPORT = 97;
    private static final int NETWORK_VERSION = 4;
    private static final int SCOPES_VERSION = 6;

    private static final List<String> DEVICES =
            List.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty");
    private static final List<String> PROC = List.of("/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat");
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

    private static final List<String> SIGNAL_CALLS = List.of(
            "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", "pidfd_open");
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
            "pidfd_getfd",
            "kcmp",
            "setpriority",
            "ioprio_set",
            "sched_setaffinity",
            "sched_setscheduler",
            "sched_setparam",
            "sched_setattr",
            "prlimit64",
            "io_uring_setup");

    private final Draft draft;
    private final List<PathRule> paths = new ArrayList<>();

    private WithoutNamespaces(Draft draft) {
        this.draft = draft;
    }

    /** Whether {@code kind} was asked for, is missing, and may be. */
    private static boolean lacks(Draft draft, NamespaceKind kind) {
        return draft.policy.namespaces().isNew(kind) && !NamespacePlanner.isNew(draft, kind);
    }

    /** The rules in place of a root of its own and of a network; null if neither is missing. */
    static @Nullable LandlockPolicy landlock(Draft draft) throws SandboxException {
        boolean root = lacks(draft, NamespaceKind.MOUNT) && !(draft.policy.root() instanceof RootPolicy.Host);
        boolean network = lacks(draft, NamespaceKind.NETWORK);
        boolean pid = lacks(draft, NamespaceKind.PID);
        if (!root && !network && !pid) {
            return null;
        }
        WithoutNamespaces tier = new WithoutNamespaces(draft);
        int version = draft.host.landlockVersion();
        if (root && version == 0) {
            Diagnosis.Finding finding = Diagnosis.of(Isolation.LANDLOCK);
            draft.refuse(
                    Isolation.LANDLOCK,
                    "files of the host out of reach",
                    "there is no mount namespace here, and no Landlock in its place: " + finding.reason(),
                    finding.remedy());
            return null;
        }
        if (root) {
            tier.root();
        }
        long scoped = (network ? ABSTRACT : 0) | (pid ? SIGNALS : 0);
        LandlockPolicy rules = new LandlockPolicy(
                root ? tier.knownFiles(version) : 0,
                network && version >= NETWORK_VERSION ? TCP : 0,
                version >= SCOPES_VERSION ? scoped : 0,
                tier.paths,
                List.of());
        return (rules.handledFiles() | rules.handledNetwork() | rules.scoped()) == 0 ? null : rules;
    }

    /** Rights that this version holds. What it lacks is said; truncation by path is left to the filter. */
    private long knownFiles(int version) {
        long files = ALL_FILES;
        if (version < 2) {
            files &= ~(1L << 13);
        }
        if (version < 3) {
            files &= ~(1L << 14);
        }
        if (version < 5) {
            files &= ~(1L << 15);
            degraded("ioctl on devices of the host", "Landlock can't restrict it before version 5, Linux 6.10");
        }
        return files;
    }

    private void root() throws SandboxException {
        if (!(draft.policy.root() instanceof RootPolicy.HostReadOnly)) {
            impossible(
                    "a root of its own",
                    "without a mount namespace there is only the host's",
                    "use RootFs.hostReadOnly()");
            return;
        }
        HostView.TREES.forEach(tree -> allow(tree, EXECUTE | READ));
        HostView.ETC.forEach(name -> allow("/etc/" + name, READ));
        for (MountEntry entry : draft.policy.mounts()) {
            entry(entry);
        }
        draft.entries.add(new AppliedPolicy.Entry(
                "root file system: read-only view of the host",
                Outcome.DEGRADED,
                "Landlock",
                "names of other files can be seen, their contents can't be read or changed"));
    }

    private void entry(MountEntry entry) throws SandboxException {
        if (entry instanceof MountEntry.Bind bind) {
            bind(bind);
        } else if (entry instanceof MountEntry.Dev) {
            DEVICES.forEach(device -> allow(device, READ_FILE | WRITE_FILE));
        } else if (entry instanceof MountEntry.Proc) {
            PROC.forEach(path -> allow(path, READ));
        } else if (entry instanceof MountEntry.Tmpfs tmpfs) {
            degraded(
                    "tmpfs " + tmpfs.target(),
                    "without a mount namespace there is none: nothing can be written there; bind a directory of yours to its own"
                            + " path instead");
        } else if (entry instanceof MountEntry.FileBytes
                || entry instanceof MountEntry.Symlink
                || entry instanceof MountEntry.Directory
                || entry instanceof MountEntry.Mqueue) {
            impossible(
                    "something made at " + entry.target(),
                    "without a mount namespace it would be made on the host",
                    "leave it out on such hosts");
        }
        // Masks hide nothing that a rule has not shown.
    }

    private void bind(MountEntry.Bind bind) throws SandboxException {
        String source = PathBytes.shown(bind.source());
        if (!Arrays.equals(PathBytes.of(bind.source()), bind.target().getBytes(StandardCharsets.UTF_8))) {
            impossible(
                    "bind of " + source + " to " + bind.target(),
                    "without a mount namespace files are only where they are",
                    "bind it to its own path, or use a host with user namespaces");
            return;
        }
        if (!bind.optional() || Files.exists(bind.source())) {
            // The rule is for the name, so that each start has to see whether it leads where it did.
            draft.links.put(bind.source(), HostPaths.real(draft, bind.source(), "bind " + source));
        }
        boolean readOnly = bind.attributes().readOnly();
        paths.add(new PathRule(bind.target(), (readOnly ? READ : READ_WRITE) | EXECUTE, bind.optional()));
    }

    private void allow(String path, long access) {
        paths.add(new PathRule(path, access, true));
    }

    private void impossible(String what, String reason, String remedy) {
        draft.refuse(null, what, reason, remedy);
    }

    private void degraded(String what, String reason) {
        draft.entries.add(new AppliedPolicy.Entry(what, Outcome.DEGRADED, "", reason));
    }

    /** Refusals in place of namespaces; they count before the profile. */
    static List<FilterRule> refusals(Draft draft) {
        List<FilterRule> rules = new ArrayList<>();
        if (lacks(draft, NamespaceKind.MOUNT) && !(draft.policy.root() instanceof RootPolicy.Host)) {
            refuse(
                    draft,
                    rules,
                    METADATA,
                    EPERM,
                    "owners, modes and times of files",
                    "seccomp: those calls are refused");
        }
        if (lacks(draft, NamespaceKind.NETWORK)) {
            refuse(
                    draft,
                    rules,
                    List.of("socket"),
                    EAFNOSUPPORT,
                    "network of its own",
                    "seccomp: no sockets, but pairs");
        }
        if (lacks(draft, NamespaceKind.IPC)) {
            refuse(
                    draft,
                    rules,
                    IPC_CALLS,
                    EPERM,
                    "System V and POSIX objects of its own",
                    "seccomp: those calls are refused");
        }
        if (lacks(draft, NamespaceKind.PID)) {
            refuse(draft, rules, OTHERS, EPERM, "processes of others out of reach", "seccomp: those calls are refused");
            if (draft.host.landlockVersion() < SCOPES_VERSION) {
                refuse(
                        draft,
                        rules,
                        SIGNAL_CALLS,
                        EPERM,
                        "no signals to processes outside",
                        "seccomp: no signals at all, not even to itself");
            }
        }
        return rules;
    }

    private static void refuse(
            Draft draft, List<FilterRule> rules, List<String> calls, int errno, String what, String how) {
        rules.add(new FilterRule(calls, Returns.errno(errno), List.of(), Circumstances.NONE, Circumstances.NONE));
        draft.entries.add(new AppliedPolicy.Entry(what, Outcome.DEGRADED, how, "in place of a namespace"));
    }
}
