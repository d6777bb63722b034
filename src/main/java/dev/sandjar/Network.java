package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which network a sandbox has ({@code network_namespaces(7)}), and which ports it shares with the host. Immutable and thread-safe: each
 * method that takes something returns a new value. See {@link SandboxBuilder#network}.
 *
 * <pre>{@code
 * Network.loopback().publish(8080).hostPort(5432, "db")
 * }</pre>
 */
public final class Network {
    private static final int PORTS_MAX = 256;
    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_MAX = 4096;

    private static final Network NONE = new Network(Grade.NONE, Ports.NONE);
    private static final Network LOOPBACK = new Network(Grade.LOOPBACK, Ports.NONE);
    private static final Network HOST = new Network(Grade.HOST, Ports.NONE);
    private static final Network HOST_WITH_SOCKETS = new Network(Grade.HOST_WITH_SOCKETS, Ports.NONE);

    private enum Grade {
        NONE("none"),
        LOOPBACK("loopback"),
        HOST("host"),
        HOST_WITH_SOCKETS("host with AF_UNIX sockets");

        private final String word;

        Grade(String word) {
            this.word = word;
        }
    }

    /** What only a network with loopback of its own has. */
    private record Ports(
            List<PortRule> rules,
            Optional<ConnectionDecider> decider,
            Optional<Consumer<? super ConnectionEvent>> listener,
            int connections) {
        private static final Ports NONE = new Ports(List.of(), Optional.empty(), Optional.empty(), CONNECTIONS);
    }

    private final Grade grade;
    private final Ports ports;

    private Network(Grade grade, Ports ports) {
        this.grade = grade;
        this.ports = ports;
    }

    /**
     * A new network whose only device, loopback, is down: not even 127.0.0.1 works.
     *
     * @return the network
     */
    public static Network none() {
        return NONE;
    }

    /**
     * A new network with nothing but loopback, which is up: processes inside can talk to each other by 127.0.0.1 and ::1.
     *
     * @return the network
     */
    public static Network loopback() {
        return LOOPBACK;
    }

    /**
     * The host's own network, with its addresses and ports: no isolation.
     *
     * <p>Abstract sockets ({@code unix(7)}) belong to a network too; X11 and session buses listen on such. In {@link Sandbox#builder()}
     * they can be connected to. In {@link Sandbox#untrusted()} and {@link Sandbox#hermetic()} they can't: Landlock keeps them apart
     * ({@code landlock(7)}, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET; Linux 6.12), also those of the main program from processes of {@link
     * SandboxProcess#exec}. On older kernels, and without a mount namespace, {@code socket(2)} makes none of AF_UNIX there (EAFNOSUPPORT),
     * while {@code socketpair(2)} makes those of SOCK_STREAM and SOCK_SEQPACKET (others: ESOCKTNOSUPPORT): one of a pair of datagram sockets
     * sends to any address. {@link Sandbox#explain()} says which.
     *
     * @return the network
     * @see #withUnixSockets()
     */
    public static Network host() {
        return HOST;
    }

    /**
     * The host's network with all sockets of AF_UNIX that can be found there: a program that reaches a session bus, systemd or X11 can
     * act as the user of the host. Only {@link #host()} has them.
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
     * Whether it is a new network.
     *
     * @return whether it is none of the host's
     */
    public boolean isSeparate() {
        return grade == Grade.NONE || grade == Grade.LOOPBACK;
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
     * SandboxProcess#publishedPort} tells. {@code with(PortRule.publish(port))}.
     *
     * @param port where the server listens inside, 1 to 65535
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     * @throws IllegalArgumentException if out of range, or published already
     */
    public Network publish(int port) {
        return with(PortRule.publish(port));
    }

    /**
     * The same at one port of the host's 127.0.0.1.
     *
     * @param port where the server listens inside, 1 to 65535
     * @param hostPort where clients find it, 1 to 65535; 0 for any that is free
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     * @throws IllegalArgumentException if out of range, or published already
     */
    public Network publish(int port, int hostPort) {
        return with(PortRule.publish(port).onHost(hostPort));
    }

    /**
     * Lets programs inside reach a server at the host's 127.0.0.1, at the same port of 127.0.0.1 and ::1 inside; no other port of the host
     * is in reach. {@code with(PortRule.hostPort(port))}.
     *
     * @param port where the server listens, 1 to 65535
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     * @throws IllegalArgumentException if out of range, or something is at that port inside already
     */
    public Network hostPort(int port) {
        return with(PortRule.hostPort(port));
    }

    /**
     * The same with a name, which {@code /etc/hosts} has inside. Where the caller puts a file or something else there it says which names
     * there are, and {@link Sandbox#explain()} has the names as degraded.
     *
     * @param port where the server listens, 1 to 65535
     * @param name as of {@link PortRule#named}
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     * @throws IllegalArgumentException if out of range or malformed, or something is at that port inside already
     */
    public Network hostPort(int port, String name) {
        return with(PortRule.hostPort(port).named(name));
    }

    /**
     * Adds a rule.
     *
     * @param rule which ports; 256 of all rules together at most
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     * @throws IllegalArgumentException if another rule has the same place inside, there are too many, or a socket of the host has no place
     *     inside
     */
    public Network with(PortRule rule) {
        requireLoopback(rule.toString());
        if (rule.ports().isEmpty() && rule.insideSocket().isEmpty()) {
            throw new IllegalArgumentException(
                    rule.hostSocket().orElseThrow() + " has no place inside: add inside(...) to the rule");
        }
        for (PortRule other : ports.rules) {
            if (other.direction() == rule.direction() && collide(other, rule)) {
                throw new IllegalArgumentException(rule + " has the place inside of: " + other);
            }
        }
        List<PortRule> rules = new ArrayList<>(ports.rules);
        rules.add(rule);
        int count = rules.stream()
                .mapToInt(r -> r.ports().map(PortRange::size).orElse(1))
                .sum();
        Checks.range("number of ports", count, 0, PORTS_MAX);
        return new Network(grade, new Ports(List.copyOf(rules), ports.decider, ports.listener, ports.connections));
    }

    private static boolean collide(PortRule one, PortRule other) {
        boolean socket = one.insideSocket().isPresent() && one.insideSocket().equals(other.insideSocket());
        return socket
                || (one.ports().isPresent()
                        && other.ports().isPresent()
                        && one.ports().orElseThrow().overlaps(other.ports().orElseThrow()));
    }

    /**
     * Has each connection decided on, but those of rules that are {@link PortRule#fixed()}. Without this all are let through that rules
     * allow.
     *
     * @param decider is asked for each
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     */
    public Network decide(ConnectionDecider decider) {
        requireLoopback("decide");
        return new Network(grade, new Ports(ports.rules, Optional.of(decider), ports.listener, ports.connections));
    }

    /**
     * Tells of each connection when it has ended, one after the other, on a daemon thread of Sandjar's, and of the last before
     * {@link SandboxProcess#waitFor()} of the main process returns. While a thousand wait to be told
     * of, no further ones are accepted. They are logged too, at the level DEBUG.
     *
     * @param listener is told
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     */
    public Network listener(Consumer<? super ConnectionEvent> listener) {
        requireLoopback("listener");
        return new Network(grade, new Ports(ports.rules, ports.decider, Optional.of(listener), ports.connections));
    }

    /**
     * Sets how many connections there may be at once in each direction; further ones wait in the kernel's queue. 256 unless said otherwise.
     *
     * @param most 1 to 4096
     * @return the network
     * @throws IllegalStateException if this is not {@link #loopback()}
     * @throws IllegalArgumentException if out of range
     */
    public Network connections(int most) {
        requireLoopback("connections");
        Checks.range("connections", most, 1, CONNECTIONS_MAX);
        return new Network(grade, new Ports(ports.rules, ports.decider, ports.listener, most));
    }

    private void requireLoopback(String what) {
        if (grade != Grade.LOOPBACK) {
            throw new IllegalStateException(what + " needs Network.loopback(), not the network " + this
                    + (grade == Grade.NONE ? ", which has no addresses" : ", whose ports are the host's"));
        }
    }

    /**
     * Which ports it shares with the host.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<PortRule> rules() {
        return ports.rules;
    }

    /**
     * Who decides on connections.
     *
     * @return empty if nobody is asked
     */
    public Optional<ConnectionDecider> decider() {
        return ports.decider;
    }

    /**
     * Who is told of connections.
     *
     * @return empty if nobody is
     */
    public Optional<Consumer<? super ConnectionEvent>> listener() {
        return ports.listener;
    }

    /**
     * How many connections there may be at once in each direction.
     *
     * @return 1 to 4096
     */
    public int connections() {
        return ports.connections;
    }

    /** Deciders and listeners are equal if they are the same. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Network that && grade == that.grade && ports.equals(that.ports);
    }

    @Override
    public int hashCode() {
        return Objects.hash(grade, ports);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(grade.word);
        ports.rules.forEach(rule -> text.append(", ").append(rule));
        return text.toString();
    }
}
