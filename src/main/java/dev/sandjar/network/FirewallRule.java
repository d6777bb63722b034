package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Which connections a clause of a {@link Firewall} is about: those of a direction, a protocol, with some hosts, at some ports. Datagrams
 * and echo requests that answer each other count as a connection, as the connection tracking of the kernel sees them. Immutable and
 * thread-safe: each method that narrows something returns a new rule.
 *
 * @param direction who begins the connection
 * @param protocol of the connection
 * @param peers the addresses of the hosts at the other end; empty for all
 * @param ports the ports to which the connection was made: of the other end with {@link Direction#OUTGOING}, of the sandbox with {@link
 *     Direction#INCOMING}; empty for all
 */
public record FirewallRule(Direction direction, Protocol protocol, List<AddressRange> peers, List<PortRange> ports) {
    private static final int LIST_MAX = 64;

    /** Who begins a connection. */
    public enum Direction {
        /** Another host, to the sandbox. */
        INCOMING,
        /** The sandbox, to another host. */
        OUTGOING
    }

    /** A protocol above IP. */
    public enum Protocol {
        /** All of them. */
        ANY,
        /** {@code tcp(7)}. */
        TCP,
        /** {@code udp(7)}. */
        UDP,
        /** ICMP of IPv4 ({@code icmp(7)}), and that of IPv6 (RFC 4443): echo requests. */
        ICMP
    }

    /**
     * Makes a rule of its parts.
     *
     * @param direction see the record
     * @param protocol see the record
     * @param peers see the record; 64 at most
     * @param ports see the record; 64 at most
     * @throws IllegalArgumentException if the protocol has no ports and there are some, or there are too many
     */
    public FirewallRule {
        Objects.requireNonNull(direction, "direction");
        Objects.requireNonNull(protocol, "protocol");
        peers = List.copyOf(peers);
        ports = List.copyOf(ports);
        Checks.range("number of peers", peers.size(), 0, LIST_MAX);
        Checks.range("number of ports", ports.size(), 0, LIST_MAX);
        if (!ports.isEmpty() && protocol != Protocol.TCP && protocol != Protocol.UDP) {
            throw new IllegalArgumentException("the protocol " + protocol + " has no ports: use tcp(...) or udp(...)");
        }
    }

    /**
     * Begins with all connections that other hosts make to the sandbox.
     *
     * @return the rule
     */
    public static FirewallRule incoming() {
        return new FirewallRule(Direction.INCOMING, Protocol.ANY, List.of(), List.of());
    }

    /**
     * Begins with all connections that the sandbox makes to other hosts.
     *
     * @return the rule
     */
    public static FirewallRule outgoing() {
        return new FirewallRule(Direction.OUTGOING, Protocol.ANY, List.of(), List.of());
    }

    /**
     * Narrows the rule to TCP.
     *
     * @param portNumbers to which a connection is made, each 1 to 65535; none for all
     * @return the rule
     * @throws IllegalArgumentException if a port is out of range, or there are more than 64
     */
    public FirewallRule tcp(int... portNumbers) {
        return new FirewallRule(direction, Protocol.TCP, peers, ranges(portNumbers));
    }

    /**
     * Narrows the rule to UDP.
     *
     * @param portNumbers to which the first datagram goes, each 1 to 65535; none for all
     * @return the rule
     * @throws IllegalArgumentException if a port is out of range, or there are more than 64
     */
    public FirewallRule udp(int... portNumbers) {
        return new FirewallRule(direction, Protocol.UDP, peers, ranges(portNumbers));
    }

    /**
     * Narrows the rule to echo requests of ICMP and their answers.
     *
     * @return the rule
     */
    public FirewallRule icmp() {
        return new FirewallRule(direction, Protocol.ICMP, peers, List.of());
    }

    /**
     * Adds ports from the first to the last of a range.
     *
     * @param range the ports
     * @return the rule
     * @throws IllegalArgumentException if the rule is not narrowed to TCP or UDP, or there are more than 64 ranges
     */
    public FirewallRule ports(PortRange range) {
        List<PortRange> more = new ArrayList<>(ports);
        more.add(Objects.requireNonNull(range, "range"));
        return new FirewallRule(direction, protocol, peers, more);
    }

    /**
     * Narrows the rule to hosts with some addresses, and adds further ones when it is so already.
     *
     * @param range in CIDR notation, as {@link AddressRange#of} parses it; an address without a slash stands for itself
     * @return the rule
     * @throws IllegalArgumentException if it is malformed, or there are more than 64 ranges
     */
    public FirewallRule peer(String range) {
        List<AddressRange> more = new ArrayList<>(peers);
        more.add(AddressRange.of(range));
        return new FirewallRule(direction, protocol, more, ports);
    }

    private static List<PortRange> ranges(int... ports) {
        return Arrays.stream(ports).mapToObj(PortRange::of).toList();
    }

    /** Returns the rule in words, such as {@code incoming tcp 80, 443 of 10.7.0.0/24}. */
    @Override
    public String toString() {
        String text = direction == Direction.INCOMING ? "incoming" : "outgoing";
        if (protocol != Protocol.ANY) {
            text += " " + protocol.name().toLowerCase(Locale.ROOT);
        }
        if (!ports.isEmpty()) {
            text += " " + ports.stream().map(PortRange::toString).collect(Collectors.joining(", "));
        }
        return peers.isEmpty()
                ? text
                : text + " of " + peers.stream().map(AddressRange::toString).collect(Collectors.joining(", "));
    }
}
