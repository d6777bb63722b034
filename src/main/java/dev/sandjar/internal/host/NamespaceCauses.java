package dev.sandjar.internal.host;

import dev.sandjar.Capability;
import dev.sandjar.Isolation;
import dev.sandjar.internal.host.Diagnosis.Finding;
import dev.sandjar.internal.util.Errno;
import org.jspecify.annotations.Nullable;

/** Why a namespace can't be made. */
final class NamespaceCauses {

    private final HostFiles files;
    private final int errno;

    NamespaceCauses(HostFiles files, int errno) {
        this.files = files;
        this.errno = errno;
    }

    Finding user() {
        Finding off = switchedOff("user", "user namespaces");
        if (off != null) {
            return off;
        }
        if (unprivileged() && files.is("/proc/sys/kernel/unprivileged_userns_clone", "0")) {
            return new Finding(
                    "user namespaces are for root only (kernel.unprivileged_userns_clone=0)",
                    "run as root: sysctl kernel.unprivileged_userns_clone=1, and write the line to /etc/sysctl.d/sandjar.conf");
        }
        Finding general = general();
        if (general != null) {
            return general;
        }
        return new Finding(
                "the kernel refuses user namespaces to this process",
                "look for a security module that does (SELinux, a systemd unit with RestrictNamespaces=) in the kernel's log");
    }

    /** Of a kind by its name below /proc/self/ns. */
    Finding of(String kind, String name) {
        if (files.exists("/proc/self/ns") && !files.exists("/proc/self/ns/" + kind)) {
            return new Finding(
                    "this kernel has no " + name + "s", "leave them out, or use a kernel that was built with them");
        }
        Finding off = switchedOff(kind, name + "s");
        return off != null ? off : others();
    }

    /** Of whatever needs rights inside that a namespace brings. */
    Finding others() {
        Finding user = unprivileged() ? userSettings() : null;
        Finding general = user != null ? user : general();
        if (general != null) {
            return general;
        }
        return new Finding(
                "the kernel refuses it to this process",
                unprivileged()
                        ? "add userNamespace(), which gives an unprivileged process the rights it needs inside; run the doctor for"
                                + " details"
                        : "look for a security module that does in the kernel's log; run the doctor for details");
    }

    private @Nullable Finding userSettings() {
        Finding off = switchedOff("user", "user namespaces");
        if (off != null) {
            return off;
        }
        return files.is("/proc/sys/kernel/unprivileged_userns_clone", "0") ? user() : null;
    }

    private @Nullable Finding switchedOff(String kind, String names) {
        if (!files.is("/proc/sys/user/max_" + kind + "_namespaces", "0")) {
            return null;
        }
        String setting = "user.max_" + kind + "_namespaces";
        return new Finding(
                names + " are switched off (" + setting + "=0)",
                "run as root: sysctl " + setting
                        + "=10000; inside a sandbox that forbids nested namespaces this is meant");
    }

    private @Nullable Finding general() {
        if (unprivileged() && AppArmor.restricts(files)) {
            return AppArmor.finding();
        }
        if (Errno.ENOSPC.is(errno) || Errno.EUSERS.is(errno)) {
            return new Finding(
                    "a limit on namespaces is reached (user.max_*_namespaces, here or in a namespace above; 32 levels at most)",
                    "end some sandboxes, or raise the limits with sysctl");
        }
        if (Errno.EINVAL.is(errno) || Errno.ENOSYS.is(errno)) {
            return new Finding(
                    "this kernel does not have it",
                    "use a kernel that was built with it (CONFIG_NAMESPACES, CONFIG_USER_NS)");
        }
        String container = Containers.kind(files);
        if (Containers.hasFilter(files)) {
            return Containers.filter(container);
        }
        if (isRootThatMayNotMapItself()) {
            return new Finding(
                    "since Linux 5.12 user id 0 is mapped into a user namespace only by who has CAP_SETFCAP, which this process lacks",
                    "start java as another user (docker run --user 1000, runAsUser: 1000), who needs no capability, or with"
                            + " CAP_SETFCAP (--cap-add SETFCAP)");
        }
        if (!MountTable.read(files).hasRoot()) {
            return new Finding(
                    "this process runs in a chroot, where the kernel makes no user namespaces",
                    "start it in a container or with pivot_root instead, or add allowDegraded(...) and run as root");
        }
        if (container != null) {
            return new Finding(
                    "this process runs in a container (" + container + ") whose security module refuses it",
                    "start the container with --security-opt apparmor=unconfined (or label=disable under SELinux)");
        }
        return null;
    }

    private boolean isRootThatMayNotMapItself() {
        return (errno == 0 || Errno.EPERM.is(errno))
                && files.status("Uid").matches("0\\s.*")
                && lacks(Capability.SETFCAP)
                && !files.lines("/proc/sys/kernel/osrelease").stream()
                        .anyMatch(release -> release.matches("([1-4]\\.|5\\.([0-9]|1[01])\\D).*"));
    }

    private boolean unprivileged() {
        return lacks(Capability.SYS_ADMIN);
    }

    private boolean lacks(Capability capability) {
        CapabilityMask effective = CapabilityMask.parse(files.status("CapEff"));
        return effective == null || !effective.has(capability);
    }

    static String kind(Isolation isolation) {
        return switch (isolation) {
            case PID_NAMESPACE -> "pid";
            case MOUNT_NAMESPACE -> "mnt";
            case NETWORK_NAMESPACE -> "net";
            case IPC_NAMESPACE -> "ipc";
            case UTS_NAMESPACE -> "uts";
            case CGROUP_NAMESPACE -> "cgroup";
            case TIME_NAMESPACE -> "time";
            default -> "user";
        };
    }
}
