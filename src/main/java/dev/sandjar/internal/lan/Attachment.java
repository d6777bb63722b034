package dev.sandjar.internal.lan;

import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.MemberRoutes;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.launcher.KeeperSteps;
import dev.sandjar.internal.netlink.AddressMessages;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.QueueMessages;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.netlink.RuleMessages;
import dev.sandjar.internal.nft.BoundMessages;
import dev.sandjar.internal.nft.FirewallMessages;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.NetworkRoute;
import dev.sandjar.network.TrafficBounds;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The network namespace of one sandbox that is attached to networks: with an interface for each of them, addresses and all, before there is
 * anybody in it. It belongs to the owner of the networks. Thread-safe.
 */
public final class Attachment implements SandboxSpace {
    private static final String STEP = "make the network of the sandbox";
    private static final int LOOPBACK = 1;

    private static final String TIME_WAIT = "netfilter/nf_conntrack_tcp_timeout_time_wait";
    private static final String TIME_WAIT_SECONDS = "10";

    /** Priorities of rules: between that of the table of local addresses and that of the main table. */
    private static final int OWN_ADDRESSES = 100;

    private static final int NOTHING_ELSE = 200;

    /** Of a new namespace, which has what the host has: neighbours must not reach what listens on 127.0.0.1. */
    public static final Map<String, String> OWN_LOOPBACK =
            Map.of("ipv4/conf/all/route_localnet", "0", "ipv4/conf/default/route_localnet", "0");

    private final Kernel kernel;
    private final Network network;
    private final List<Integer> ports;
    private final int namespace;
    private final int owner;
    private final @Nullable LiveFirewall firewall;
    private final Keeper keeper;
    private final long kept;
    private final List<Part> ofNetworks = new ArrayList<>();

    private final List<Place> places = new ArrayList<>();
    private final AtomicBoolean sent = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Of the firewall of a network: what holds for this member. */
    private record Part(OpenNetwork network, NetworkFirewall whole, LiveFirewall here) {}

    private Attachment(Kernel kernel, Keeper keeper, Keeper.Made made, Network network, List<Integer> ports) {
        this.kernel = kernel;
        this.ports = ports;
        this.network = network;
        this.namespace = made.descriptor();
        this.owner = keeper.owner();
        this.keeper = keeper;
        this.kept = made.id();
        this.firewall = network.firewall().isPresent()
                ? new LiveFirewall(keeper, made.id(), FirewallMessages.ofSandbox())
                : null;
    }

    /**
     * {@link #prepare} and {@link #join}.
     *
     * @param sysctls of the network, by their paths below /proc/sys/net
     * @throws SandboxException if a network is closed or full, or the kernel refuses something
     */
    public static Attachment open(Kernel kernel, Network network, Map<String, String> sysctls) throws SandboxException {
        Attachment attachment = prepare(kernel, network);
        try {
            attachment.join(sysctls);
            return attachment;
        } catch (SandboxException | RuntimeException | Error e) {
            attachment.close();
            throw e;
        }
    }

    /**
     * The namespace with all that is the same whoever gets it: no address and no name is taken for a sandbox that nobody has asked for, and
     * its interfaces are connected to nothing.
     */
    public static Attachment prepare(Kernel kernel, Network network) throws SandboxException {
        List<NetworkMember> members = network.members();
        for (NetworkMember member : members) {
            OpenNetwork.of(member).places().requireOpen(STEP);
        }
        Keeper keeper = OpenNetwork.of(members.get(0)).keeper();
        for (NetworkMember member : members) {
            if (OpenNetwork.of(member).keeper() != keeper) {
                throw new SandboxException(
                        STEP,
                        null,
                        null,
                        0,
                        "the process that kept one of its networks has ended, and another one keeps the others",
                        "open the networks again");
            }
        }
        Map<String, String> settings = new LinkedHashMap<>(RoutingSettings.ofNewInterfaces(false));
        settings.putAll(OWN_LOOPBACK);
        settings.putAll(given(Keepers.mapOf(keeper)));
        List<OpenNetwork> networks = members.stream().map(OpenNetwork::of).toList();
        List<Integer> ports =
                networks.stream().map(each -> each.places().newPort()).toList();
        Keeper.Made made = keeper.newNetwork(
                id -> {
                    KeeperSteps steps = new KeeperSteps();
                    settings.forEach((path, value) -> steps.sysctl(id, path, value));
                    for (int at = 0; at < ports.size(); at++) {
                        networks.get(at).prepare(ports.get(at), id, at, steps);
                        if (networks.get(at).hasIpv6Subnet()) {
                            steps.sysctl(id, "ipv6/conf/eth" + at + "/disable_ipv6", "0");
                        }
                    }
                    List<Message> messages = new ArrayList<>(List.of(LinkMessages.up(LOOPBACK)));
                    if (RoutingSettings.hasIpv6()) {
                        messages.add(RuleMessages.nothingElse(NOTHING_ELSE));
                    }
                    return steps.send(id, messages, STEP);
                },
                STEP);
        return new Attachment(kernel, keeper, made, network, ports);
    }

    /**
     * Has it become a member of its networks, before anybody runs in it; once.
     *
     * @param sysctls of the network, by their paths below /proc/sys/net
     * @throws SandboxException if a network is closed or full, or the kernel refuses something; it is to be closed then
     */
    public void join(Map<String, String> sysctls) throws SandboxException {
        List<NetworkMember> members = network.members();
        for (NetworkMember member : members) {
            OpenNetwork.of(member).places().requireOpen(STEP);
        }
        wall(network);
        KeeperSteps steps = new KeeperSteps();
        bound(steps);
        for (NetworkMember member : members) {
            Place place = OpenNetwork.of(member).take(member, ports.get(places.size()), places.size());
            places.add(place);
            place.network().connect(place, steps);
            if (!place.name().isEmpty()) {
                carryOut(steps);
                steps = new KeeperSteps();
                place.network().arrived(place);
            }
        }
        slow(network.traffic(), steps);
        steps.send(kept, inside(MemberRoutes.of(members)), STEP);
        for (Map.Entry<String, String> each : sysctls.entrySet()) {
            steps.sysctl(kept, each.getKey(), each.getValue());
        }
        carryOut(steps);
    }

    private void carryOut(KeeperSteps steps) throws SandboxException {
        try {
            keeper.carryOut(steps);
        } catch (SandboxException e) {
            for (Place place : places) {
                place.network().requireRoom(e);
            }
            throw e;
        }
    }

    /** Before there is any interface. */
    private void wall(Network network) throws SandboxException {
        if (firewall != null) {
            firewall.replace(network.firewall().orElseThrow(), "set the firewall of the sandbox");
        }
        for (int at = 0; at < network.members().size(); at++) {
            OpenNetwork place = OpenNetwork.of(network.members().get(at));
            NetworkFirewall whole = place.firewall();
            if (whole != null) {
                LiveFirewall here =
                        new LiveFirewall(keeper, kept, FirewallMessages.ofNetwork(at, OpenNetwork.FIRST_INSIDE + at));
                ofNetworks.add(new Part(place, whole, here));
                whole.add(here);
            }
        }
    }

    private void bound(KeeperSteps steps) {
        TrafficBounds traffic = network.traffic();
        OptionalInt connections = traffic.connections(NetworkFeature.isWalled(network));
        String step = "bound the traffic of the sandbox";
        NetworkFeature needs = connections.isPresent() ? NetworkFeature.FIREWALL : NetworkFeature.QUOTA;
        List<Message> rules = BoundMessages.of(connections, traffic.bytes());
        if (!rules.isEmpty()) {
            steps.changeRules(kept, rules, needs, step);
        }
        if (connections.isPresent()) {
            steps.sysctl(kept, TIME_WAIT, TIME_WAIT_SECONDS, step);
        }
    }

    /** Of interfaces that are there, and down: what a sandbox receives is what the other end sends. */
    private void slow(TrafficBounds traffic, KeeperSteps steps) {
        String step = "bound the rate of the sandbox";
        for (Place place : places) {
            int mtu = place.network().layout().mtu();
            if (traffic.sendRate().isPresent()) {
                long rate = traffic.sendRate().get().toBytes();
                steps.send(kept, List.of(QueueMessages.rate(place.index(), rate, mtu)), NetworkFeature.RATE, step);
            }
            if (traffic.receiveRate().isPresent()) {
                long rate = traffic.receiveRate().get().toBytes();
                long outside = place.network().namespace();
                steps.send(outside, List.of(QueueMessages.rate(place.port(), rate, mtu)), NetworkFeature.RATE, step);
            }
        }
    }

    /** Of what has ended the kernel keeps entries that no bound counts. */
    static void forget(Keeper keeper, long network, String step) throws SandboxException {
        keeper.sysctl(network, TIME_WAIT, TIME_WAIT_SECONDS, step);
    }

    /**
     * Puts another firewall in the place of that which the sandbox has.
     *
     * @throws IllegalStateException if it has none, or has ended
     */
    public void replace(Firewall next) throws SandboxException {
        firewall().replace(next, "replace the firewall of the sandbox");
    }

    /**
     * What the firewall has counted.
     *
     * @throws IllegalStateException if there is none, or it is not known
     */
    public FirewallCounters counters() throws SandboxException {
        return firewall().counters();
    }

    /** What the firewall of a sandbox that has ended had counted. */
    public Optional<FirewallCounters> lastCounters() {
        return firewall == null ? Optional.empty() : firewall.last();
    }

    private LiveFirewall firewall() {
        if (firewall == null) {
            throw new IllegalStateException(
                    "the sandbox was started without a firewall: start it with firewall(Firewall.allowAll()) of its Network");
        }
        return firewall;
    }

    /** What needs a capability over the network, which nobody inside has. */
    public static Map<String, String> given() throws SandboxException {
        return given(OwnerMap.ofThisProcess(STEP));
    }

    private static Map<String, String> given(OwnerMap map) {
        Map<String, String> all = new LinkedHashMap<>();
        // A new namespace has what the host has, and who is in two networks must be no router.
        all.put("ipv4/ip_forward", "0");
        if (RoutingSettings.hasIpv6()) {
            all.put(RoutingSettings.IPV6_FORWARDING, "0");
        }
        all.put("ipv4/ip_unprivileged_port_start", "0");
        String groups = map.groups();
        if (groups != null) {
            all.put("ipv4/ping_group_range", groups);
        }
        return all;
    }

    private List<Message> inside(List<List<NetworkRoute>> routes) {
        List<Message> messages = new ArrayList<>();
        for (int at = 0; at < places.size(); at++) {
            Place place = places.get(at);
            messages.add(LinkMessages.up(place.index(), place.hardwareAddress()));
            for (int i = 0; i < place.addresses().size(); i++) {
                messages.add(
                        AddressMessages.add(place.index(), place.addresses().get(i), place.prefix(i)));
            }
            for (NetworkRoute route : routes.get(at)) {
                AddressRange to = route.destination();
                messages.add(RouteMessages.via(to.first(), to.bits(), route.via(), place.index()));
            }
        }
        messages.addAll(own());
        return messages;
    }

    /**
     * Whoever binds a socket to an address that is not there (IPV6_FREEBIND) sends nothing from it. Of IPv4 the kernel never lets anything
     * out with a sender that is not there. An interface to a network without a subnet of IPv6 has no IPv6 at all.
     */
    private List<Message> own() {
        if (!RoutingSettings.hasIpv6()) {
            return List.of();
        }
        Set<Inet6Address> own = new LinkedHashSet<>(); // addresses of links are maybe the same in several networks
        for (Place place : places) {
            if (place.network().hasIpv6Subnet()) {
                own.add(place.linkLocal());
            }
            for (InetAddress address : place.addresses()) {
                if (address instanceof Inet6Address six) {
                    own.add(six);
                }
            }
        }
        List<Message> rules = new ArrayList<>();
        own.forEach(address -> rules.add(RuleMessages.own(address, OWN_ADDRESSES)));
        return rules;
    }

    @Override
    public int[] descriptors() {
        return owner < 0 ? new int[] {namespace} : new int[] {namespace, owner};
    }

    @Override
    public void sent() {
        if (sent.compareAndSet(false, true)) {
            kernel.close(namespace);
        }
    }

    @Override
    public void isOf(SandboxProcess process) {
        Map<OpenNetwork, List<InetAddress>> all = new LinkedHashMap<>();
        places.forEach(place ->
                all.computeIfAbsent(place.network(), key -> new ArrayList<>()).addAll(place.addresses()));
        all.forEach((network, addresses) -> network.isOf(process, List.copyOf(addresses)));
        ofNetworks.forEach(part -> part.network.walls(process, part.here));
    }

    /** Of a sandbox that has ended: completes when its addresses are free, or wait for what it had sent. */
    @Override
    public CompletableFuture<@Nullable Void> afterSandbox(boolean killed) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                leave(killed);
            } finally {
                done.complete(null);
            }
        });
        return done;
    }

    /**
     * Its programs have ended, and what they have sent arrives all the same; but who is killed while it is parted from others is gone at once, as
     * a machine that has lost its power.
     */
    private void leave(boolean killed) {
        sent();
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        closeFirewalls();
        if (killed && places.stream().anyMatch(place -> place.network().isParted(place))) {
            free();
            return;
        }
        Departure departure = new Departure(keeper, kept, this::free);
        if (departure.isOver()) {
            departure.end();
        } else {
            places.forEach(place -> place.network().places().leaves(place, departure));
            departure.begin();
        }
    }

    /** What holds goes on to do so; nobody changes it any more. */
    private void closeFirewalls() {
        if (firewall != null) {
            firewall.close();
        }
        ofNetworks.forEach(part -> {
            part.whole.remove(part.here);
            part.here.close();
        });
    }

    private void free() {
        places.forEach(place -> place.network().disconnect(place));
        keeper.drop(kept);
    }

    /** Nobody is at its places any more. */
    @Override
    public void close() {
        sent();
        if (ended.compareAndSet(false, true)) {
            closeFirewalls();
            free();
        }
    }
}
