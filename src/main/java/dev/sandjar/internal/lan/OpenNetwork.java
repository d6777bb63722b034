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
import dev.sandjar.internal.network.NameAnswer;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import dev.sandjar.network.MemberTraffic;
import dev.sandjar.network.NetworkCapture;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.network.Uplink;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A network that is open: a namespace with a bridge, which the keeper keeps. Thread-safe. */
public final class OpenNetwork implements LiveNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(OpenNetwork.class);
    private static final Map<SandboxNetwork, OpenNetwork> ALL = Collections.synchronizedMap(new WeakHashMap<>());

    /** Indexes that no interface has which a kernel puts into every namespace. */
    private static final int BRIDGE = 100;

    static final String BRIDGE_NAME = "br0";

    /** Less than any number that the keeper gives. */
    private static final long NONE = 0;

    static final int FIRST_INSIDE = 100;

    private final NetworkLayout layout;
    private final Keeper keeper;
    private final long namespace;
    private final MemberPlaces places;
    private final Map<SandboxProcess, List<InetAddress>> processes = Collections.synchronizedMap(new WeakHashMap<>());
    private final Map<SandboxProcess, LiveFirewall> walls = Collections.synchronizedMap(new WeakHashMap<>());
    private final @Nullable NetworkFirewall firewall;
    private final OpenFaults faults = new OpenFaults(this);
    private final Queue<PacketCapture> captures = new ConcurrentLinkedQueue<>();
    private @Nullable NameServer names;
    private @Nullable Way uplink;

    private OpenNetwork(NetworkLayout layout, Keeper keeper, long namespace) {
        this.layout = layout;
        this.keeper = keeper;
        this.namespace = namespace;
        this.places = new MemberPlaces(layout);
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
            List<Message> messages = new ArrayList<>(List.of(LinkMessages.bridge(new LinkMessages.Interface(
                    BRIDGE, BRIDGE_NAME, HardwareAddresses.of(HardwareAddresses.MEMBER, 1), layout.mtu()))));
            if (layout.hasGateway() || layout.hasResolver()) {
                layout.subnets()
                        .forEach(subnet -> messages.add(AddressMessages.add(BRIDGE, subnet.at(1), subnet.prefix())));
            }
            if (layout.hasGateway() && layout.keepsApart()) {
                messages.addAll(Detour.closed(layout));
            }
            for (Map.Entry<String, String> each : RoutingSettings.of(layout).entrySet()) {
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

    boolean hasIpv6Subnet() {
        return layout.subnets().stream().anyMatch(subnet -> !subnet.isIpv4());
    }

    /** Those who are there now, but for what is wrong with names. */
    private final class Running implements NameAnswer.Names {
        @Override
        public boolean fails(String name) {
            return faults.names().fails(name, System.nanoTime());
        }

        @Override
        public @Nullable List<InetAddress> addresses(String name) {
            List<InetAddress> wrong = faults.names().wrong().get(name);
            return wrong == null ? places.addresses(name) : wrong;
        }

        @Override
        public @Nullable String name(InetAddress address) {
            return places.name(address);
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

    MemberPlaces places() {
        return places;
    }

    private String attaching() {
        return "attach the sandbox to the network " + layout.name();
    }

    /**
     * An interface for a namespace that the keeper has, and its other end here: both are down, and this one is no port of the bridge yet.
     *
     * @param position of the network among those of the sandbox
     */
    void prepare(int port, long inside, int position, KeeperSteps steps) {
        // Any addresses: there are others as soon as it is known who gets it.
        LinkMessages.Interface here = new LinkMessages.Interface(
                port,
                "m" + (port - MemberPlaces.FIRST_PORT),
                HardwareAddresses.of(HardwareAddresses.PORT, port),
                layout.mtu());
        LinkMessages.Interface there = new LinkMessages.Interface(
                FIRST_INSIDE + position,
                "eth" + position,
                HardwareAddresses.of(HardwareAddresses.MEMBER, port),
                layout.mtu());
        steps.send(namespace, List.of(LinkMessages.spare(here, there, inside)), attaching());
    }

    /** Connects what is prepared with the bridge; inside the interface is still down. */
    void connect(Place place, KeeperSteps steps) {
        List<Message> messages = new ArrayList<>(List.of(
                LinkMessages.port(place.port(), HardwareAddresses.of(HardwareAddresses.PORT, place.number()), BRIDGE)));
        if (layout.keepsApart()) {
            messages.add(LinkMessages.isolated(place.port()));
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
            throw MemberPlaces.full(attaching(), "a bridge has 1023 ports");
        }
    }

    /**
     * A place, which is to be given back by {@link #disconnect}.
     *
     * @param port which is prepared
     * @param position of the network among those of the sandbox
     */
    Place take(NetworkMember member, int port, int position) throws SandboxException {
        return places.take(this, member, port, position, attaching());
    }

    /** Whether a fault loses all packets between the member and another one. */
    boolean isParted(Place place) {
        return faults.isParted(place);
    }

    /** Nobody finds the member any more, even where the kernel is slow to end its namespace. */
    void disconnect(Place place) {
        try {
            if (isOpen()) {
                keeper.send(namespace, List.of(LinkMessages.down(place.port())), "detach from the network");
            }
        } catch (SandboxException e) {
            if (!Errno.ENODEV.is(e.errno())) {
                LOG.debug("A member's port is gone with its network", e);
            }
        } finally {
            faults.left(place);
            places.free(place);
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
        places.requireOpen("replace the firewall of the network " + layout.name());
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

    @Override
    public List<MemberTraffic> traffic() throws SandboxException {
        String step = "read the traffic of the network " + layout.name();
        places.requireOpen(step);
        return TrafficCounts.of(places.all(), keeper, namespace, step);
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
        places.requireOpen(step);
        PacketCapture capture = PacketCapture.open(Kernel.get(), keeper, namespace, BRIDGE, file, most);
        captures.removeIf(before -> !before.isOpen());
        captures.add(capture);
        try {
            // Who has closed the network meanwhile may not have seen it.
            places.requireOpen(step);
        } catch (SandboxException e) {
            capture.stop();
            throw e;
        }
        return capture;
    }

    /** Whether a member is at the other end of an interface. */
    static boolean isPort(int index) {
        return index >= MemberPlaces.FIRST_PORT && index < Crossings.FIRST;
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
        return places.reserve(name);
    }

    @Override
    public Map<String, List<InetAddress>> names() {
        return places.names();
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
        return !places.isClosed() && !keeper.isEnded();
    }

    @Override
    public void close() {
        if (!places.close()) {
            return;
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
