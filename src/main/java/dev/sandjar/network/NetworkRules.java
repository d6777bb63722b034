package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a {@link dev.sandjar.Network}: the ports and sockets that a sandbox shares with the host, the hosts that it reaches, and
 * whether it has proxies for these. They go together, which is checked as each is added. Immutable and thread-safe: each method that takes
 * something returns a new value.
 */
public final class NetworkRules {
    private static final int PORTS_MAX = 256;
    private static final int RESOLVER = 53;
    private static final NetworkRules NONE = new NetworkRules(List.of(), List.of(), false);

    private final List<PortRule> ports;
    private final List<EgressRule> egress;
    private final boolean proxies;

    private NetworkRules(List<PortRule> ports, List<EgressRule> egress, boolean proxies) {
        this.ports = ports;
        this.egress = egress;
        this.proxies = proxies;
        count();
    }

    /**
     * Returns no rules: nothing is shared, and nothing is in reach.
     *
     * @return the rules that others are made from
     */
    public static NetworkRules none() {
        return NONE;
    }

    /**
     * Adds a rule for a port or a socket.
     *
     * @param rule which ports; 256 of all rules together at most
     * @return new rules
     * @throws IllegalArgumentException if another rule, of either direction, has the same place inside, there are too many ports, a socket of the host has no
     *     place inside, a socket inside has none on the host, or an {@link EgressRule} has the name, or the port at all addresses
     */
    public NetworkRules with(PortRule rule) {
        Objects.requireNonNull(rule, "rule");
        check(rule);
        return new NetworkRules(and(ports, rule), egress, proxies);
    }

    /**
     * Adds a rule for a host.
     *
     * @param rule which host; 256 ports of all rules together at most
     * @return new rules
     * @throws IllegalArgumentException if another rule has the same name or range and port, the name is that of a port of the host, a
     *     {@link PortRule} has a port that is needed at all addresses, or there are too many
     */
    public NetworkRules with(EgressRule rule) {
        Objects.requireNonNull(rule, "rule");
        check(rule);
        return new NetworkRules(ports, and(egress, rule), proxies);
    }

    /**
     * Adds the proxies of {@link EgressProxy}, which take two of the 256 ports.
     *
     * @return new rules
     * @throws IllegalArgumentException if there are too many ports
     */
    public NetworkRules withProxies() {
        return new NetworkRules(ports, egress, true);
    }

    private static <T> List<T> and(List<T> rules, T rule) {
        List<T> more = new ArrayList<>(rules);
        more.add(rule);
        return List.copyOf(more);
    }

    /**
     * The ports and sockets that the sandbox shares with the host.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<PortRule> ports() {
        return ports;
    }

    /**
     * The hosts that programs inside reach by their names or addresses.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<EgressRule> egress() {
        return egress;
    }

    /**
     * Whether programs inside have proxies.
     *
     * @return whether {@link #withProxies()} was called
     */
    public boolean hasProxies() {
        return proxies;
    }

    /**
     * All rules: those of ports, those of hosts, and the proxies.
     *
     * @return an immutable list
     */
    public List<NetworkRule> all() {
        Stream<NetworkRule> rules = Stream.concat(ports.stream(), egress.stream());
        return (proxies ? Stream.concat(rules, EgressProxy.all().stream()) : rules).toList();
    }

    private void check(PortRule rule) {
        if (rule.ports().isEmpty() && rule.insideSocket().isEmpty()) {
            throw new IllegalArgumentException(
                    rule.hostSocket().orElseThrow() + " has no place inside: add inside(...) to the rule");
        }
        if (isNowhereOnHost(rule)) {
            throw new IllegalArgumentException(
                    rule.insideSocket().orElseThrow()
                            + " has no place on the host that a client could know: add onHost(...) with a port or a path to the rule");
        }
        for (PortRule other : ports) {
            if (collide(other, rule)) {
                throw new IllegalArgumentException(rule + " has the place inside of: " + other
                        + (other.direction() == rule.direction()
                                ? ""
                                : ", so that clients of the host would be led back to a server of the host"));
            }
        }
        egress.forEach(other -> refuseTaken(rule, other));
        refuseTwoMeanings(rule.name(), egress);
    }

    private void check(EgressRule rule) {
        for (EgressRule other : egress) {
            boolean same =
                    other.name().equals(rule.name()) && other.destination().equals(rule.destination());
            if (same && !Collections.disjoint(other.ports(), rule.ports())) {
                throw new IllegalArgumentException(rule + " has a port of: " + other);
            }
        }
        ports.forEach(other -> refuseTaken(other, rule));
        refuseTwoMeanings(rule.name(), ports);
        refuseTwoAtTheResolver(Stream.concat(egress.stream(), Stream.of(rule)).toList());
    }

    private static void refuseTwoAtTheResolver(List<EgressRule> rules) {
        if (rules.stream().noneMatch(EgressRule::isPattern)) {
            return;
        }
        for (EgressRule rule : rules) {
            if (rule.isAtAllAddresses() && rule.ports().contains(RESOLVER)) {
                throw new IllegalArgumentException(rule + " takes port " + RESOLVER
                        + " inside at all addresses, which the resolver for patterns has");
            }
        }
    }

    /** A port that the kernel chooses is asked for by the port inside, which a socket has not. */
    private static boolean isNowhereOnHost(PortRule rule) {
        return rule.direction() == PortRule.Direction.PUBLISH
                && rule.insideSocket().isPresent()
                && rule.hostSocket().isEmpty()
                && rule.hostPorts().isEmpty();
    }

    private static boolean collide(PortRule one, PortRule other) {
        boolean socket = one.insideSocket().isPresent() && one.insideSocket().equals(other.insideSocket());
        return socket
                || (one.ports().isPresent()
                        && other.ports().isPresent()
                        && one.ports().orElseThrow().overlaps(other.ports().orElseThrow()));
    }

    private static void refuseTaken(PortRule rule, EgressRule egress) {
        PortRange range = rule.ports().orElse(null);
        if (range == null || !egress.isAtAllAddresses()) {
            return;
        }
        for (int port : egress.ports()) {
            if (range.first() <= port && port <= range.last()) {
                throw new IllegalArgumentException(
                        rule + " has port " + port + " inside, which is taken at all addresses there by: " + egress);
            }
        }
    }

    private static void refuseTwoMeanings(Optional<String> name, List<? extends NetworkRule> others) {
        if (name.isPresent() && others.stream().anyMatch(other -> other.name().equals(name))) {
            throw new IllegalArgumentException(
                    "the name " + name.get() + " would be that of a port of the host, and that of another host");
        }
    }

    private void count() {
        int count = proxies ? EgressProxy.all().size() : 0;
        for (PortRule rule : ports) {
            count += rule.ports().map(PortRange::size).orElse(1);
        }
        for (EgressRule rule : egress) {
            count += rule.ports().size();
        }
        count += egress.stream().anyMatch(EgressRule::isPattern) ? 1 : 0; // their resolver
        Checks.range("number of ports", count, 0, PORTS_MAX);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NetworkRules that
                && ports.equals(that.ports)
                && egress.equals(that.egress)
                && proxies == that.proxies;
    }

    @Override
    public int hashCode() {
        return Objects.hash(ports, egress, proxies);
    }

    /** Such as {@code publish 8080 on 127.0.0.1:any, with proxies}; empty if there are none. */
    @Override
    public String toString() {
        Stream<String> rules = Stream.concat(ports.stream(), egress.stream()).map(Object::toString);
        return (proxies ? Stream.concat(rules, Stream.of("with proxies")) : rules).collect(Collectors.joining(", "));
    }
}
