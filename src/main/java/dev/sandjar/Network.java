package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.network.ConnectionBounds;
import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.EgressProxy;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.NameResolver;
import dev.sandjar.network.NetworkDevice;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.NetworkRules;
import dev.sandjar.network.PortRule;
import dev.sandjar.network.RequestEvent;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.network.TrafficBounds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which network a sandbox has ({@code network_namespaces(7)}), which ports it shares with the host, and which hosts it reaches. Immutable
 * and thread-safe: each method that takes something returns a new value. See {@link SandboxBuilder#network}.
 *
 * <pre>{@code
 * Network.loopback().publish(8080).hostPort(5432, "db")
 * Network.egress(EgressRule.allow("repo.example.org", 443))
 * }</pre>
 */
public final class Network {
    private static final int DEVICES_MAX = 16;
    private static final Network NONE = of(NetworkKind.NONE);
    private static final Network LOOPBACK = of(NetworkKind.LOOPBACK);
    private static final Network HOST = of(NetworkKind.HOST);
    private static final Network HOST_WITH_SOCKETS = of(NetworkKind.HOST_WITH_SOCKETS);

    private final NetworkKind kind;
    private final NetworkRules rules;
    private final ConnectionCode code;
    private final ConnectionBounds bounds;
    private final Attachments attachments;
    private final Optional<Path> namespace;
    private final Optional<CniNetwork> cni;
    private final List<NetworkDevice> devices;

    private Network(
            NetworkKind kind,
            NetworkRules rules,
            ConnectionCode code,
            ConnectionBounds bounds,
            Attachments attachments,
            Optional<Path> namespace,
            Optional<CniNetwork> cni,
            List<NetworkDevice> devices) {
        this.kind = kind;
        this.rules = rules;
        this.code = code;
        this.bounds = bounds;
        this.attachments = attachments;
        this.namespace = namespace;
        this.cni = cni;
        this.devices = devices;
    }

    private static Network of(NetworkKind kind) {
        return of(kind, Optional.empty(), Optional.empty(), List.of());
    }

    private static Network of(
            NetworkKind kind, Optional<Path> namespace, Optional<CniNetwork> cni, List<NetworkDevice> devices) {
        return new Network(
                kind,
                NetworkRules.none(),
                ConnectionCode.NONE,
                ConnectionBounds.standard(),
                Attachments.NONE,
                namespace,
                cni,
                devices);
    }

    private Network with(NetworkRules more) {
        return new Network(kind, more, code, bounds, attachments, namespace, cni, devices);
    }

    private Network with(ConnectionCode more) {
        return new Network(kind, rules, more, bounds, attachments, namespace, cni, devices);
    }

    private Network with(Attachments more) {
        return new Network(kind, rules, code, bounds, more, namespace, cni, devices);
    }

    /**
     * Gives the sandbox a new network whose only device, loopback, is down: not even 127.0.0.1 works.
     *
     * @return the network
     */
    public static Network none() {
        return NONE;
    }

    /**
     * Gives the sandbox a new network with loopback alone, which is up: processes inside can talk to each other by 127.0.0.1 and ::1.
     *
     * @return the network
     */
    public static Network loopback() {
        return LOOPBACK;
    }

    /**
     * Gives the sandbox a new network with loopback, in which programs reach hosts of the Internet by their names: those of the rules, at
     * their ports, and nothing else. There is no route, and programs need no setting: each name has an address inside, at which a socket
     * of Sandjar's listens. Without rules it is {@link #loopback()}.
     *
     * @param rules which hosts
     * @return the network
     * @throws IllegalArgumentException if two rules have a name and port in common, or there are more than 256 ports
     */
    public static Network egress(EgressRule... rules) {
        Checks.elements("rules", rules);
        Network network = LOOPBACK;
        for (EgressRule rule : rules) {
            network = network.with(rule);
        }
        return network;
    }

    /**
     * Gives the sandbox a new network with loopback, and an interface in each of some networks that several sandboxes are attached to:
     * {@code eth0}, {@code eth1} and so on in their order. Each start gets any free address, as a {@link SandboxNetwork#member()} does. The
     * first network with a {@link SandboxNetwork.Builder#gateway} of IPv4 gives the default route of IPv4, and so with IPv6, unless a
     * static route is the default one.
     *
     * @param first a network, which has to be open when sandboxes are started
     * @param more further networks, no two of them the same
     * @return the network
     * @throws IllegalArgumentException if two are the same, two have subnets that overlap or a route to the same addresses, or there are more
     *     than 16
     */
    public static Network attached(SandboxNetwork first, SandboxNetwork... more) {
        Objects.requireNonNull(first, "first");
        Checks.elements("more", more);
        NetworkMember[] rest = new NetworkMember[more.length];
        Arrays.setAll(rest, i -> more[i].member());
        return attached(first.member(), rest);
    }

    /**
     * Gives the sandbox a new network with loopback, and an interface for each of these memberships: {@code eth0}, {@code eth1} and so on
     * in their order. By the name of a member the other sandboxes of its network find it. Default routes are as of {@link
     * #attached(SandboxNetwork, SandboxNetwork...)}.
     *
     * @param first a member of a network, which has to be open when sandboxes are started
     * @param more members of further networks, no two of the same network
     * @return the network
     * @throws IllegalArgumentException if two are of the same network, two have subnets that overlap or a route to the same addresses, or
     *     there are more than 16
     */
    public static Network attached(NetworkMember first, NetworkMember... more) {
        Objects.requireNonNull(first, "first");
        Checks.elements("more", more);
        List<NetworkMember> members = new ArrayList<>(List.of(first));
        members.addAll(List.of(more));
        return of(NetworkKind.ATTACHED).with(Attachments.of(members));
    }

    /**
     * Puts the sandbox into a network namespace that somebody has made and set up ({@code setns(2)}), such as one of {@code ip
     * netns add}. What is in reach there is as they left it, abstract sockets ({@code unix(7)}) included, and others may be in it too; it is
     * not changed. It needs rights over the user namespace that it belongs to: those of root for one that root has made; a plain user
     * joins that user namespace too, by {@link Namespaces#join}. Same as {@code join(NamespaceKind.NETWORK, namespace)} there.
     *
     * @param namespace its file, such as {@code /run/netns/blue}, {@code /proc/PID/ns/net} or {@code /proc/self/fd/N}; opened at each start,
     *     which refuses what is no namespace, and a link that a sandbox may have put on the way
     * @return the network
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static Network namespace(Path namespace) {
        Path path = Checks.hostPath("namespace file", namespace);
        return of(NetworkKind.NAMESPACE, Optional.of(path), Optional.empty(), List.of());
    }

    /**
     * The file of the namespace that somebody has set up.
     *
     * @return empty if it is not {@link #namespace(Path)}
     */
    public Optional<Path> namespace() {
        return namespace;
    }

    /**
     * Gives the sandbox a new network with loopback, in which plugins of CNI make an interface: those that a configuration lists, in a
     * network namespace of Sandjar's own. Short for {@code cni(CniNetwork.of(configuration))}.
     *
     * @param configuration the file, such as {@code /etc/cni/net.d/10-mynet.conflist}
     * @return the network
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public static Network cni(Path configuration) {
        return cni(CniNetwork.of(configuration));
    }

    /**
     * Gives the sandbox a new network with loopback, in which plugins of CNI make an interface. Each start runs them (ADD), {@link
     * SandboxProcess#cni()} tells what they have made, and after the end of the sandbox they remove it (DEL). Nobody inside has capabilities
     * over the network. If the root is the sandbox's own, {@code /etc/resolv.conf} says what plugins say of names. It needs
     * {@code com.fasterxml.jackson.core:jackson-databind}.
     *
     * @param network which plugins
     * @return the network
     */
    public static Network cni(CniNetwork network) {
        return of(
                NetworkKind.CNI, Optional.empty(), Optional.of(Objects.requireNonNull(network, "network")), List.of());
    }

    /**
     * The plugins that set the network up.
     *
     * @return empty if it is not {@link #cni(CniNetwork)}
     */
    public Optional<CniNetwork> cni() {
        return cni;
    }

    /**
     * Gives the sandbox a new network with loopback, and interfaces of the network that this process is in: some of the host's that are moved, or new ones
     * beside them. What is at their other ends is in reach. Nobody inside has capabilities over them, unless the sandbox has no user
     * namespace of its own. Names are found if {@code /etc/resolv.conf} of the sandbox says where.
     *
     * @param first an interface; what becomes of it at the end, {@link NetworkDevice} says
     * @param more further interfaces, each with a name of its own inside
     * @return the network
     * @throws IllegalArgumentException if two have one name inside, two are to move the same, or there are more than 16
     */
    public static Network devices(NetworkDevice first, NetworkDevice... more) {
        Objects.requireNonNull(first, "first");
        Checks.elements("more", more);
        List<NetworkDevice> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(more));
        Checks.range("number of devices", all.size(), 1, DEVICES_MAX);
        requireDistinct("the name ", all.stream().map(NetworkDevice::insideName).toList());
        requireDistinct(
                "to be moved is ",
                all.stream()
                        .filter(device -> device.mode().isEmpty())
                        .map(NetworkDevice::hostName)
                        .toList());
        return of(NetworkKind.DEVICES, Optional.empty(), Optional.empty(), List.copyOf(all));
    }

    private static void requireDistinct(String what, List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            if (names.indexOf(names.get(i)) < i) {
                throw new IllegalArgumentException("twice " + what + names.get(i));
            }
        }
    }

    /**
     * The interfaces of the host's network.
     *
     * @return an immutable list; empty if it is not {@link #devices(NetworkDevice, NetworkDevice...)}
     */
    public List<NetworkDevice> devices() {
        return devices;
    }

    /**
     * Sets which connections the sandbox may have in the networks that it is attached to, in both directions, from its very beginning.
     * {@link SandboxProcess#update(Firewall)} replaces the firewall of a sandbox that runs. Without one, whatever is in reach is allowed.
     *
     * @param firewall which connections
     * @return the network
     * @throws IllegalStateException if this is not {@link #attached(NetworkMember, NetworkMember...)}
     */
    public Network firewall(Firewall firewall) {
        Objects.requireNonNull(firewall, "firewall");
        kind.requireAttached("a firewall", this);
        return with(attachments.with(firewall));
    }

    /**
     * Which connections the sandbox may have in the networks that it is attached to.
     *
     * @return empty for all
     */
    public Optional<Firewall> firewall() {
        return attachments.firewall();
    }

    /**
     * Changes how much the sandbox may do in the networks that it is attached to: {@code network.traffic(t -> t.connections(100))}.
     *
     * @param change gets the bounds as they are, and returns those that are to hold
     * @return the network
     * @throws IllegalStateException if this is not {@link #attached(NetworkMember, NetworkMember...)}
     */
    public Network traffic(UnaryOperator<TrafficBounds> change) {
        Objects.requireNonNull(change, "change");
        kind.requireAttached("traffic", this);
        return with(attachments.with(Objects.requireNonNull(change.apply(attachments.traffic()), "traffic")));
    }

    /**
     * How much the sandbox may do in the networks that it is attached to.
     *
     * @return the bounds
     */
    public TrafficBounds traffic() {
        return attachments.traffic();
    }

    /**
     * Leaves the sandbox in the host's own network, with its addresses and ports: no isolation.
     *
     * <p>Abstract sockets ({@code unix(7)}) belong to a network too; X11 and session buses listen on such. In {@link Sandbox#builder()}
     * they can be connected to. In {@link Sandbox#untrusted()} and {@link Sandbox#hermetic()} they can't: Landlock keeps them apart
     * ({@code landlock(7)}, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET; Linux 6.12), also those of the main program from processes of {@link
     * SandboxProcess#exec}. On older kernels, and without a mount namespace, {@code socket(2)} makes none of AF_UNIX there (EAFNOSUPPORT),
     * while {@code socketpair(2)} makes those of SOCK_STREAM and SOCK_SEQPACKET (others: ESOCKTNOSUPPORT), since one of a pair of datagram
     * sockets could send to any address. {@link Sandbox#explain()} says which.
     *
     * @return the network
     * @see #withUnixSockets()
     */
    public static Network host() {
        return HOST;
    }

    /**
     * Leaves the sandbox in the host's network with all sockets of AF_UNIX that can be found there: a program that reaches a session bus,
     * systemd or X11 can act as the user of the host. Only {@link #host()} has them.
     *
     * @return the network
     * @throws IllegalStateException if this is not the host's network
     */
    public Network withUnixSockets() {
        if (!kind.isHosts()) {
            throw new IllegalStateException("the network " + this + " has no sockets of the host");
        }
        return HOST_WITH_SOCKETS;
    }

    /**
     * Whether sockets of AF_UNIX of the host are in reach.
     *
     * @return whether it is that of {@link #withUnixSockets()}
     */
    public boolean hasUnixSockets() {
        return kind == NetworkKind.HOST_WITH_SOCKETS;
    }

    /**
     * Whether the sandbox gets a new network.
     *
     * @return false for {@link #host()}, {@link #withUnixSockets()} and {@link #namespace(Path)}
     */
    public boolean isSeparate() {
        return !kind.isHosts() && namespace.isEmpty();
    }

    /** Whether it has nothing but its kind, which a namespace that is joined has in its place. */
    boolean isPlain() {
        return equals(of(kind, namespace, cni, devices));
    }

    /**
     * Whether 127.0.0.1 works.
     *
     * @return false for {@link #none()}; of {@link #namespace(Path)} it is as somebody left it, and true here
     */
    public boolean isLoopbackUp() {
        return kind != NetworkKind.NONE;
    }

    /**
     * Lets clients of the host reach a server inside: on 127.0.0.1, at any port that is free, which {@link
     * SandboxProcess#publishedPort} tells. Short for {@code with(PortRule.publish(port))}.
     *
     * @param port where the server listens inside, 1 to 65535
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     * @throws IllegalArgumentException if out of range or published already, or there are more than 256 ports
     */
    public Network publish(int port) {
        return with(PortRule.publish(port));
    }

    /**
     * Lets clients of the host reach a server inside at one port of the host's 127.0.0.1.
     *
     * @param port where the server listens inside, 1 to 65535
     * @param hostPort where clients find it, 1 to 65535; 0 for any that is free
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     * @throws IllegalArgumentException if out of range or published already, or there are more than 256 ports
     */
    public Network publish(int port, int hostPort) {
        return with(PortRule.publish(port).onHost(hostPort));
    }

    /**
     * Lets programs inside reach a server at the host's 127.0.0.1, at the same port of 127.0.0.1 and ::1 inside; no other port of the host
     * is in reach. Short for {@code with(PortRule.hostPort(port))}.
     *
     * @param port where the server listens, 1 to 65535
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     * @throws IllegalArgumentException if out of range, something is at that port inside already, or there are more than 256 ports
     */
    public Network hostPort(int port) {
        return with(PortRule.hostPort(port));
    }

    /**
     * Lets programs inside reach a server at the host's 127.0.0.1, also by a name, which {@code /etc/hosts} has inside. Where the caller
     * puts a file or something else there, that says which names there are, and {@link Sandbox#explain()} calls the names degraded.
     *
     * @param port where the server listens, 1 to 65535
     * @param name as {@link PortRule#named} takes it
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     * @throws IllegalArgumentException if out of range or malformed, something is at that port inside already, the name is that of an
     *     {@link EgressRule}, or there are more than 256 ports
     */
    public Network hostPort(int port, String name) {
        Objects.requireNonNull(name, "name");
        return with(PortRule.hostPort(port).named(name));
    }

    /**
     * Adds a rule for a port or a socket that the sandbox shares with the host. Of a sandbox that is {@link #attached(NetworkMember,
     * NetworkMember...)} such connections come and go by its loopback device: neighbours find nothing of them, and neither {@link
     * #firewall(Firewall)} nor {@link #traffic(UnaryOperator)} is about them.
     *
     * @param rule which ports; 256 of all rules together at most
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     * @throws IllegalArgumentException as of {@link NetworkRules#with(PortRule)}
     */
    public Network with(PortRule rule) {
        Objects.requireNonNull(rule, "rule");
        kind.requirePorts(rule.toString(), this);
        return with(rules.with(rule));
    }

    /**
     * Lets programs inside reach a host by its name. Short for {@code with(EgressRule.allow(name, ports))}.
     *
     * @param name as {@link EgressRule#allow} takes it
     * @param ports which, each 1 to 65535; at least one
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException as of {@link #with(EgressRule)}, and of {@link EgressRule#allow}
     */
    public Network allow(String name, int... ports) {
        Objects.requireNonNull(ports, "ports");
        return with(EgressRule.allow(name, ports));
    }

    /**
     * Adds a rule for a host that programs inside may reach by its name or address. {@code /etc/hosts} has the name inside, as with {@link
     * #hostPort(int, String)}.
     *
     * <p>If the rule is {@linkplain EgressRule#isIntercepted() intercepted}, programs find the sandbox's certificate authority by {@code
     * SSL_CERT_FILE}, {@code CURL_CA_BUNDLE}, {@code GIT_SSL_CAINFO}, {@code PIP_CERT}, {@code REQUESTS_CA_BUNDLE} (with those whom this JVM trusts), {@code NODE_EXTRA_CA_CERTS} and {@code JAVA_TOOL_OPTIONS}, each
     * unless the sandbox or a command sets it. They name files of {@code /etc/sandjar}, for which the root has to be the sandbox's own.
     * The artifact {@code org.bouncycastle:bcpkix-jdk18on} is needed then.
     *
     * @param rule which host; 256 ports of all rules together at most
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException as of {@link NetworkRules#with(EgressRule)}
     */
    public Network with(EgressRule rule) {
        Objects.requireNonNull(rule, "rule");
        kind.requireLoopback(rule.toString(), this);
        return with(rules.with(rule));
    }

    /**
     * Gives programs inside a proxy of HTTP and one of SOCKS5 too, for those that want one; see {@link EgressProxy}. Nothing else is reached
     * by them than without.
     *
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if there are more than 256 ports
     */
    public Network withProxies() {
        kind.requireLoopback("withProxies", this);
        return with(rules.withProxies());
    }

    /**
     * Lets a decider accept or refuse each connection, except of rules that are {@link PortRule#fixed()}. Without it all connections that
     * rules allow are let through.
     *
     * @param decider is asked about each connection
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     */
    public Network decide(ConnectionDecider decider) {
        Objects.requireNonNull(decider, "decider");
        kind.requirePorts("decide", this);
        return with(code.withDecider(decider));
    }

    /**
     * Sets a listener that receives an event of each connection when it has ended: one after the other, on a daemon thread of Sandjar's,
     * and the last before {@link SandboxProcess#waitFor()} of the main process returns. That waits 15 seconds for it after the end of the
     * sandbox, and no longer: a listener that takes more time gets the rest later, and if the relay has not ended by then, it is killed.
     * While a thousand events wait for the listener, no further connections are accepted. The events are logged too, at the level DEBUG.
     *
     * @param listener receives the event
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     */
    public Network listener(Consumer<? super ConnectionEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        kind.requirePorts("listener", this);
        return with(code.withListener(listener));
    }

    /**
     * Sets a listener that receives an event of each request to a host whose rule is {@linkplain EgressRule#isIntercepted() intercepted}, in
     * turn with the events of {@link #listener} and as they are received. The events are logged too, at the level DEBUG.
     *
     * @param listener receives the event
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     */
    public Network requestListener(Consumer<? super RequestEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        kind.requireLoopback("requestListener", this);
        return with(code.withRequestListener(listener));
    }

    /**
     * Sets who says which addresses the names of an {@link EgressRule} have. The default is the host's resolver, with its {@code
     * /etc/hosts}, as {@link java.net.InetAddress#getAllByName} asks it, which keeps answers as long as {@code networkaddress.cache.ttl}
     * says.
     *
     * @param resolver is asked once for each connection
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     */
    public Network resolver(NameResolver resolver) {
        Objects.requireNonNull(resolver, "resolver");
        kind.requireLoopback("resolver", this);
        return with(code.withResolver(resolver));
    }

    /**
     * Changes how many connections there may be, how much they may carry, and how long they may take to begin:
     * {@code network.bounds(b -> b.connections(32).bytes(DataSize.mebibytes(200)))}.
     *
     * @param change gets the bounds as they are, and returns those that are to hold
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}, {@link #egress}, {@link
     *     #attached(NetworkMember, NetworkMember...)} or {@link #cni(CniNetwork)}
     */
    public Network bounds(UnaryOperator<ConnectionBounds> change) {
        Objects.requireNonNull(change, "change");
        kind.requirePorts("bounds", this);
        ConnectionBounds changed = Objects.requireNonNull(change.apply(bounds), "bounds");
        return new Network(kind, rules, code, changed, attachments, namespace, cni, devices);
    }

    /**
     * Which ports and sockets the sandbox shares with the host, and which hosts it reaches.
     *
     * @return the rules, in the order in which they were added
     */
    public NetworkRules rules() {
        return rules;
    }

    /**
     * Who decides on connections.
     *
     * @return empty if nobody is asked
     */
    public Optional<ConnectionDecider> decider() {
        return code.decider();
    }

    /**
     * Who receives events of connections.
     *
     * @return empty if nobody is
     */
    public Optional<Consumer<? super ConnectionEvent>> listener() {
        return code.listener();
    }

    /**
     * Who receives events of requests.
     *
     * @return empty if nobody is
     */
    public Optional<Consumer<? super RequestEvent>> requestListener() {
        return code.requestListener();
    }

    /**
     * Who says which addresses names have.
     *
     * @return empty for the host's resolver
     */
    public Optional<NameResolver> resolver() {
        return code.resolver();
    }

    /**
     * How many connections there may be, and how much they may carry.
     *
     * @return the bounds
     */
    public ConnectionBounds bounds() {
        return bounds;
    }

    /**
     * The memberships of the sandbox in networks that several sandboxes are attached to.
     *
     * @return an immutable list in the order of its interfaces; empty if it is not {@link #attached(NetworkMember, NetworkMember...)}
     */
    public List<NetworkMember> members() {
        return attachments.members();
    }

    /** Deciders, listeners and resolvers are equal if they are the same. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Network that && kind == that.kind && parts().equals(that.parts());
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, parts());
    }

    private List<Object> parts() {
        return List.of(rules, code, bounds, attachments, namespace, cni, devices);
    }

    @Override
    public String toString() {
        String attached = attachments.members().isEmpty() ? "" : " to " + attachments;
        return kind
                + namespace.map(path -> " " + PathBytes.shown(path)).orElse("")
                + cni.map(network -> " " + network).orElse("")
                + devices.stream().map(device -> " " + device).collect(Collectors.joining(";"))
                + attached
                + Stream.of(rules, code, bounds)
                        .map(Object::toString)
                        .filter(text -> !text.isEmpty())
                        .map(text -> ", " + text)
                        .collect(Collectors.joining());
    }
}
