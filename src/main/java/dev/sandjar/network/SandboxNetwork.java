package dev.sandjar.network;

import dev.sandjar.DataSize;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.LiveNetwork;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.SubnetOverlap;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A network of several sandboxes: a bridge in a network namespace of its own ({@code network_namespaces(7)}), to which each sandbox is
 * connected by an interface of its own ({@code veth(4)}). A network is isolated: its members reach each other and nothing else, since
 * it has no router and no interface of the host. Two networks never meet, whatever subnets they have, unless both have a {@link
 * Builder#gateway} and are {@linkplain #connect connected}. No more than 1023 sandboxes can be attached at once, since Linux gives a bridge no more ports. Root and plain users can open
 * networks.
 *
 * <pre>{@code
 * try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
 *     Sandbox server = Sandbox.untrusted().network(Network.attached(lan.member("server"))).build();
 *     Sandbox client = Sandbox.untrusted().network(Network.attached(lan)).build();
 * }
 * }</pre>
 *
 * <p>The interfaces belong to a user namespace outside of those of the members: not even root inside, with all capabilities, can change
 * addresses, routes or interfaces, send with a foreign address through raw or packet sockets, or read what others send. In exchange, every
 * user inside can bind ports below 1024 and, where no seccomp filter refuses them, open {@code IPPROTO_ICMP} sockets ({@code icmp(7)}).
 * Only a sandbox without a user namespace of its own that keeps CAP_NET_ADMIN or CAP_SYS_ADMIN can change its interfaces ({@code
 * capabilities(7)}).
 *
 * <p>One process, {@code sandjar-keeper}, keeps all networks of a JVM. It ends with the last network or with the JVM, however that
 * ends, and the networks end with it; nothing is left on the host. Thread-safe.
 */
public final class SandboxNetwork implements AutoCloseable {
    private static final int NAME_MAX = 63;
    private static final int ROUTES_MAX = 64;
    private static final int MTU = 1500;
    private static final int MTU_MIN = 1280;
    private static final int MTU_MAX = 65_535;
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*");

    /** What must not come to mean another host. */
    private static final List<String> TAKEN = List.of("localhost", "ip6-localhost", "ip6-loopback");

    private final NetworkLayout layout;
    private final LiveNetwork live;
    private final NetworkMember anybody;
    private final NetworkFaults faults;

    private SandboxNetwork(NetworkLayout layout, LiveNetwork live) {
        this.layout = layout;
        this.live = live;
        this.anybody = new NetworkMember(this, "", List.of(), List.of());
        this.faults = new NetworkFaults(this, live.faults());
    }

    /** Collects the settings of a network and opens it. Not thread-safe. */
    public static final class Builder {
        private String name = "lan";
        private final List<Subnet> subnets = new ArrayList<>();
        private final List<NetworkRoute> routes = new ArrayList<>();
        private int mtu = MTU;
        private boolean hasGateway;
        private boolean keepsApart;
        private boolean hasResolver;
        private @Nullable Firewall firewall;
        private @Nullable Uplink uplink;

        private Builder() {}

        /**
         * Sets the name of the network in messages and explanations on the host, "lan" by default. Members don't see it.
         *
         * @param text 1 to 63 lower-case letters, digits, hyphens and dots; each part between dots begins and ends with a letter or digit
         * @return this
         * @throws IllegalArgumentException if the name is malformed
         */
        public Builder name(String text) {
            this.name = checked("name", text);
            return this;
        }

        /**
         * Adds a subnet in CIDR notation, which {@link Subnet#of} parses. A network has one subnet of IPv4, one of IPv6, or both. A
         * subnet may be the same as one of another network, or of the host.
         *
         * @param subnet the subnet, such as {@code 10.7.0.0/24}
         * @return this
         * @throws IllegalArgumentException if {@link Subnet#of} refuses the text, or the network has a subnet of this family already
         */
        public Builder subnet(String subnet) {
            Objects.requireNonNull(subnet, "subnet");
            return subnet(Subnet.of(subnet));
        }

        /**
         * Adds a subnet. A network has one subnet of IPv4, one of IPv6, or both.
         *
         * @param subnet the subnet
         * @return this
         * @throws IllegalArgumentException if the network has a subnet of this family already
         */
        public Builder subnet(Subnet subnet) {
            Objects.requireNonNull(subnet, "subnet");
            if (subnets.stream().anyMatch(other -> other.isIpv4() == subnet.isIpv4())) {
                throw new IllegalArgumentException(subnet + " is the second subnet of IPv" + (subnet.isIpv4() ? 4 : 6)
                        + "; a network has one at most");
            }
            subnets.add(subnet);
            return this;
        }

        /**
         * Sets the maximum transmission unit of all interfaces ({@code netdevice(7)}), 1500 bytes by default.
         *
         * @param bytes the size of the largest packet in bytes, 1280 to 65535
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder mtu(int bytes) {
            this.mtu = Checks.range("mtu", bytes, MTU_MIN, MTU_MAX);
            return this;
        }

        /**
         * Gives the network itself the first address of each subnet, to which the default route of members leads. It answers echo
         * requests there, and passes packets on to networks that are {@linkplain SandboxNetwork#connect connected}, and nowhere else. By
         * default nobody has these addresses, and members have no default route.
         *
         * @return this
         */
        public Builder gateway() {
            this.hasGateway = true;
            return this;
        }

        /**
         * Keeps members apart: none reaches another member of this network, only its gateway, and what can be reached through that. Their
         * interfaces become isolated ports of the bridge ({@code bridge(8)}; Linux 4.18). By default they reach each other.
         *
         * @return this
         */
        public Builder isolateMembers() {
            this.keepsApart = true;
            return this;
        }

        /**
         * Has the network answer members who ask it for names, at port 53 of the first address of each subnet, over UDP. {@code
         * /etc/resolv.conf} ({@code resolv.conf(5)}) of sandboxes that are started afterwards leads there, if that file is their own. It
         * knows the names of members that run, from before their program begins until they have ended, also of those that began later
         * than who asks, and their addresses; of all other names it says that there are none, and asks nobody. Answers are good for the
         * moment (a time to live of 0). It gives 5000 answers a second at most, to whoever reaches it: members of a {@linkplain #connect
         * connected} network can ask too. {@code /etc/hosts} then has no names of this network.
         *
         * <p>A sandbox that is attached to several networks asks the first that has this; names of the others are those of {@code
         * /etc/hosts}. By default no network answers, and names are those of {@code /etc/hosts}.
         *
         * @return this
         */
        public Builder resolver() {
            this.hasResolver = true;
            return this;
        }

        /**
         * Adds a static route that each member has, as {@link NetworkMember#route} does for one.
         *
         * @param destination the addresses in CIDR notation, as {@link AddressRange#of} parses them; {@code 0.0.0.0/0} or {@code ::/0}
         *     for all to which no other route leads, in place of the gateway's
         * @param via the address of the router, which lies in a subnet of the network
         * @return this
         * @throws IllegalArgumentException if one of both is malformed, they are of different families, {@code via} is in no subnet that
         *     was added so far, there is a route to the same addresses already, or there are 64 routes
         */
        public Builder route(String destination, String via) {
            Objects.requireNonNull(destination, "destination");
            Objects.requireNonNull(via, "via");
            add(routes, NetworkRoute.of(destination, via), subnets);
            return this;
        }

        /**
         * Sets which connections all members may have in this network, those that come later too, beside what their own {@link
         * dev.sandjar.Network#firewall} says: both have to allow a connection. It is judged at each end, where it is outgoing and where it
         * is incoming: so a firewall that denies has to allow it in both directions to let one member reach another, and, to have members
         * ask its {@link #resolver()}, outgoing UDP to port 53. A member with such a firewall is no router to or from this network. By
         * default there is none, and {@link SandboxNetwork#update} can't set one.
         *
         * @param allowed which connections
         * @return this
         */
        public Builder firewall(Firewall allowed) {
            this.firewall = Objects.requireNonNull(allowed, "allowed");
            return this;
        }

        /**
         * Gives members a way out, and the network a {@link #gateway()}, through which it leads. Members find names if their {@code
         * /etc/resolv.conf} names a server that is reached so. Members of {@linkplain SandboxNetwork#connect connected} networks have none. By
         * default there is none.
         *
         * @param way which one
         * @return this
         */
        public Builder uplink(Uplink way) {
            this.uplink = Objects.requireNonNull(way, "way");
            return this;
        }

        /**
         * Opens the network: makes its bridge, and starts {@code sandjar-keeper} if no other network of this JVM is open.
         *
         * @return the network, which the caller closes
         * @throws SandboxException if this host does not let this process have a network; the exception says why and what helps
         * @throws dev.sandjar.UnsupportedIsolationException if it does not let this process have the {@link #uplink}, for want of rights, or
         *     as it forwards no packets
         * @throws IllegalStateException if no subnet was added
         */
        public SandboxNetwork open() throws SandboxException {
            if (subnets.isEmpty()) {
                throw new IllegalStateException("a network needs a subnet: add subnet(\"10.7.0.0/24\")");
            }
            NetworkLayout layout = new NetworkLayout(
                    name,
                    subnets,
                    mtu,
                    hasGateway || uplink != null,
                    keepsApart,
                    hasResolver,
                    routes,
                    Optional.ofNullable(firewall),
                    Optional.ofNullable(uplink));
            LiveNetwork live = Engine.get().openNetwork(layout);
            SandboxNetwork network = new SandboxNetwork(layout, live);
            live.isThatOf(network);
            return network;
        }
    }

    /**
     * Begins a network.
     *
     * @return a builder with the default settings and no subnet
     */
    public static Builder builder() {
        return new Builder();
    }

    static void add(List<NetworkRoute> routes, NetworkRoute route, List<Subnet> subnets) {
        if (subnets.stream()
                .noneMatch(subnet -> new AddressRange(subnet.address(), subnet.prefix()).contains(route.via()))) {
            throw new IllegalArgumentException(
                    "the router of " + route + " is in no subnet of the network: " + subnets);
        }
        if (routes.stream().anyMatch(other -> other.destination().equals(route.destination()))) {
            throw new IllegalArgumentException("there is a route to " + route.destination() + " already");
        }
        Checks.range("number of routes", routes.size() + 1, 1, ROUTES_MAX);
        routes.add(route);
    }

    private static String checked(String what, String text) {
        Objects.requireNonNull(text, what);
        if (text.length() > NAME_MAX || !NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(what + " " + Printable.quote(text)
                    + " is not of 1 to 63 small letters, digits, and between them hyphens and dots");
        }
        return text;
    }

    /**
     * Returns the member with a name, which keeps its addresses as long as the network is open. Other members find it by that name: every
     * sandbox that is attached and started afterwards has it in {@code /etc/hosts} ({@code hosts(5)}), if that file is the sandbox's own, or
     * asks the {@linkplain Builder#resolver resolver} of the network.
     * The same name gives an equal member at each call.
     *
     * @param memberName 1 to 63 lower-case letters, digits, hyphens and dots, where each part between dots begins and ends with a
     *     letter or digit; not {@code localhost}, {@code ip6-localhost} or {@code ip6-loopback}
     * @return the member
     * @throws IllegalArgumentException if the name is malformed, or one of those that mean every sandbox itself
     * @throws IllegalStateException if the network is closed, or has no address left for a new name
     */
    public NetworkMember member(String memberName) {
        checked("name", memberName);
        if (TAKEN.contains(memberName)) {
            throw new IllegalArgumentException("the name " + memberName + " means every sandbox itself");
        }
        return new NetworkMember(this, memberName, live.reserve(memberName), List.of());
    }

    /**
     * Returns the member without a name, as which any number of sandboxes can run at once. Each gets addresses of its own when it starts.
     *
     * @return the member, the same at each call
     */
    public NetworkMember member() {
        return anybody;
    }

    /**
     * Returns the name of the network.
     *
     * @return the name that {@link Builder#name} set, or "lan"
     */
    public String name() {
        return layout.name();
    }

    /**
     * Returns the subnets from which members get their addresses.
     *
     * @return an immutable list of one or two subnets, in the order in which they were added
     */
    public List<Subnet> subnets() {
        return layout.subnets();
    }

    /**
     * Returns the maximum transmission unit of all interfaces.
     *
     * @return the size of the largest packet in bytes, 1280 to 65535
     */
    public int mtu() {
        return layout.mtu();
    }

    /**
     * Returns the addresses that the network has itself.
     *
     * @return an immutable list of the first address of each subnet, in the order of {@link #subnets()}; empty if it has no {@link
     *     Builder#gateway}
     */
    public List<InetAddress> gateways() {
        return layout.gateways();
    }

    /**
     * Returns the addresses at which the network answers who asks for names.
     *
     * @return an immutable list of the first address of each subnet, in the order of {@link #subnets()}; empty if it has no {@link
     *     Builder#resolver}
     */
    public List<InetAddress> resolvers() {
        return layout.resolvers();
    }

    /**
     * Returns the way out that members have.
     *
     * @return what {@link Builder#uplink} set; empty if there is none
     */
    public Optional<Uplink> uplink() {
        return layout.uplink();
    }

    /**
     * Tells whether members are kept apart, see {@link Builder#isolateMembers}.
     *
     * @return whether no member reaches another one
     */
    public boolean isolatesMembers() {
        return layout.keepsApart();
    }

    /**
     * Returns the static routes that each member has.
     *
     * @return an immutable list of those that {@link Builder#route} added
     */
    public List<NetworkRoute> routes() {
        return layout.routes();
    }

    /**
     * Connects this network with another one: their gateways pass packets on from members of the one to members of the other, both ways.
     * A third network that is connected to one of both is not in reach of the other. It ends with {@link #disconnect}, and with each of both networks. Of sender addresses of IPv4 only those of
     * the network that a packet comes from are passed on ({@code rp_filter}); of IPv6 the sender's is not looked at.
     *
     * @param other the other network, which has a gateway as this one has
     * @throws SandboxException if one of both is closed, or the kernel refuses something
     * @throws IllegalArgumentException if one of both has no gateway, they are the same, a subnet of the one overlaps one of the other or of a
     *     network that is connected to the other already, or they have no family of addresses in common
     * @throws IllegalStateException if they are connected already, or one of both is to 64 others
     */
    public void connect(SandboxNetwork other) throws SandboxException {
        Objects.requireNonNull(other, "other");
        for (SandboxNetwork each : List.of(this, other)) {
            if (each.gateways().isEmpty()) {
                throw new IllegalArgumentException(
                        "the network " + each + " has no gateway: open it with gateway() of its builder");
            }
        }
        if (other == this) {
            throw new IllegalArgumentException("the network " + this + " can't be connected with itself");
        }
        String overlap = SubnetOverlap.of(subnets(), other.subnets());
        if (overlap != null) {
            throw new IllegalArgumentException(overlap);
        }
        if (subnets().stream()
                .noneMatch(mine -> other.subnets().stream().anyMatch(theirs -> theirs.isIpv4() == mine.isIpv4()))) {
            throw new IllegalArgumentException(
                    "the networks " + this + " and " + other + " have no family of addresses in common");
        }
        live.connect(other);
    }

    /**
     * Ends what {@link #connect} has begun, from either side. Networks that are not connected stay so.
     *
     * @param other the other network
     * @throws SandboxException if the kernel refuses it
     */
    public void disconnect(SandboxNetwork other) throws SandboxException {
        live.disconnect(Objects.requireNonNull(other, "other"));
    }

    /**
     * Returns which connections members may have in this network, beside what their own firewalls say.
     *
     * @return the firewall that {@link Builder#firewall} set, or that has {@linkplain #update replaced} it; empty if there is none
     */
    public Optional<Firewall> firewall() {
        return live.currentFirewall();
    }

    /**
     * Replaces the firewall of the network: for each sandbox that is attached one after the other, each at once as {@link
     * SandboxProcess#update(Firewall)} does, and for all that come later.
     *
     * @param firewall which connections members may have from now on
     * @throws SandboxException if the network is closed, or the kernel refuses it for a member, which has the old one then, as the others
     *     have the new one
     * @throws IllegalStateException if the network was opened without a {@link Builder#firewall}
     */
    public void update(Firewall firewall) throws SandboxException {
        live.update(Objects.requireNonNull(firewall, "firewall"));
    }

    /**
     * Returns what the firewall of the network has let a sandbox do, and kept from it, since the sandbox was attached or the firewall
     * replaced. What it keeps back the sandbox's own firewall may not have seen, and the other way round.
     *
     * @param process the sandbox's main process, running or ended
     * @return the counts of the clauses
     * @throws IllegalArgumentException if the sandbox is not attached to this network
     * @throws IllegalStateException if the network has no firewall, or the sandbox has ended and the counts are not known
     * @throws SandboxException if the process that keeps the networks has ended
     */
    public FirewallCounters firewallCounters(SandboxProcess process) throws SandboxException {
        return live.firewallCounters(Objects.requireNonNull(process, "process"));
    }

    /**
     * Returns what can be made to go wrong between members.
     *
     * @return the same object at each call
     */
    public NetworkFaults faults() {
        return faults;
    }

    /**
     * Begins to write what members say into a file, in the format of {@code pcap-savefile(5)} that {@code tcpdump(8)} and Wireshark read: each
     * frame once, as its sender has sent it, whatever {@linkplain #faults() faults} make of it then. Frames may be larger than {@link #mtu()} and have
     * check sums that nobody has computed yet, as between interfaces of one machine. When the file is full, the first packets stay; what comes faster
     * than it is written is lost. Ends with the network.
     *
     * @param file which must not exist; only its owner may read it
     * @param most how large it may become, 24 bytes or more
     * @return the capture, which the caller closes
     * @throws IllegalArgumentException if {@code most} is less
     * @throws dev.sandjar.UnsupportedIsolationException if the kernel has no packet sockets, which {@code doctor} says too
     * @throws IOException if the network is closed, the file exists or can't be written, or this process has CAP_SYS_ADMIN and CAP_NET_ADMIN
     *     but not CAP_NET_RAW
     */
    public NetworkCapture capture(Path file, DataSize most) throws IOException {
        Objects.requireNonNull(file, "file");
        Checks.range("most", most.toBytes(), 24, Long.MAX_VALUE);
        return live.capture(file, most.toBytes());
    }

    /**
     * Returns what the sandboxes have sent and received that are attached now. What one had by its end, its report tells ({@link
     * dev.sandjar.ResourceUsage#network()}).
     *
     * @return an immutable list of one for each interface, in the order in which they were attached
     * @throws SandboxException if the network is closed, or the process that keeps the networks has ended
     */
    public List<MemberTraffic> traffic() throws SandboxException {
        return live.traffic();
    }

    /**
     * Returns a picture of who is attached now, with addresses and bytes, which networks are connected with this one, and between whom nothing
     * passes; as a graph for {@code dot(1)}.
     *
     * @return a directed graph, in several lines
     * @throws SandboxException as of {@link #traffic()}
     */
    public String toDot() throws SandboxException {
        return picture().dot();
    }

    /**
     * Returns what {@link #toDot} shows in words.
     *
     * @return a line for the network, and one for each member, each network that it is connected with, and each way that is
     *     blocked, or where something is delayed or lost
     * @throws SandboxException as of {@link #traffic()}
     */
    public String describe() throws SandboxException {
        return picture().text();
    }

    private NetworkPicture picture() throws SandboxException {
        return new NetworkPicture(
                this,
                live.traffic(),
                live.connected(),
                live.faults().blocked(),
                live.faults().linked());
    }

    /**
     * Returns the names that {@link #member(String)} has given out so far, with their addresses.
     *
     * @return an unmodifiable copy, in the order in which the names were first asked for
     */
    public Map<String, List<InetAddress>> names() {
        return live.names();
    }

    /**
     * Returns the addresses that a sandbox has, or had, in this network.
     *
     * @param process the sandbox's main process, running or ended
     * @return an immutable list of one address in each subnet, in the order of {@link #subnets()}
     * @throws IllegalArgumentException if the sandbox is not attached to this network
     */
    public List<InetAddress> addresses(SandboxProcess process) {
        return live.addresses(Objects.requireNonNull(process, "process"));
    }

    /**
     * Tells whether the network exists: it was not closed, and the process that keeps it runs.
     *
     * @return whether sandboxes can be attached to the network
     */
    public boolean isOpen() {
        return live.isOpen();
    }

    /**
     * Removes the network. Sandboxes that are attached go on running, but their interfaces in this network are gone. Closing again does
     * nothing.
     */
    @Override
    public void close() {
        live.close();
    }

    /** Returns the name and the subnets of the network in one line. */
    @Override
    public String toString() {
        return layout.toString();
    }
}
