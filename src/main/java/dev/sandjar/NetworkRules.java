package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.network.EgressProxy;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.NetworkRule;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which rules of a {@link Network} go together. */
final class NetworkRules {
    private static final int PORTS_MAX = 256;
    private static final int RESOLVER = 53;

    private NetworkRules() {}

    static void check(PortRule rule, List<PortRule> ports, List<EgressRule> egress) {
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
            if (other.direction() == rule.direction() && collide(other, rule)) {
                throw new IllegalArgumentException(rule + " has the place inside of: " + other);
            }
        }
        egress.forEach(other -> refuseTaken(rule, other));
        refuseTwoMeanings(rule.name(), egress);
    }

    static void check(EgressRule rule, List<PortRule> ports, List<EgressRule> egress) {
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

    /** Throws if there are too many. */
    static void count(List<PortRule> ports, List<EgressRule> egress, boolean proxies) {
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
}
