package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Isolation;
import dev.sandjar.MountEntry;
import dev.sandjar.NamespaceChoice;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.network.AddressCheck;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.network.SyntheticAddresses;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressProxy;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Header;
import dev.sandjar.network.NetworkRule;
import dev.sandjar.network.PortRule;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** Sockets of the sandbox's network that are made for its relay, and the names of what is reached by them. */
final class PortPlanner {
    private static final String REMEDY = "leave the ports out, or let it have network(Network.loopback()) of its own";

    private static final String PORT_NAMES = "names of the host's ports";
    private static final String ALL_NAMES = "names of what is reached outside";
    private static final String PATTERN_NAMES = "names of patterns";
    private static final String HOSTS = "/etc/hosts";
    private static final AddressRange LOOPBACK = AddressRange.of("127.0.0.0/8");
    private static final AddressRange LOOPBACK_SIX = AddressRange.of("::1");
    /** Of a new namespace, loopback is the first device. */
    private static final int LOOPBACK_DEVICE = 1;

    private static final String REACH = "127.0.0.1 and ::1";

    private PortPlanner() {}

    static void plan(Draft draft) {
        Network network = draft.request.namespaces().network();
        if (!Link.any(network)) {
            return;
        }
        if ((draft.flags & Plan.NETWORK) == 0 && !AttachmentPlanner.isOutside(draft)) {
            boolean joined = draft.request.namespaces().choice(NamespaceKind.NETWORK) instanceof NamespaceChoice.Join;
            network.rules()
                    .all()
                    .forEach(rule -> draft.refuse(
                            null,
                            rule.toString(),
                            joined
                                    ? "a network that is joined is others' too, who would find the ports there"
                                    : "there is no network of the sandbox's own",
                            REMEDY));
            return;
        }
        draft.setup(new Work.Bare(Opcode.RELAY), 0, "make the channel to the relay", null);
        boolean names =
                network.rules().egress().stream().anyMatch(rule -> rule.name().isPresent());
        if (names || network.rules().hasProxies()) {
            route(draft, SyntheticAddresses.RANGE, "give names addresses inside");
        }
        network.rules().egress().stream()
                .flatMap(rule -> rule.destination().stream())
                .distinct()
                .filter(range -> !LOOPBACK.contains(range.first()) && !range.equals(LOOPBACK_SIX))
                .forEach(range -> route(draft, range, "have the addresses " + range + " inside"));
        network.rules().egress().forEach(rule -> refuseSpecial(draft, rule));
        for (Link link : Link.of(network)) {
            sockets(draft, link);
        }
        network.rules().all().forEach(rule -> explain(draft, network, rule));
        names(draft, network);
        resolver(draft, network);
        CredentialPlanner.plan(draft);
    }

    private static void resolver(Draft draft, Network network) {
        if (Link.resolverLines(network) == null) {
            return;
        }
        RootFs root = draft.request.root();
        boolean hosts = root instanceof RootFs.Host || root instanceof RootFs.Directory;
        if (hosts && !ResolverFiles.isGiven(draft) && !network.rules().hasProxies()) {
            draft.refuse(
                    null,
                    PATTERN_NAMES,
                    "they are asked for at what " + ResolverFiles.RESOLV_CONF + " says, and that file is the host's",
                    "choose a root with an " + ResolverFiles.RESOLV_CONF
                            + " of its own, such as RootFs.hostReadOnly(), add withProxies(), or name each host");
            return;
        }
        ResolverFiles.plan(draft, PATTERN_NAMES, "what rules allow, over TCP; nobody outside is asked", "proxies work");
    }

    private static void route(Draft draft, AddressRange range, String step) {
        Message local = RouteMessages.local(range.first(), range.bits(), LOOPBACK_DEVICE);
        Bytes message = new Bytes(Batch.of(List.of(local)).bytes());
        draft.setup(new Work.Netlink(RouteMessages.PROTOCOL, message), 0, step, Isolation.NETWORK_NAMESPACE);
    }

    /** Whoever names an address and not that it may be one of those never reaches it. */
    private static void refuseSpecial(Draft draft, EgressRule rule) {
        String wrong = rule.destination()
                .map(range -> AddressCheck.refusal(range, rule.addresses()))
                .orElse(null);
        if (wrong != null) {
            draft.refuse(
                    null,
                    rule.toString(),
                    "each of its addresses would be refused: it " + wrong,
                    "add withAddresses(AddressRange.of(\"" + rule.destination().orElseThrow()
                            + "\")) to the rule, if programs inside are to reach that");
        }
    }

    private static void sockets(Draft draft, Link link) {
        List<Link.Place> places = link.places();
        for (int i = 0; i < places.size(); i++) {
            Link.Place place = places.get(i);
            int number = link.first() + i;
            Bytes address = new Bytes(place.address());
            draft.setup(
                    link.isPublished()
                            ? new Work.Reach(number, address, place.path())
                            : new Work.Listen(number, address, place.path()),
                    place.optional() ? Opcode.OPTIONAL : 0,
                    (link.isPublished() ? "find the way to " : "listen inside for ") + link.rule(),
                    Isolation.NETWORK_NAMESPACE);
        }
    }

    private static void explain(Draft draft, Network network, NetworkRule rule) {
        boolean asks = network.decider().isPresent() && !rule.isFixed();
        if (rule instanceof EgressProxy proxy) {
            String variable = proxy == EgressProxy.HTTP ? "http_proxy" : "all_proxy";
            String at = Link.proxyVariables(network).getOrDefault(variable, "");
            draft.enforced(
                    rule.toString(),
                    "a relay process, and the JVM reads what it is asked for",
                    at + ", for what other rules allow");
            return;
        }
        String how = rule instanceof EgressRule read && read.isIntercepted()
                ? "this JVM ends TLS and reads requests, a relay process has the way there" + credentials(read)
                : rule instanceof EgressRule egress
                        ? (egress.name().isPresent()
                                        ? "a relay process connects to what the host resolves"
                                        : "a relay process connects to the address")
                                + (egress.isAnyProtocol() ? "" : "; TLS and HTTP have to be for it")
                        : "a relay process passes connections on, by sockets of both networks";
        draft.enforced(
                rule.toString(),
                how,
                (rule instanceof EgressRule
                                ? "addresses are checked, " + (asks ? "then each is decided on" : "and nobody decides")
                                : asks ? "each is decided on" : "all are let through")
                        + ", at most "
                        + network.bounds().connections() + " at once" + bounds(network, rule));
    }

    private static String credentials(EgressRule rule) {
        return rule.credentials().isEmpty()
                ? ""
                : "; outside it puts in "
                        + rule.credentials().stream().map(Header::name).collect(Collectors.joining(", "));
    }

    /** Those that hold for connections which programs inside begin. */
    private static String bounds(Network network, NetworkRule rule) {
        if (rule instanceof PortRule port && port.direction() == PortRule.Direction.PUBLISH) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        if (rule instanceof EgressRule egress && !egress.isAnyProtocol()) {
            text.append(", their first bytes within ")
                    .append(network.bounds().firstBytes().toMillis())
                    .append(" ms");
        }
        network.bounds()
                .connectionsPerSecond()
                .ifPresent(most -> text.append(", ").append(most).append(" a second of all that begin inside"));
        network.bounds()
                .bytes()
                .ifPresent(most -> text.append(", ").append(most).append(" of all that begin inside"));
        return text.toString();
    }

    static boolean isPresets(MountEntry entry) {
        return entry.equals(GroundAccess.get().presetHosts());
    }

    /** What a file holds: that of a preset has the names too, one of the caller's what the caller wrote. */
    static byte[] content(Draft draft, MountEntry.FileBytes file) {
        String lines = Link.hostsLines(draft.request.namespaces().network());
        if (file.equals(GroundAccess.get().presetNameServices())) {
            return ResolverFiles.nameServices(draft, file.content());
        }
        if (lines == null || !isPresets(file)) {
            return file.content();
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(file.content());
        content.writeBytes(lines.getBytes(StandardCharsets.UTF_8));
        return content.toByteArray();
    }

    private static void names(Draft draft, Network network) {
        boolean egress =
                network.rules().egress().stream().anyMatch(rule -> rule.name().isPresent());
        String request = egress ? ALL_NAMES : PORT_NAMES;
        String reach = egress ? REACH + ", and addresses of their own" : REACH;
        String lines = Link.hostsLines(network);
        RootFs root = draft.request.root();
        if (lines == null) {
            return;
        }
        List<MountEntry> given = draft.request.mounts().stream()
                .filter(entry -> entry.target().equals(HOSTS) || entry.target().equals("/etc"))
                .toList();
        if (!given.isEmpty() && isPresets(given.get(given.size() - 1))) {
            draft.enforced(request, HOSTS, reach);
        } else if (!given.isEmpty()) {
            draft.entries.add(new AppliedPolicy.Entry(
                    request,
                    AppliedPolicy.Outcome.DEGRADED,
                    "",
                    "what is put at " + HOSTS + " says which names there are"));
        } else if (root instanceof RootFs.Host || root instanceof RootFs.Directory) {
            draft.refuse(
                    null,
                    request,
                    "they are lines of " + HOSTS + ", and that file is the host's",
                    egress
                            ? "choose a root with an " + HOSTS
                                    + " of its own, such as RootFs.hostReadOnly(), or bind a file there"
                            : "leave the names out and use 127.0.0.1, or bind a file with them at " + HOSTS);
        } else {
            if (!(root instanceof RootFs.HostReadOnly)) {
                byte[] content = ("127.0.0.1\tlocalhost\n::1\tlocalhost\n" + lines).getBytes(StandardCharsets.UTF_8);
                Work.WriteFile write = new Work.WriteFile(HOSTS, 0644, new Bytes(content));
                draft.setup(AttachmentPlanner.withNames(draft, null, write), Opcode.REPLACE, "write " + HOSTS, null);
            }
            draft.enforced(request, HOSTS, reach);
        }
    }
}
