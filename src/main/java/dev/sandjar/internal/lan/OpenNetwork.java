package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.LiveFaults;
import dev.sandjar.internal.LiveNetwork;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.launcher.KeeperSteps;
import dev.sandjar.internal.netlink.AddressMessages;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.StatsMessages;
import dev.sandjar.internal.network.NameAnswer;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import dev.sandjar.network.MemberTraffic;
import dev.sandjar.network.NetworkCapture;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.network.Uplink;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A network that is open: a namespace with a bridge, which the keeper keeps. Thread-safe. */
public final class OpenNetwork implements LiveNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(OpenNetwork.class);
    private static final Map<SandboxNetwork, OpenNetwork> ALL = Collections.synchronizedMap(new WeakHashMap<>());

    /** Of all interfaces; a new namespace has the host's value where net.core.devconf_inherit_init_net is 1. */
    static final String IPV6_FORWARDING = "ipv6/conf/all/forwarding";

    private static final String IPV6_OF_NEW_ONES = "ipv6/conf/default/disable_ipv6";

    /** Indexes that no interface has which a kernel puts into every namespace. */
    private static final int BRIDGE = 100;

    static final String BRIDGE_NAME = "br0";

    /** Less than any number that the keeper gives. */
    private static final long NONE = 0;

    private static final int FIRST_PORT = 1000;

    /** Of a bridge, since Linux 6.18; before it is one more. */
    private static final int PORTS_MOST = 1023;

    static final int FIRST_INSIDE = 100;

    private static final int MAC_SIZE = 6;
    /** The first byte of an address that somebody has chosen: of the bridge and of members, and of the bridge's ports. */
    private static final int MEMBER_MAC = 0x0253;

    private static final int PORT_MAC = 0x0653;
    private static final int LINK_LOCAL_SIZE = 16;

    private final NetworkLayout layout;
    private final Keeper keeper;
    private final long namespace;
    private final AddressPool pool;
    private final Map<String, List<InetAddress>> running = new HashMap<>();
    private final Map<InetAddress, String> runningNames = new HashMap<>();
    private final Set<Place> places = new LinkedHashSet<>();
    /** Places of sandboxes that have ended, which are not free yet. */
    private final Map<Place, Departure> leaving = new LinkedHashMap<>();

    private final Map<SandboxProcess, List<InetAddress>> processes = Collections.synchronizedMap(new WeakHashMap<>());
    private final Map<SandboxProcess, LiveFirewall> walls = Collections.synchronizedMap(new WeakHashMap<>());
    private final @Nullable NetworkFirewall firewall;
    private final OpenFaults faults = new OpenFaults(this);
    private final Queue<PacketCapture> captures = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as are pool, running, runningNames, places and leaving. */
    private boolean closed;

    private int ports;

    private @Nullable NameServer names;
    private @Nullable Way uplink;

    private OpenNetwork(NetworkLayout layout, Keeper keeper, long namespace) {
        this.layout = layout;
        this.keeper = keeper;
        this.namespace = namespace;
        this.pool = new AddressPool(layout.subnets());
        this.firewall = layout.firewall()
                .map(first -> new NetworkFirewall(layout.name(), first))
                .orElse(null);
    }

    /** @throws SandboxException if this host does not let this process have one */
    public static OpenNetwork open(NetworkLayout layout) throws SandboxException {
        String step = "open the network " + layout.name();
        Keeper keeper = Keepers.take(step);
        long namespace = NONE;
        int descriptor = -1;
        @Nullable Way uplink = null;
        try {
            Keeper.Made made = keeper.newNetwork(step);
            namespace = made.id();
            descriptor = made.descriptor();
            OpenNetwork network = new OpenNetwork(layout, keeper, made.id());
            List<Message> messages = new ArrayList<>(List.of(LinkMessages.bridge(
                    new LinkMessages.Interface(BRIDGE, BRIDGE_NAME, address(MEMBER_MAC, 1), layout.mtu()))));
            if (layout.hasGateway() || layout.hasResolver()) {
                layout.subnets()
                        .forEach(subnet -> messages.add(AddressMessages.add(BRIDGE, subnet.at(1), subnet.prefix())));
            }
            if (layout.hasGateway() && layout.keepsApart()) {
                messages.addAll(Detour.closed(layout));
            }
            for (Map.Entry<String, String> each : settings(layout).entrySet()) {
                keeper.sysctl(made.id(), each.getKey(), each.getValue(), "set /proc/sys/net/" + each.getKey());
            }
            keeper.send(made.id(), messages, step);
            if (layout.uplink().isPresent()) {
                Uplink asked = layout.uplink().get();
                uplink = asked.isUserMode()
                        ? UserUplink.open(keeper, made, layout, asked)
                        : HostUplink.open(Kernel.get(), keeper, made, layout, asked);
                network.uplink = uplink;
            }
            if (layout.hasResolver()) {
                network.names = NameServer.open(
                        Kernel.get(), keeper, made.id(), layout.resolvers(), network.new Running(), () -> network.faults
                                .names()
                                .delay()
                                .toNanos());
            }
            return network;
        } catch (SandboxException | RuntimeException | Error e) {
            // The keeper goes on for other networks.
            if (uplink != null) {
                uplink.close();
            }
            if (namespace != NONE) {
                keeper.drop(namespace);
            }
            Keepers.giveBack(keeper);
            throw e;
        } finally {
            // Nobody but the keeper may keep it.
            if (descriptor >= 0) {
                Kernel.get().close(descriptor);
            }
        }
    }

    /** A gateway is a router, which tells at once where it has no way to, and passes on of IPv4 only what comes from where its sender is. */
    static Map<String, String> settings(NetworkLayout layout) {
        Map<String, String> all = new LinkedHashMap<>();
        // A new namespace has what the host has.
        all.put("ipv4/ip_forward", layout.hasGateway() ? "1" : "0");
        all.put("ipv4/conf/all/rp_filter", "1");
        all.put("ipv4/conf/all/accept_source_route", "0");
        boolean routes = layout.hasGateway() && layout.subnets().stream().anyMatch(subnet -> !subnet.isIpv4());
        if (routes || hasIpv6()) {
            all.put(IPV6_FORWARDING, routes ? "1" : "0");
        }
        all.putAll(ofNewInterfaces(layout.subnets().stream().anyMatch(subnet -> !subnet.isIpv4())));
        return all;
    }

    /**
     * Whether interfaces that a namespace gets from now on have IPv6. Where nobody asked for it they would have addresses of their links
     * all the same, and by these everybody there the room of 2^64 neighbours, of which the whole machine has a table of 1024.
     */
    static Map<String, String> ofNewInterfaces(boolean ipv6) {
        return hasIpv6() ? Map.of(IPV6_OF_NEW_ONES, ipv6 ? "0" : "1") : Map.of();
    }

    boolean hasIpv6Subnet() {
        return layout.subnets().stream().anyMatch(subnet -> !subnet.isIpv4());
    }

    /** A kernel without IPv6 has no setting for it. */
    static boolean hasIpv6() {
        return Files.exists(Path.of("/proc/sys/net", IPV6_FORWARDING));
    }

    static byte[] address(int kind, int number) {
        return Arrays.copyOf(
                ByteBuffer.allocate(Long.BYTES)
                        .putShort((short) kind)
                        .putInt(number)
                        .array(),
                MAC_SIZE);
    }

    /** Those who are there now. */
    private final class Running implements NameAnswer.Names {
        @Override
        public boolean fails(String name) {
            return faults.names().failing().contains(name);
        }

        @Override
        public @Nullable List<InetAddress> addresses(String name) {
            List<InetAddress> wrong = faults.names().wrong().get(name);
            if (wrong != null) {
                return wrong;
            }
            lock.lock();
            try {
                return running.get(name);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public @Nullable String name(InetAddress address) {
            lock.lock();
            try {
                return runningNames.get(address);
            } finally {
                lock.unlock();
            }
        }
    }

    /** What carries a member's network out. */
    static OpenNetwork of(NetworkMember member) {
        OpenNetwork found = ALL.get(member.network());
        if (found == null) {
            throw new IllegalStateException("the network " + member.network() + " is none that was opened");
        }
        return found;
    }

    @Override
    public void isThatOf(SandboxNetwork network) {
        ALL.put(network, this);
    }

    Keeper keeper() {
        return keeper;
    }

    NetworkLayout layout() {
        return layout;
    }

    long namespace() {
        return namespace;
    }

    /** What carries a network out. */
    private static OpenNetwork of(SandboxNetwork network) {
        return of(network.member());
    }

    @Override
    public void connect(SandboxNetwork other) throws SandboxException {
        Crossings.make(this, of(other));
    }

    @Override
    public void disconnect(SandboxNetwork other) throws SandboxException {
        Crossings.end(this, of(other));
    }

    /**
     * An interface of a member.
     *
     * @param index of the interface inside
     * @param port index of the other end
     * @param name of the member, "" if it has none
     */
    record Place(OpenNetwork network, int index, int number, int port, String name, List<InetAddress> addresses) {
        /** The address of IPv6 that the kernel makes of the hardware address. */
        Inet6Address linkLocal() {
            byte[] mac = address(MEMBER_MAC, number);
            byte[] bytes = new byte[LINK_LOCAL_SIZE];
            bytes[0] = (byte) 0xfe;
            bytes[1] = (byte) 0x80;
            System.arraycopy(mac, 0, bytes, 8, 3);
            bytes[8] ^= 2;
            bytes[11] = (byte) 0xff;
            bytes[12] = (byte) 0xfe;
            System.arraycopy(mac, 3, bytes, 13, 3);
            try {
                return Inet6Address.getByAddress(null, bytes, -1);
            } catch (UnknownHostException e) {
                throw new IllegalStateException(e); // it has the length of one
            }
        }

        String interfaceName() {
            return "eth" + (index - FIRST_INSIDE);
        }

        byte[] hardwareAddress() {
            return address(MEMBER_MAC, number);
        }

        int prefix(int subnet) {
            return network.layout.subnets().get(subnet).prefix();
        }
    }

    private String attaching() {
        return "attach the sandbox to the network " + layout.name();
    }

    /** The index of a port of the bridge, which nobody else gets. */
    int newPort() {
        lock.lock();
        try {
            return FIRST_PORT + ports++;
        } finally {
            lock.unlock();
        }
    }

    /**
     * An interface for a namespace that the keeper has, and its other end here: both are down, and this one is no port of the bridge yet.
     *
     * @param position of the network among those of the sandbox
     */
    void prepare(int port, long inside, int position, KeeperSteps steps) {
        // Any addresses: there are others as soon as it is known who gets it.
        LinkMessages.Interface here =
                new LinkMessages.Interface(port, "m" + (port - FIRST_PORT), address(PORT_MAC, port), layout.mtu());
        LinkMessages.Interface there = new LinkMessages.Interface(
                FIRST_INSIDE + position, "eth" + position, address(MEMBER_MAC, port), layout.mtu());
        steps.send(namespace, List.of(LinkMessages.spare(here, there, inside)), attaching());
    }

    /** Connects what is prepared with the bridge; inside the interface is still down. */
    void connect(Place place, KeeperSteps steps) {
        List<Message> messages =
                new ArrayList<>(List.of(LinkMessages.port(place.port, address(PORT_MAC, place.number), BRIDGE)));
        if (layout.keepsApart()) {
            messages.add(LinkMessages.isolated(place.port));
        }
        steps.send(namespace, messages, attaching());
    }

    /** A named member is there, whose interface is down: what is wrong in the network holds for it from the beginning. */
    void arrived(Place place) throws SandboxException {
        faults.arrived(place);
    }

    /** @throws SandboxException if what the kernel has refused means that there are too many members */
    void requireRoom(SandboxException refusal) throws SandboxException {
        if (Errno.EXFULL.is(refusal.errno()) && attaching().equals(refusal.step())) {
            throw full(attaching(), "a bridge has 1023 ports");
        }
    }

    /**
     * A place, which is to be given back by {@link #disconnect}.
     *
     * @param port which is prepared
     * @param position of the network among those of the sandbox
     */
    Place take(NetworkMember member, int port, int position) throws SandboxException {
        String step = attaching();
        String name = member.name().orElse("");
        for (Departure before = departure(name); before != null; before = departure(name)) {
            before.end(Departure.PATIENCE);
        }
        if (isFull()) {
            departures().forEach(Departure::end);
        }
        lock.lock();
        try {
            requireOpen(step);
            if (running.containsKey(name)) {
                throw new SandboxException(
                        step,
                        null,
                        null,
                        0,
                        "another sandbox is its member " + name + " at this time",
                        "end that one first, or use member(\"...\") with another name, or member()");
            }
            int number = name.isEmpty() ? pool.take() : pool.reserve(name);
            if (number == 0) {
                throw full(step, pool.exhausted());
            }
            List<InetAddress> addresses = pool.addresses(number);
            if (!name.isEmpty()) {
                running.put(name, addresses);
                addresses.forEach(address -> runningNames.put(address, name));
            }
            Place place = new Place(this, FIRST_INSIDE + position, number, port, name, addresses);
            places.add(place);
            return place;
        } finally {
            lock.unlock();
        }
    }

    /** Of who was this member before. */
    private @Nullable Departure departure(String name) {
        lock.lock();
        try {
            return leaving.entrySet().stream()
                    .filter(each -> !name.isEmpty() && each.getKey().name.equals(name))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
        } finally {
            lock.unlock();
        }
    }

    /** Of sandboxes that have ended, and still have places. */
    List<Departure> departures() {
        lock.lock();
        try {
            return List.copyOf(leaving.values());
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is no room beside those that have ended. */
    private boolean isFull() {
        lock.lock();
        try {
            return places.size() + leaving.size() >= PORTS_MOST || !pool.hasRoom();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a fault loses all packets between the member and another one. */
    boolean isParted(Place place) {
        return faults.isParted(place);
    }

    void requireOpen(String step) throws SandboxException {
        lock.lock();
        try {
            if (closed) {
                throw new SandboxException(
                        step, null, null, 0, "the network " + layout.name() + " is closed", "open another network");
            }
        } finally {
            lock.unlock();
        }
    }

    private static SandboxException full(String step, String cause) {
        return new SandboxException(
                step, null, null, 0, cause, "end sandboxes that are attached, or open a network with a larger subnet");
    }

    /** Nobody finds the member any more, but who still gets something of it. */
    void leaves(Place place, Departure departure) {
        lock.lock();
        try {
            forget(place);
            leaving.put(place, departure);
        } finally {
            lock.unlock();
        }
    }

    private void forget(Place place) {
        if (places.remove(place) && running.remove(place.name) != null) {
            place.addresses.forEach(runningNames::remove);
        }
    }

    /** Nobody finds the member any more, even where the kernel is slow to end its namespace. */
    void disconnect(Place place) {
        try {
            if (isOpen()) {
                keeper.send(namespace, List.of(LinkMessages.down(place.port)), "detach from the network");
            }
        } catch (SandboxException e) {
            if (!Errno.ENODEV.is(e.errno())) {
                LOG.debug("A member's port is gone with its network", e);
            }
        } finally {
            free(place);
        }
    }

    private void free(Place place) {
        faults.left(place);
        lock.lock();
        try {
            forget(place);
            leaving.remove(place);
            pool.giveBack(place.number);
        } finally {
            lock.unlock();
        }
    }

    void isOf(SandboxProcess process, List<InetAddress> addresses) {
        processes.put(process, addresses);
    }

    /** What holds for each member beside its own; null if there is none. */
    @Nullable
    NetworkFirewall firewall() {
        return firewall;
    }

    void walls(SandboxProcess process, LiveFirewall wall) {
        walls.put(process, wall);
    }

    @Override
    public Optional<Firewall> currentFirewall() {
        return Optional.ofNullable(firewall).map(NetworkFirewall::current);
    }

    @Override
    public void update(Firewall next) throws SandboxException {
        if (firewall == null) {
            throw new IllegalStateException("the network " + layout
                    + " was opened without a firewall: open it with firewall(Firewall.allowAll()) of its builder");
        }
        requireOpen("replace the firewall of the network " + layout.name());
        firewall.replace(next);
    }

    @Override
    public LiveFaults faults() {
        return faults;
    }

    /** What is wrong with the answers of the name server is something else now. */
    void namesHaveChanged() {
        NameServer server = names;
        if (server != null) {
            server.wake();
        }
    }

    /** One after the other, since one may end meanwhile; what it sends is what its port of the bridge receives. */
    @Override
    public List<MemberTraffic> traffic() throws SandboxException {
        String step = "read the traffic of the network " + layout.name();
        requireOpen(step);
        List<MemberTraffic> all = new ArrayList<>();
        for (Place place : places()) {
            try {
                List<byte[]> answers = keeper.askForLinks(namespace, List.of(StatsMessages.ask(place.port)), step);
                StatsMessages.Stats stats = stats(answers);
                all.add(new MemberTraffic(
                        Optional.of(place.name).filter(name -> !name.isEmpty()),
                        place.addresses,
                        new FirewallCounters.Count(stats.receivedPackets(), stats.receivedBytes()),
                        new FirewallCounters.Count(stats.sentPackets(), stats.sentBytes())));
            } catch (SandboxException e) {
                if (!Errno.ENODEV.is(e.errno())) {
                    throw e;
                }
            }
        }
        return List.copyOf(all);
    }

    private static StatsMessages.Stats stats(List<byte[]> answers) {
        try {
            if (answers.size() == 1) {
                return StatsMessages.read(answers.get(0));
            }
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an answer of the kernel about an interface that has " + e.getMessage());
        }
        throw new ProtocolException(answers.size() + " answers of the kernel about an interface");
    }

    private List<Place> places() {
        lock.lock();
        try {
            return List.copyOf(places);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<SandboxNetwork> connected() {
        return ALL.entrySet().stream()
                .filter(entry -> Crossings.exists(this, entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public NetworkCapture capture(Path file, long most) throws IOException {
        String step = "capture packets of the network " + layout.name();
        requireOpen(step);
        PacketCapture capture = PacketCapture.open(Kernel.get(), keeper, namespace, BRIDGE, file, most);
        captures.removeIf(before -> !before.isOpen());
        captures.add(capture);
        try {
            // Who has closed the network meanwhile may not have seen it.
            requireOpen(step);
        } catch (SandboxException e) {
            capture.stop();
            throw e;
        }
        return capture;
    }

    /** Whether a member is at the other end of an interface. */
    static boolean isPort(int index) {
        return index >= FIRST_PORT && index < Crossings.FIRST;
    }

    @Override
    public FirewallCounters firewallCounters(SandboxProcess process) throws SandboxException {
        LiveFirewall found = walls.get(process);
        if (found == null) {
            List<InetAddress> unused = addresses(process);
            throw new IllegalStateException("the network " + layout + " has no firewall");
        }
        return found.counters();
    }

    @Override
    public List<InetAddress> reserve(String name) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the network " + layout + " is closed");
            }
            return pool.addresses(pool.reserve(name));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<String, List<InetAddress>> names() {
        lock.lock();
        try {
            return Collections.unmodifiableMap(pool.names());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<InetAddress> addresses(SandboxProcess process) {
        List<InetAddress> found = processes.get(process);
        if (found == null) {
            throw new IllegalArgumentException("the sandbox is not attached to the network " + layout);
        }
        return found;
    }

    @Override
    public boolean isOpen() {
        lock.lock();
        try {
            return !closed && !keeper.isEnded();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        Crossings.forget(this);
        NameServer server = names;
        if (server != null) {
            server.close();
        }
        faults.close();
        Way way = uplink;
        if (way != null) {
            way.close();
        }
        // Their sockets would keep the network.
        captures.forEach(PacketCapture::stop);
        keeper.drop(namespace);
        Keepers.giveBack(keeper);
    }
}
