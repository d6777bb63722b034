package dev.sandjar;

import dev.sandjar.internal.util.PathBytes;
import java.util.List;
import java.util.Locale;

/** What only the whole of a sandbox can show to be wrong with its namespaces. */
final class NamespaceChecks {
    private NamespaceChecks() {}

    /**
     * The namespaces, with the one of mounts that a root of its own needs.
     *
     * @param withoutMounts whether the mount namespace was taken back
     */
    static Namespaces complete(Namespaces namespaces, boolean ownRoot, boolean withoutMounts, List<String> problems) {
        Namespaces complete = namespaces;
        if (ownRoot) {
            if (namespaces.choice(NamespaceKind.MOUNT) instanceof NamespaceChoice.Join) {
                problems.add("a joined mount namespace has its own root: leave out rootfs(...) or"
                        + " join(MOUNT, ...) in namespaces(...)");
            }
            if (withoutMounts) {
                problems.add(
                        "without(MOUNT_NAMESPACE) can't be with a root of the sandbox's own, which needs that namespace: leave it"
                                + " out, or begin with Sandbox.builder(), whose root is the host's; where a host refuses the namespace,"
                                + " allowDegraded(Isolation.MOUNT_NAMESPACE) lets it be missing");
            }
            complete = namespaces.unshare(NamespaceKind.MOUNT);
        }
        Namespaces checked = complete;
        network(checked, problems);
        checked.sysctls().keySet().forEach(path -> sysctl(path, checked, problems));
        if ((checked.hostname().isPresent() || checked.domainname().isPresent())
                && checked.choice(NamespaceKind.UTS) instanceof NamespaceChoice.Host) {
            problems.add("a host or domain name needs utsNamespace(): it would be set for everybody otherwise");
        }
        if (!checked.nestedUserNamespaces() && !checked.isNew(NamespaceKind.USER)) {
            problems.add("noNestedUserNamespaces() needs userNamespace(): the limit is one of a new user namespace");
        }
        return checked;
    }

    private static void network(Namespaces namespaces, List<String> problems) {
        Network network = namespaces.network();
        if (namespaces.choice(NamespaceKind.NETWORK) instanceof NamespaceChoice.Join join
                && !network.namespace().map(join.path()::equals).orElseGet(network::isPlain)) {
            problems.add("join(NETWORK, " + PathBytes.shown(join.path()) + ") in namespaces(...) and network(" + network
                    + ") name two networks: leave one of them out");
        }
    }

    private static void sysctl(String path, Namespaces namespaces, List<String> problems) {
        Sysctls.kind(path)
                .filter(kind -> namespaces.choice(kind) instanceof NamespaceChoice.Host
                        || (kind == NamespaceKind.USER && !namespaces.isNew(kind)))
                .ifPresent(kind -> problems.add("sysctl(" + path + ") needs a "
                        + (kind == NamespaceKind.USER ? "new " : "")
                        + kind.name().toLowerCase(Locale.ROOT)
                        + " namespace of its own: it would be set for everybody otherwise"));
    }

    /** Ids that a new user namespace does not have. */
    static void user(User user, IdMapping mapping, List<String> problems) {
        if (mapping instanceof IdMapping.FirstIds ids) {
            List<IdMapping.Range> all = List.of(new IdMapping.Range(0, 0, ids.count()));
            user(user, all, all, problems);
        } else if (mapping instanceof IdMapping.Explicit explicit) {
            user(user, explicit.uids(), explicit.gids(), problems);
        } else if (mapping instanceof IdMapping.Single || mapping instanceof IdMapping.Alone) {
            List<IdMapping.Range> only = List.of(new IdMapping.Range(user.gid(), 0, 1));
            user.groups().forEach(id -> mapped("supplementary group", id, only, problems));
        }
    }

    private static void user(User user, List<IdMapping.Range> uids, List<IdMapping.Range> gids, List<String> problems) {
        mapped("user", user.uid(), uids, problems);
        mapped("group", user.gid(), gids, problems);
        user.groups().forEach(id -> mapped("supplementary group", id, gids, problems));
    }

    private static void mapped(String what, long id, List<IdMapping.Range> ranges, List<String> problems) {
        boolean mapped = ranges.stream().anyMatch(range -> id >= range.inside() && id - range.inside() < range.count());
        if (!mapped) {
            problems.add(what + " id " + id + " of user(...) is not in the map of the user namespace");
        }
    }
}
