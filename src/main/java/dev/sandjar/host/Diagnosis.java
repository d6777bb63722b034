package dev.sandjar.host;

import dev.sandjar.Isolation;
import dev.sandjar.internal.Nullable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Why this host refuses an isolation, and what its operator can do. Reads settings only after something has failed. */
public final class Diagnosis {
    private Diagnosis() {}

    /** A cause and what to do about it. */
    public record Finding(String reason, String remedy) {}

    /** What stands behind a refusal of {@code isolation}, as far as the host's settings tell. */
    public static Finding of(Isolation isolation) {
        return switch (isolation) {
            case USER_NAMESPACE, NO_NESTED_USER_NAMESPACES -> userNamespace();
            case ID_RANGE -> new Finding(
                    "this process may map a single id only",
                    "install newuidmap and newgidmap (Debian: apt-get install uidmap) and give the user ranges in /etc/subuid"
                            + " and /etc/subgid, or run as root");
            case PRIVATE_PROC -> new Finding(
                    "the kernel shows a new /proc only where the present one is fully visible, and a container usually hides parts",
                    "run the container with an unmasked /proc (docker: --security-opt systempaths=unconfined, Kubernetes:"
                            + " procMount: Unmasked), or call allowDegraded(PRIVATE_PROC) to go without");
            case TIME_NAMESPACE -> new Finding(
                    "time namespaces need Linux 5.6 with CONFIG_TIME_NS", "leave timeNamespace() out, or use a newer kernel");
            case IDMAPPED_BINDS -> new Finding(
                    "idmapped mounts need Linux 5.12, a file system that supports them, and root outside",
                    "leave MountOption.IDMAPPED out, or run as root on a newer kernel");
            case OVERLAY_ROOT -> new Finding(
                    "overlayfs in a user namespace needs Linux 5.11, and not every file system can be a layer",
                    "put the layers on ext4, xfs, btrfs or tmpfs, not on another overlay");
            default -> namespaces();
        };
    }

    private static Finding namespaces() {
        Finding container = container();
        if (container != null) {
            return container;
        }
        return new Finding(
                "the kernel refuses it to this process",
                "add userNamespace(), which gives an unprivileged process the rights it needs inside; run the doctor for details");
    }

    private static Finding userNamespace() {
        String apparmor = setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
        if ("1".equals(apparmor)) {
            return new Finding(
                    "AppArmor restricts user namespaces of unprivileged programs (kernel.apparmor_restrict_unprivileged_userns=1)",
                    "set -Dsandjar.launcher to an installed copy of the launcher and load an AppArmor profile for that path with"
                            + " 'userns,', or run: sysctl kernel.apparmor_restrict_unprivileged_userns=0");
        }
        if ("0".equals(setting("/proc/sys/kernel/unprivileged_userns_clone"))) {
            return new Finding(
                    "user namespaces are for root only (kernel.unprivileged_userns_clone=0)",
                    "run: sysctl kernel.unprivileged_userns_clone=1");
        }
        if ("0".equals(setting("/proc/sys/user/max_user_namespaces"))) {
            return new Finding(
                    "user namespaces are switched off (user.max_user_namespaces=0)",
                    "run: sysctl user.max_user_namespaces=10000; inside a sandbox that forbids nested user namespaces this"
                            + " is meant");
        }
        Finding container = container();
        if (container != null) {
            return container;
        }
        return new Finding(
                "the kernel refuses user namespaces to this process",
                "check CONFIG_USER_NS, user.max_user_namespaces and the security modules of this host");
    }

    private static @Nullable Finding container() {
        boolean docker = Files.exists(Path.of("/.dockerenv")) || Files.exists(Path.of("/run/.containerenv"));
        if (!docker) {
            return null;
        }
        return new Finding(
                "this process runs in a container whose seccomp filter refuses new namespaces",
                "start the container with a seccomp profile that allows clone, unshare, setns, mount, umount2 and pivot_root"
                        + " (docker: --security-opt seccomp=profile.json)");
    }

    private static @Nullable String setting(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return null; // a kernel without this setting
        }
    }
}
