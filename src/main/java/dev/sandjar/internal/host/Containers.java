package dev.sandjar.internal.host;

import org.jspecify.annotations.Nullable;

/** Which container this process runs in, and what such a container has to allow. */
final class Containers {
    static final String CALLS =
            "clone, clone3, unshare, setns, mount, umount2, pivot_root, open_tree, move_mount, fsopen,"
                    + " fsconfig, fsmount, mount_setattr, sethostname, setdomainname, keyctl";

    private Containers() {}

    /** Such as "docker"; null outside of any that leaves a mark. */
    static @Nullable String kind(HostFiles files) {
        if (files.exists("/var/run/secrets/kubernetes.io")) {
            return "kubernetes";
        }
        if (files.exists("/run/.containerenv")) {
            return "podman";
        }
        if (files.exists("/.dockerenv")) {
            return "docker";
        }
        String systemd = files.text("/run/systemd/container");
        if (systemd != null && systemd.matches("[a-z0-9-]{1,32}")) {
            return systemd;
        }
        String groups = String.join("\n", files.lines("/proc/self/cgroup"));
        if (groups.contains("/kubepods")) {
            return "kubernetes";
        }
        return groups.contains("/docker/") ? "docker" : groups.contains("/lxc/") ? "lxc" : null;
    }

    static boolean hasFilter(HostFiles files) {
        return files.status("Seccomp").equals("2");
    }

    static Diagnosis.Finding filter(@Nullable String kind) {
        String profile =
                "use the seccomp profile that \"doctor --seccomp-profile\" prints, as sandjar.json, or take that of the container engine and"
                        + " allow, without conditions: " + CALLS;
        if (kind == null) {
            return new Diagnosis.Finding(
                    "a seccomp filter is on this process, and it refuses the calls that make namespaces",
                    "let whatever started this process (a service manager's SystemCallFilter= or RestrictNamespaces=, a container,"
                            + " another sandbox) allow: " + CALLS);
        }
        String use =
                switch (kind) {
                    case "kubernetes" ->
                        "; name it in securityContext.seccompProfile {type: Localhost, localhostProfile: sandjar.json}";
                    case "podman", "docker" -> "; start the container with --security-opt seccomp=sandjar.json";
                    default -> "";
                };
        return new Diagnosis.Finding(
                "this process runs in a container (" + kind
                        + ") whose seccomp filter refuses the calls that make namespaces",
                profile + use);
    }

    static Diagnosis.Finding unmaskProc(String reason, @Nullable String kind, String otherwise) {
        String docker = "start the container with --security-opt systempaths=unconfined";
        String kubernetes = "set securityContext.procMount: Unmasked (with hostUsers: false)";
        String podman = "start the container with --security-opt unmask=ALL";
        String remedy = kind == null
                ? "unmount what hides parts of /proc; in a container: docker --security-opt systempaths=unconfined, podman"
                        + " --security-opt unmask=ALL, Kubernetes procMount: Unmasked"
                : switch (kind) {
                    case "kubernetes" -> kubernetes;
                    case "podman" -> podman;
                    default -> docker;
                };
        return new Diagnosis.Finding(reason, remedy + "; " + otherwise);
    }
}
