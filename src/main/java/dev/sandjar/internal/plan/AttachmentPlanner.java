package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Capability;
import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.internal.MemberRoutes;
import dev.sandjar.internal.host.Diagnosis;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.network.UplinkBounds;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.network.NetworkDevice;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.NetworkRoute;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.network.TrafficBounds;
import dev.sandjar.network.Uplink;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Networks that several sandboxes are attached to. Their namespaces are made outside, and owned there: the launcher only has the sandbox
 * begin in one. What is left to plan is the names, and what can't be had together with that.
 */
final class AttachmentPlanner {
    private static final String HOSTS = "/etc/hosts";
    private static final String CHANGED = "who has CAP_NET_ADMIN inside can change it";
    private static final String NAMES = "names of the network's members";

    private AttachmentPlanner() {}

    private static Network network(Draft draft) {
        return draft.request.namespaces().network();
    }

    private static boolean isAttached(Draft draft) {
        return !network(draft).members().isEmpty();
    }

    /** Whether the network namespace is made before the sandbox, and owned outside. */
    static boolean isOutside(Draft draft) {
        return isAttached(draft)
                || network(draft).cni().isPresent()
                || !network(draft).devices().isEmpty();
    }

    /** Whether the sandbox's user namespace becomes a child of the one that owns the network, where all ids of this user are. */
    static boolean hasOwner(Draft draft) {
        return isOutside(draft) && !draft.host.privileged();
    }

    static void plan(Draft draft) {
        String missing = draft.host.missing().get(Isolation.NETWORK_NAMESPACE);
        if (missing != null) {
            draft.refuse(
                    null,
                    "network " + network(draft),
                    missing,
                    Diagnosis.of(Isolation.NETWORK_NAMESPACE).remedy());
            return;
        }
        if (draft.request.namespaces().choice(NamespaceKind.NETWORK) instanceof NamespaceChoice.Join) {
            draft.refuse(
                    null,
                    "network " + network(draft),
                    "the network namespace is joined, and a program has one",
                    "leave out the attachment or join(NETWORK, ...)");
            return;
        }
        if (draft.request.namespaces().choice(NamespaceKind.USER) instanceof NamespaceChoice.Join) {
            draft.refuse(
                    null,
                    "network " + network(draft),
                    "a user namespace that is joined is not in the one that owns the network",
                    "use a new user namespace, or a network of its own");
            return;
        }
        if (draft.userNamespace && draft.setup.stream().anyMatch(NamespacePlanner::isSysfs)) {
            draft.refuse(
                    null,
                    "sysfs in an attached network",
                    "only the owner of a network may mount one, who is outside of the sandbox",
                    "leave the sysfs out");
            return;
        }
        // Names are those that there are at the start.
        draft.dependsOnNames = true;
        if (network(draft).cni().isPresent()) {
            draft.dependsOnBase = true;
            CniPlanner.plan(draft, network(draft).cni().get(), mayChange(draft));
            owned(draft);
            return;
        }
        if (!network(draft).devices().isEmpty()) {
            draft.dependsOnBase = true;
            devices(draft);
            owned(draft);
            return;
        }
        List<NetworkMember> members = network(draft).members();
        List<List<NetworkRoute>> routes = MemberRoutes.of(members);
        for (int i = 0; i < members.size(); i++) {
            NetworkMember member = members.get(i);
            draft.enforced(
                    "network " + member,
                    "eth" + i + ", a veth of a bridge in a namespace of its own",
                    subnets(member.network()) + "; " + reach(member.network())
                            + routes.get(i).stream().map(route -> "; " + route).collect(Collectors.joining())
                            + (mayChange(draft) ? "; who has CAP_NET_ADMIN inside can change eth" + i : ""));
        }
        owned(draft);
        network(draft).firewall().ifPresent(firewall -> firewall(draft, "firewall " + firewall, ""));
        members.stream()
                .map(NetworkMember::network)
                .filter(each -> each.firewall().isPresent())
                .forEach(each -> firewall(draft, "firewall of the network " + each.name(), "as it is at the time; "));
        bounds(draft);
        names(draft);
        resolver(draft);
    }

    /** What goes wrong in its networks on purpose now, which is another thing at the next start. */
    static List<AppliedPolicy.Entry> faults(Network network) {
        return network.members().stream()
                .map(NetworkMember::network)
                .distinct()
                .filter(each -> !each.faults().current().isEmpty())
                .map(each -> new AppliedPolicy.Entry(
                        "faults of the network " + each.name(),
                        AppliedPolicy.Outcome.ENFORCED,
                        "faults()",
                        each.faults().current().stream().map(Object::toString).collect(Collectors.joining("; "))))
                .toList();
    }

    private static void devices(Draft draft) {
        for (NetworkDevice device : network(draft).devices()) {
            draft.enforced(
                    "network device " + device,
                    device.mode().isPresent() ? "macvlan, made in its namespace" : "moved to its namespace",
                    "what is at its other end is in reach; at the end "
                            + (device.mode().isPresent()
                                    ? "it is destroyed"
                                    : "the kernel destroys a virtual one, and gives another to the first namespace of the machine")
                            + (mayChange(draft) ? "; who has CAP_NET_ADMIN inside can change it" : ""));
        }
    }

    private static void owned(Draft draft) {
        draft.enforced(
                Isolation.NETWORK_NAMESPACE.label(),
                "made and owned outside, joined by setns(2)",
                draft.userNamespace ? "nobody inside has capabilities over it" : "loopback is up");
    }

    private static void firewall(Draft draft, String request, String reason) {
        String missing = draft.host.networkLacks().get(NetworkFeature.FIREWALL);
        if (missing != null) {
            draft.refuse(null, request, missing, NetworkFeature.FIREWALL.remedy());
            return;
        }
        draft.enforced(
                request,
                "nf_tables in the network namespace of the sandbox",
                reason + (mayChange(draft) ? CHANGED : unchanged(draft)));
    }

    private static void bounds(Draft draft) {
        TrafficBounds traffic = network(draft).traffic();
        traffic.connections(NetworkFeature.isWalled(network(draft)))
                .ifPresent(most -> bound(
                        draft,
                        NetworkFeature.FIREWALL,
                        "at most " + most + " connections at once",
                        "to others, and from each address"));
        traffic.bytes()
                .ifPresent(most -> bound(
                        draft, NetworkFeature.QUOTA, "at most " + most + " of traffic", "what is beyond is refused"));
        traffic.sendRate()
                .ifPresent(most -> bound(
                        draft, NetworkFeature.RATE, "at most " + most + " sent in a second", "by each interface"));
        traffic.receiveRate()
                .ifPresent(most -> bound(
                        draft, NetworkFeature.RATE, "at most " + most + " received in a second", "by each interface"));
    }

    private static void bound(Draft draft, NetworkFeature feature, String request, String reason) {
        String missing = draft.host.networkLacks().get(feature);
        if (missing == null) {
            draft.enforced(
                    request, feature.mechanism(), reason + "; " + (mayChange(draft) ? CHANGED : unchanged(draft)));
        } else {
            draft.refuse(null, request, missing, feature.remedy());
        }
    }

    private static String reach(SandboxNetwork network) {
        if (network.gateways().isEmpty()) {
            return network.isolatesMembers()
                    ? "isolated, and members from each other: nobody is in reach"
                    : "isolated: only its members are in reach";
        }
        return (network.isolatesMembers() ? "members reach no other, only" : "its members are in reach, and")
                + " the gateway "
                + network.gateways().stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "))
                + " and networks that are connected"
                + network.uplink().map(AttachmentPlanner::out).orElse("");
    }

    private static String out(Uplink uplink) {
        return (uplink.isUserMode()
                        ? "; out by a program of the host that connects for them (" + uplink
                                + "), services of the host "
                        : "; out by the host's network namespace with its address (NAT), services of the host ")
                + (uplink.allowsHost() ? "too, " : "and ")
                + "metadata services of clouds not"
                + (uplink.allowed().isEmpty() ? "" : ", but " + uplink.allowed())
                + "; at most " + UplinkBounds.OF_MEMBER + " connections of each address at once, and "
                + UplinkBounds.OF_NETWORK + " of all";
    }

    private static String subnets(SandboxNetwork network) {
        return network.subnets().stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    /** Without a user namespace of its own, capabilities are those over everything. */
    private static boolean mayChange(Draft draft) {
        var capabilities = draft.request.process().capabilities().any();
        return !draft.userNamespace
                && (capabilities.contains(Capability.NET_ADMIN) || capabilities.contains(Capability.SYS_ADMIN));
    }

    /** Packet sockets are nearer to the interface than the hooks of nf_tables. */
    private static String unchanged(Draft draft) {
        return !draft.userNamespace
                        && draft.request.process().capabilities().any().contains(Capability.NET_RAW)
                ? "who has CAP_NET_RAW inside can't change it, but sends and reads past it by packet sockets"
                : "nobody inside can change it";
    }

    private static void names(Draft draft) {
        if (network(draft).members().size() == 1
                && !network(draft).members().get(0).network().resolvers().isEmpty()) {
            return;
        }
        RootFs root = draft.request.root();
        List<MountEntry> given = draft.request.mounts().stream()
                .filter(entry -> entry.target().equals(HOSTS) || entry.target().equals("/etc"))
                .toList();
        boolean presets = !given.isEmpty() && PortPlanner.isPresets(given.get(given.size() - 1));
        if (presets || (given.isEmpty() && root instanceof RootFs.HostReadOnly)) {
            draft.enforced(NAMES, HOSTS, "those that there are at the start");
        } else if (!given.isEmpty() || root instanceof RootFs.Host || root instanceof RootFs.Directory) {
            draft.entries.add(new AppliedPolicy.Entry(
                    NAMES,
                    AppliedPolicy.Outcome.DEGRADED,
                    "",
                    "they are lines of " + HOSTS + ", and what is there is not the sandbox's own; addresses work"));
        } else {
            if (Link.hostsLines(network(draft)) == null) { // else the file that has these has the members too
                Bytes local = Bytes.of("127.0.0.1\tlocalhost\n::1\tlocalhost\n");
                draft.setup(
                        new Work.WriteHosts(HOSTS, 0644, local, network(draft)),
                        Opcode.REPLACE,
                        "write " + HOSTS,
                        null);
            }
            draft.enforced(NAMES, HOSTS, "those that there are at the start");
        }
    }

    /** The network that a sandbox asks for names. */
    private static Optional<SandboxNetwork> resolving(Network network) {
        return network.members().stream()
                .map(NetworkMember::network)
                .filter(each -> !each.resolvers().isEmpty())
                .findFirst();
    }

    private static void resolver(Draft draft) {
        SandboxNetwork network = resolving(network(draft)).orElse(null);
        if (network == null) {
            return;
        }
        ResolverFiles.plan(
                draft,
                "names by the resolver of " + network.name(),
                "members that run, and nobody else",
                "addresses work");
    }

    private static String nameServers(SandboxNetwork network) {
        return network.resolvers().stream()
                .map(address -> "nameserver " + address.getHostAddress() + "\n")
                .collect(Collectors.joining());
    }

    /** What {@code /etc/resolv.conf} has to say; empty if nothing. */
    static Optional<String> nameServers(Draft draft) {
        return resolving(network(draft)).map(AttachmentPlanner::nameServers);
    }

    /**
     * The same file with the names of members, if it is the one that has them.
     *
     * @param entry that asks for it; null if it is one of what a root begins with
     */
    static Work withNames(Draft draft, MountEntry.@Nullable FileBytes entry, Work.WriteFile file) {
        boolean ours =
                isAttached(draft) && file.target().equals(HOSTS) && (entry == null || PortPlanner.isPresets(entry));
        return ours ? new Work.WriteHosts(file.target(), file.mode(), file.content(), network(draft)) : file;
    }

    /** What the file says now. A name that two networks have is that of the first, and one of a port of the host is no member's. */
    static byte[] hosts(Bytes content, Network network) {
        Map<String, List<InetAddress>> names = new LinkedHashMap<>();
        SandboxNetwork resolving = resolving(network).orElse(null);
        network.members().stream()
                .map(NetworkMember::network)
                .filter(each -> each != resolving)
                .forEach(each -> each.names().forEach(names::putIfAbsent));
        network.rules().ports().forEach(rule -> rule.name().ifPresent(names::remove));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(content.toArray());
        names.forEach((name, addresses) -> addresses.forEach(address ->
                out.writeBytes((address.getHostAddress() + "\t" + name + "\n").getBytes(StandardCharsets.US_ASCII))));
        return out.toByteArray();
    }
}
