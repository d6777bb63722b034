package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which kernel parameters belong to a namespace rather than to the whole machine. */
final class Sysctls {
    /** As many as a plan has operations. */
    private static final int COUNT_MAX = 1024;

    private static final int PATH_MAX = 255;
    private static final int VALUE_MAX = 1024;
    private static final Set<String> IPC = Set.of(
            "kernel/msgmax",
            "kernel/msgmnb",
            "kernel/msgmni",
            "kernel/msg_next_id",
            "kernel/sem",
            "kernel/sem_next_id",
            "kernel/shmall",
            "kernel/shmmax",
            "kernel/shmmni",
            "kernel/shm_next_id",
            "kernel/shm_rmid_forced");
    private static final Map<String, NamespaceKind> PREFIXES =
            Map.of("net/", NamespaceKind.NETWORK, "fs/mqueue/", NamespaceKind.IPC);
    /** Without max_user_namespaces, which is noNestedUserNamespaces(). */
    private static final Set<String> USER = Set.of(
            "user/max_cgroup_namespaces",
            "user/max_fanotify_groups",
            "user/max_fanotify_marks",
            "user/max_inotify_instances",
            "user/max_inotify_watches",
            "user/max_ipc_namespaces",
            "user/max_mnt_namespaces",
            "user/max_net_namespaces",
            "user/max_pid_namespaces",
            "user/max_time_namespaces",
            "user/max_uts_namespaces");

    private static final Set<String> UTS = Set.of("kernel/hostname", "kernel/domainname");

    private Sysctls() {}

    /** The path below /proc/sys: as {@code sysctl(8)}, the first of "." and "/" separates, and the other one is part of a name. */
    static String path(String name) {
        Checks.text("kernel parameter", name, 1, PATH_MAX);
        int dot = name.indexOf('.');
        int slash = name.indexOf('/');
        boolean dots = dot >= 0 && (slash < 0 || dot < slash);
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            path.append(!dots ? c : c == '.' ? '/' : c == '/' ? '.' : c);
        }
        for (String part : path.toString().split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw refused(name, "is not a name such as net.ipv4.ip_forward");
            }
        }
        if (kind(path.toString()).isEmpty()) {
            throw refused(
                    name,
                    "belongs to the whole machine; of a sandbox's own are net.*, fs.mqueue.*, kernel.shm*, kernel.msg*,"
                            + " kernel.sem, kernel.hostname, kernel.domainname and user.max_* but max_user_namespaces, for"
                            + " which there is noNestedUserNamespaces()");
        }
        return path.toString();
    }

    static String value(String name, String value) {
        return Checks.text("value of " + name, value, 1, VALUE_MAX);
    }

    static void count(Map<String, String> all) {
        Checks.range("number of kernel parameters", all.size(), 0, COUNT_MAX);
    }

    private static IllegalArgumentException refused(String name, String why) {
        return new IllegalArgumentException("kernel parameter " + Printable.quote(name) + " " + why);
    }

    static Optional<NamespaceKind> kind(String path) {
        if (IPC.contains(path)) {
            return Optional.of(NamespaceKind.IPC);
        } else if (UTS.contains(path)) {
            return Optional.of(NamespaceKind.UTS);
        } else if (USER.contains(path)) {
            return Optional.of(NamespaceKind.USER);
        }
        return PREFIXES.entrySet().stream()
                .filter(e -> path.startsWith(e.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
