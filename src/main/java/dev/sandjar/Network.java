package dev.sandjar;

import dev.sandjar.internal.MemberRoutes;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.EgressProxy;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.NameResolver;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.PortRule;
import dev.sandjar.network.SandboxNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
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
    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_MAX = 4096;
    private static final int PER_SECOND_MAX = 1_000_000;
    private static final Duration FIRST_BYTES = Duration.ofSeconds(10);
    private static final Duration FIRST_BYTES_MAX = Duration.ofMinutes(1);
    private static final int INTERFACES_MAX = 16;

    private static final Network NONE = new Network(Grade.NONE, SetValues.none(Part.class));
    private static final Network LOOPBACK = new Network(Grade.LOOPBACK, SetValues.none(Part.class));
    private static final Network HOST = new Network(Grade.HOST, SetValues.none(Part.class));
    private static final Network HOST_WITH_SOCKETS = new Network(Grade.HOST_WITH_SOCKETS, SetValues.none(Part.class));

    private enum Grade {
        NONE("none"),
        LOOPBACK("loopback"),
        ATTACHED("attached"),
        HOST("host"),
        HOST_WITH_SOCKETS("host with AF_UNIX sockets");

        private final String word;

        Grade(String word) {
            this.word = word;
        }
    }

    /** What only a network with loopback of its own has, and of one that is attached the firewall. */
    private enum Part {
        FIREWALL,
        RULES,
        EGRESS,
        DECIDER,
        LISTENER,
        RESOLVER,
        CONNECTIONS,
        BYTES,
        PER_SECOND,
        FIRST_BYTES,
        PROXIES
    }

    private final Grade grade;
    private final SetValues<Part> ports;
    private final List<NetworkMember> members;

    private Network(Grade grade, SetValues<Part> ports) {
        this(grade, ports, List.of());
    }

    private Network(Grade grade, SetValues<Part> ports, List<NetworkMember> members) {
        this.grade = grade;
        this.ports = ports;
        this.members = members;
    }

    private Network with(Part part, Object value) {
        return new Network(grade, ports.with(part, value), members);
    }

    /** What is as by default is not set. */
    private Network with(Part part, Object value, Object byDefault) {
        return value.equals(byDefault) ? new Network(grade, ports.without(List.of(part))) : with(part, value);
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
     * @throws IllegalArgumentException if two are the same, two have a route to the same addresses, or there are more than 16
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
     * @throws IllegalArgumentException if two are of the same network, two have a route to the same addresses, or there are more than 16
     */
    public static Network attached(NetworkMember first, NetworkMember... more) {
        Objects.requireNonNull(first, "first");
        Checks.elements("more", more);
        List<NetworkMember> members = new ArrayList<>(List.of(first));
        members.addAll(List.of(more));
        Checks.range("number of networks", members.size(), 1, INTERFACES_MAX);
        if (members.stream().map(NetworkMember::network).distinct().count() < members.size()) {
            throw new IllegalArgumentException("two of " + members + " are of the same network");
        }
        MemberRoutes.of(members);
        return new Network(Grade.ATTACHED, SetValues.none(Part.class), List.copyOf(members));
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
        if (grade != Grade.ATTACHED) {
            throw new IllegalStateException("a firewall needs Network.attached(...), not the network " + this
                    + (isSeparate()
                            ? ", in which nothing but rules of ports and names is in reach"
                            : ", which is the host's"));
        }
        return with(Part.FIREWALL, Objects.requireNonNull(firewall, "firewall"));
    }

    /**
     * Which connections the sandbox may have in the networks that it is attached to.
     *
     * @return empty for all
     */
    public Optional<Firewall> firewall() {
        return ports.get(Part.FIREWALL, Firewall.class);
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
        if (isSeparate()) {
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
        return grade == Grade.HOST_WITH_SOCKETS;
    }

    /**
     * Whether the sandbox gets a new network.
     *
     * @return false for {@link #host()} and {@link #withUnixSockets()}
     */
    public boolean isSeparate() {
        return grade == Grade.NONE || grade == Grade.LOOPBACK || grade == Grade.ATTACHED;
    }

    /**
     * Whether 127.0.0.1 works.
     *
     * @return false for {@link #none()}
     */
    public boolean isLoopbackUp() {
        return grade != Grade.NONE;
    }

    /**
     * Lets clients of the host reach a server inside: on 127.0.0.1, at any port that is free, which {@link
     * SandboxProcess#publishedPort} tells. Short for {@code with(PortRule.publish(port))}.
     *
     * @param port where the server listens inside, 1 to 65535
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
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
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
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
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
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
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if out of range or malformed, something is at that port inside already, the name is that of an
     *     {@link EgressRule}, or there are more than 256 ports
     */
    public Network hostPort(int port, String name) {
        Objects.requireNonNull(name, "name");
        return with(PortRule.hostPort(port).named(name));
    }

    /**
     * Adds a rule for a port or a socket that the sandbox shares with the host.
     *
     * @param rule which ports; 256 of all rules together at most
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if another rule has the same place inside, there are too many ports, a socket of the host has no
     *     place inside, a socket inside has none on the host, or an {@link EgressRule} has the name, or the port at all addresses
     */
    public Network with(PortRule rule) {
        Objects.requireNonNull(rule, "rule");
        requireLoopback(rule.toString());
        NetworkRules.check(rule, rules(), egressRules());
        List<PortRule> rules = new ArrayList<>(rules());
        rules.add(rule);
        NetworkRules.count(rules, egressRules(), hasProxies());
        return with(Part.RULES, List.copyOf(rules));
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
     * @param rule which host; 256 ports of all rules together at most
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if another rule has the same name or range and port, the name is that of a port of the host, a
     *     {@link PortRule} has a port that is needed at all addresses, or there are too many
     */
    public Network with(EgressRule rule) {
        Objects.requireNonNull(rule, "rule");
        requireLoopback(rule.toString());
        NetworkRules.check(rule, rules(), egressRules());
        List<EgressRule> rules = new ArrayList<>(egressRules());
        rules.add(rule);
        NetworkRules.count(rules(), rules, hasProxies());
        return with(Part.EGRESS, List.copyOf(rules));
    }

    /**
     * Gives programs inside a proxy of HTTP and one of SOCKS5 too ({@link EgressProxy}), for those that want one. Nothing else is reached by
     * them than without: the same rules, checks, bounds, decider and listener hold. They listen at 198.19.255.254; the variables {@code
     * http_proxy}, {@code https_proxy} and {@code all_proxy}, in small and in capital letters, say where, unless the sandbox or a command
     * sets them, and {@code no_proxy} leaves the sandbox's own loopback out.
     *
     * <p>A request for something that no rule allows is answered: 403 of HTTP, 2 of SOCKS5. So is one whose server can't be reached, where
     * its rule is of {@link EgressRule#anyProtocol()} or the request is one of plain HTTP. Otherwise the tunnel is there before it is
     * known what for, since its first bytes are checked; what is refused then is a reset.
     *
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     */
    public Network withProxies() {
        requireLoopback("withProxies");
        NetworkRules.count(rules(), egressRules(), true);
        return with(Part.PROXIES, true);
    }

    /**
     * Tells whether programs inside have proxies.
     *
     * @return whether {@link #withProxies()} was called
     */
    public boolean hasProxies() {
        return ports.get(Part.PROXIES, Boolean.class).isPresent();
    }

    /**
     * Lets a decider accept or refuse each connection, except of rules that are {@link PortRule#fixed()}. Without it all connections that
     * rules allow are let through.
     *
     * @param decider is asked about each connection
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     */
    public Network decide(ConnectionDecider decider) {
        requireLoopback("decide");
        return with(Part.DECIDER, Objects.requireNonNull(decider, "decider"));
    }

    /**
     * Sets a listener that receives an event of each connection when it has ended: one after the other, on a daemon thread of Sandjar's,
     * and the last before {@link SandboxProcess#waitFor()} of the main process returns. That waits 15 seconds for it after the end of the
     * sandbox, and no longer: a listener that takes more time gets the rest later, and if the relay has not ended by then, it is killed.
     * While a thousand events wait for the listener, no further connections are accepted. The events are logged too, at the level DEBUG.
     *
     * @param listener receives the event
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     */
    public Network listener(Consumer<? super ConnectionEvent> listener) {
        requireLoopback("listener");
        return with(Part.LISTENER, Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Sets how many connections there may be at once in each direction; further ones wait in the kernel's queue.
     *
     * @param most 1 to 4096; the default is 256
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if out of range
     */
    public Network connections(int most) {
        requireLoopback("connections");
        Checks.range("connections", most, 1, CONNECTIONS_MAX);
        return with(Part.CONNECTIONS, most, CONNECTIONS);
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
        requireLoopback("resolver");
        return with(Part.RESOLVER, Objects.requireNonNull(resolver, "resolver"));
    }

    /**
     * Bounds the bytes of all connections that programs inside begin, in both directions together. When they are used up those connections
     * are broken off, and further ones refused.
     *
     * @param most 1 byte or more; by default there is no bound
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if it is 0
     */
    public Network bytes(DataSize most) {
        Objects.requireNonNull(most, "most");
        requireLoopback("bytes");
        Checks.range("bytes", most.toBytes(), 1, Long.MAX_VALUE);
        return with(Part.BYTES, most);
    }

    /**
     * Bounds how many connections programs inside begin in a second. Further ones wait in the kernel's queue.
     *
     * @param most 1 to 1000000; by default there is no bound
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if out of range
     */
    public Network connectionsPerSecond(int most) {
        requireLoopback("connectionsPerSecond");
        Checks.range("connections per second", most, 1, PER_SECOND_MAX);
        return with(Part.PER_SECOND, most);
    }

    /**
     * Sets how long a connection of an {@link EgressRule} may take to say for which host it is, from its beginning.
     *
     * @param most 1 ms to 1 minute; the default is 10 seconds
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()} or {@link #egress}
     * @throws IllegalArgumentException if out of range
     */
    public Network firstBytes(Duration most) {
        Objects.requireNonNull(most, "most");
        requireLoopback("firstBytes");
        if (most.compareTo(Duration.ofMillis(1)) < 0 || most.compareTo(FIRST_BYTES_MAX) > 0) {
            throw new IllegalArgumentException("time for the first bytes " + most + ", allowed is 1 ms to 1 minute");
        }
        return with(Part.FIRST_BYTES, most, FIRST_BYTES);
    }

    private void requireLoopback(String what) {
        if (grade != Grade.LOOPBACK) {
            throw new IllegalStateException(
                    what + " needs Network.loopback(), not the network " + this + reasonAgainstPorts());
        }
    }

    private String reasonAgainstPorts() {
        return switch (grade) {
            case NONE -> ", which has no addresses";
            case ATTACHED -> ", which is others' too";
            default -> ", whose ports are the host's";
        };
    }

    /**
     * The ports and sockets that the sandbox shares with the host.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<PortRule> rules() {
        return ports.list(Part.RULES, PortRule.class);
    }

    /**
     * The hosts that programs inside reach by their names or addresses.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<EgressRule> egressRules() {
        return ports.list(Part.EGRESS, EgressRule.class);
    }

    /**
     * Who says which addresses names have.
     *
     * @return empty for the host's resolver
     */
    public Optional<NameResolver> resolver() {
        return ports.get(Part.RESOLVER, NameResolver.class);
    }

    /**
     * How many bytes there may be of connections that programs inside begin.
     *
     * @return empty for any number
     */
    public Optional<DataSize> bytes() {
        return ports.get(Part.BYTES, DataSize.class);
    }

    /**
     * How many connections programs inside may begin in a second.
     *
     * @return 1 to 1000000, or empty for any number
     */
    public OptionalInt connectionsPerSecond() {
        return ports.number(Part.PER_SECOND);
    }

    /**
     * How long a connection may take to say for which host it is.
     *
     * @return 1 ms to 1 minute
     */
    public Duration firstBytes() {
        return ports.get(Part.FIRST_BYTES, Duration.class).orElse(FIRST_BYTES);
    }

    /**
     * Who decides on connections.
     *
     * @return empty if nobody is asked
     */
    public Optional<ConnectionDecider> decider() {
        return ports.get(Part.DECIDER, ConnectionDecider.class);
    }

    /**
     * Who receives events of connections.
     *
     * @return empty if nobody is
     */
    @SuppressWarnings("unchecked") // only listener(...) puts something there
    public Optional<Consumer<? super ConnectionEvent>> listener() {
        return ports.get(Part.LISTENER, Consumer.class).map(listener -> (Consumer<? super ConnectionEvent>) listener);
    }

    /**
     * How many connections there may be at once in each direction.
     *
     * @return 1 to 4096
     */
    public int connections() {
        return ports.number(Part.CONNECTIONS).orElse(CONNECTIONS);
    }

    /**
     * The memberships of the sandbox in networks that several sandboxes are attached to.
     *
     * @return an immutable list in the order of its interfaces; empty if it is not {@link #attached(NetworkMember, NetworkMember...)}
     */
    public List<NetworkMember> members() {
        return members;
    }

    /** Deciders, listeners and resolvers are equal if they are the same. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Network that
                && grade == that.grade
                && ports.equals(that.ports)
                && members.equals(that.members);
    }

    @Override
    public int hashCode() {
        return Objects.hash(grade, ports, members);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(grade.word);
        rules().forEach(rule -> text.append(", ").append(rule));
        egressRules().forEach(rule -> text.append(", ").append(rule));
        text.append(hasProxies() ? ", with proxies" : "");
        members.forEach(member ->
                text.append(members.indexOf(member) == 0 ? " to " : ", ").append(member));
        decider().ifPresent(decider -> text.append(", decided on"));
        listener().ifPresent(listener -> text.append(", with a listener"));
        resolver().ifPresent(resolver -> text.append(", with a resolver of its own"));
        if (ports.has(Part.CONNECTIONS)) {
            text.append(", at most ").append(connections()).append(" connections at once");
        }
        bytes().ifPresent(most -> text.append(", at most ").append(most));
        connectionsPerSecond()
                .ifPresent(most -> text.append(", at most ").append(most).append(" connections a second"));
        if (ports.has(Part.FIRST_BYTES)) {
            text.append(", first bytes within ").append(firstBytes());
        }
        firewall().ifPresent(firewall -> text.append(", firewall: ").append(firewall));
        return text.toString();
    }
}
