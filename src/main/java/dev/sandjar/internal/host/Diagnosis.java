package dev.sandjar.internal.host;

import dev.sandjar.Isolation;
import dev.sandjar.internal.util.Errno;
import java.util.List;

/** Why this host refuses an isolation, and what its operator can do. Reads settings only after something has failed. */
public final class Diagnosis {
    private final HostFiles files;

    public Diagnosis(HostFiles files) {
        this.files = files;
    }

    /** A cause and what to do about it. */
    public record Finding(String reason, String remedy) {}

    /** What stands behind a refusal of {@code isolation}, as far as the host's settings tell. */
    public static Finding of(Isolation isolation) {
        return RefusedNamespaces.explains(isolation) ? RefusedNamespaces.finding() : of(isolation, 0);
    }

    /** As {@link #of(Isolation)}, with the error number that the kernel gave. */
    public static Finding of(Isolation isolation, int errno) {
        return new Diagnosis(HostFiles.ofThisHost()).explain(isolation, errno);
    }

    /** What stands behind a refusal of {@code isolation}; {@code errno} is 0 where no call has failed. */
    public Finding explain(Isolation isolation, int errno) {
        NamespaceCauses namespaces = new NamespaceCauses(files, errno);
        return switch (isolation) {
            case USER_NAMESPACE -> namespaces.user();
            case PID_NAMESPACE, MOUNT_NAMESPACE, NETWORK_NAMESPACE, IPC_NAMESPACE, UTS_NAMESPACE, CGROUP_NAMESPACE ->
                namespaces.of(NamespaceCauses.kind(isolation), isolation.label());
            case TIME_NAMESPACE -> time(namespaces);
            case NO_NESTED_USER_NAMESPACES -> noNested(namespaces);
            case PRIVATE_PROC -> proc(namespaces);
            case ID_RANGE -> new IdCauses(files).range();
            case SUPPLEMENTARY_GROUPS -> new IdCauses(files).groups();
            case IDMAPPED_BINDS ->
                new Finding(
                        "idmapped mounts need Linux 5.12, a file system that supports them, and CAP_SYS_ADMIN outside",
                        "leave MountOption.IDMAPPED out, or run with CAP_SYS_ADMIN on a newer kernel");
            case OVERLAY_ROOT ->
                fileSystem(
                        "overlay",
                        "run as root: modprobe overlay",
                        new Finding(
                                "overlayfs in a user namespace needs Linux 5.11, layers of a file system that it supports, and on many"
                                        + " kernels that nothing else is mounted below a layer",
                                "put the layers on ext4, xfs, btrfs or tmpfs, not on another overlay, and choose directories without"
                                        + " mount points"));
            case MQUEUE -> fileSystem("mqueue", "use a kernel with CONFIG_POSIX_MQUEUE", namespaces.others());
            case PRIVATE_DEVPTS -> fileSystem("devpts", "use a kernel with CONFIG_UNIX98_PTYS", namespaces.others());
            case SESSION_KEYRING -> keyring(errno, namespaces);
            case CGROUP_LIMITS ->
                new Finding(
                        "no cgroup of this process may be written",
                        "run as root, in a service or scope with Delegate=yes, or with a systemd user session; or accept"
                                + " per-process limits by allowDegraded(CGROUP_LIMITS)");
            case SECCOMP ->
                new Finding(
                        "the kernel has no seccomp filters (CONFIG_SECCOMP_FILTER), or a filter outside refuses more of them",
                        "use a kernel with CONFIG_SECCOMP_FILTER, and allow seccomp(2) where this process is filtered itself");
            case LANDLOCK ->
                new Finding(
                        "Landlock needs Linux 5.13 with CONFIG_SECURITY_LANDLOCK and \"landlock\" among the security modules that run",
                        "boot with lsm=landlock,... (see /sys/kernel/security/lsm), and allow landlock_create_ruleset(2) where"
                                + " this process is filtered");
            case CORE_SCHEDULING ->
                new Finding(
                        "core scheduling needs Linux 5.14 with CONFIG_SCHED_CORE, and a processor with SMT that is on",
                        "leave confinement(c -> c.coreScheduling(true)) out: without SMT there is no core to share");
            case SPECULATION_CONTROL ->
                new Finding(
                        "the kernel offers no control of speculation on this processor (prctl PR_SET_SPECULATION_CTRL)",
                        "leave confinement(c -> c.mitigateSpeculation(true)) out: the processor is not affected, or the kernel decides for all (see"
                                + " /sys/devices/system/cpu/vulnerabilities)");
        };
    }

    private Finding time(NamespaceCauses namespaces) {
        if (files.exists("/proc/self/ns") && !files.exists("/proc/self/ns/time_for_children")) {
            return new Finding(
                    "time namespaces need Linux 5.6 with CONFIG_TIME_NS",
                    "leave timeNamespace() out, or use a newer kernel");
        }
        return namespaces.of("time", Isolation.TIME_NAMESPACE.label());
    }

    private Finding noNested(NamespaceCauses namespaces) {
        if (MountTable.read(files).isReadOnly("/proc/sys/user")) {
            return Containers.unmaskProc(
                    "the limit is a setting below /proc/sys, and that is mounted read-only here",
                    Containers.kind(files),
                    "or go without it by allowDegraded(NO_NESTED_USER_NAMESPACES)");
        }
        return namespaces.user();
    }

    private Finding proc(NamespaceCauses namespaces) {
        MountTable table = MountTable.read(files);
        List<String> hidden = table.masksOfProc();
        if (hidden.isEmpty() && !table.isReadOnly("/proc")) {
            return namespaces.others();
        }
        String what =
                hidden.isEmpty() ? "it is mounted read-only" : "these are mounted over it: " + String.join(" ", hidden);
        return Containers.unmaskProc(
                "the kernel shows a new /proc in a user namespace only where the present one is fully visible, and "
                        + what,
                Containers.kind(files),
                "or go without it by allowDegraded(PRIVATE_PROC)");
    }

    private Finding fileSystem(String type, String remedy, Finding otherwise) {
        List<String> known = files.lines("/proc/filesystems");
        boolean absent =
                !known.isEmpty() && known.stream().noneMatch(line -> line.endsWith("\t" + type) || line.equals(type));
        return absent ? new Finding("the kernel knows no file system \"" + type + "\"", remedy) : otherwise;
    }

    private Finding keyring(int errno, NamespaceCauses namespaces) {
        if (Errno.ENOSYS.is(errno)) {
            return new Finding(
                    "the kernel has no keyrings, or a seccomp filter hides them",
                    "leave process(p -> p.newKeyring(true)) out, or allow keyctl(2)");
        }
        if (Errno.EDQUOT.is(errno)) {
            return new Finding(
                    "this user has too many keys (kernel.keys.maxkeys)",
                    "run as root: sysctl kernel.keys.maxkeys=2000");
        }
        return namespaces.others();
    }
}
