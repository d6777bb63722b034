package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Which connections a sandbox that is attached to networks may have, for {@link dev.sandjar.Network#firewall}: a list of clauses, of which
 * the first that is about a connection decides, and what becomes of all others. It holds for both directions and all interfaces but
 * loopback. The kernel looks at each packet ({@code nft(8)}, with connection tracking), so that a {@linkplain
 * dev.sandjar.SandboxProcess#update(Firewall) replaced} firewall also cuts connections that it does not allow any more. Nobody inside can
 * change it, not even root with all capabilities in a user namespace of the sandbox's own. In a sandbox without one, CAP_NET_ADMIN and
 * CAP_SYS_ADMIN can, and with CAP_NET_RAW packet sockets ({@code packet(7)}) send and read past it.
 *
 * <pre>{@code
 * Firewall.denyAll()
 *         .allow(FirewallRule.outgoing().tcp(5432).peer("10.7.0.2"))
 *         .allow(FirewallRule.incoming().icmp())
 * }</pre>
 *
 * <p>Packets that are neither part of a connection nor begin one are dropped, but for neighbour discovery of IPv6 (RFC 4861). A sandbox
 * with a firewall passes no packets on from one of its networks to another one. Immutable and thread-safe: each method that adds a clause
 * returns a new firewall.
 *
 * @param clauses in the order in which they are looked at; their combinations of addresses and ports are 1024 together at most
 * @param otherwise what becomes of a connection that no clause is about
 */
public record Firewall(List<Clause> clauses, Action otherwise) {
    private static final int COMBINATIONS_MAX = 1024;

    /** What becomes of a connection. */
    public enum Action {
        /** It passes, with all answers. */
        ALLOW,
        /** It is refused, and who began it told so at once: by a reset of TCP, else by ICMP. */
        DENY,
        /** Its packets are lost without a word, as if the other end did not exist. */
        DROP
    }

    /**
     * What becomes of some connections.
     *
     * @param action what
     * @param rule which connections
     */
    public record Clause(Action action, FirewallRule rule) {
        /**
         * Makes a clause of its parts.
         *
         * @param action see the record
         * @param rule see the record
         */
        public Clause {
            Objects.requireNonNull(action, "action");
            Objects.requireNonNull(rule, "rule");
        }

        /** Returns the clause in words, such as {@code allow outgoing tcp 5432 of 10.7.0.2/32}. */
        @Override
        public String toString() {
            return action.name().toLowerCase(Locale.ROOT) + " " + rule;
        }
    }

    /**
     * Makes a firewall of its parts.
     *
     * @param clauses see the record
     * @param otherwise see the record
     * @throws IllegalArgumentException if there are too many combinations of addresses and ports
     */
    public Firewall {
        clauses = List.copyOf(clauses);
        Objects.requireNonNull(otherwise, "otherwise");
        int combinations = clauses.stream()
                .map(Clause::rule)
                .mapToInt(rule -> Math.max(1, rule.peers().size())
                        * Math.max(1, rule.ports().size()))
                .sum();
        Checks.range("combinations of addresses and ports", combinations, 0, COMBINATIONS_MAX);
    }

    /**
     * Begins with a firewall that refuses all connections in both directions.
     *
     * @return the firewall
     */
    public static Firewall denyAll() {
        return new Firewall(List.of(), Action.DENY);
    }

    /**
     * Begins with a firewall that loses all packets in both directions, as if no cable was plugged in.
     *
     * @return the firewall
     */
    public static Firewall dropAll() {
        return new Firewall(List.of(), Action.DROP);
    }

    /**
     * Begins with a firewall that allows all connections in both directions.
     *
     * @return the firewall
     */
    public static Firewall allowAll() {
        return new Firewall(List.of(), Action.ALLOW);
    }

    /**
     * Allows connections that no earlier clause is about.
     *
     * @param rule which
     * @return the firewall
     * @throws IllegalArgumentException if there are too many combinations of addresses and ports
     */
    public Firewall allow(FirewallRule rule) {
        return with(Action.ALLOW, rule);
    }

    /**
     * Refuses connections that no earlier clause is about.
     *
     * @param rule which
     * @return the firewall
     * @throws IllegalArgumentException if there are too many combinations of addresses and ports
     */
    public Firewall deny(FirewallRule rule) {
        return with(Action.DENY, rule);
    }

    /**
     * Loses packets of connections that no earlier clause is about.
     *
     * @param rule which
     * @return the firewall
     * @throws IllegalArgumentException if there are too many combinations of addresses and ports
     */
    public Firewall drop(FirewallRule rule) {
        return with(Action.DROP, rule);
    }

    private Firewall with(Action action, FirewallRule rule) {
        List<Clause> more = new ArrayList<>(clauses);
        more.add(new Clause(action, rule));
        return new Firewall(more, otherwise);
    }

    /** Returns the clauses in words, and what becomes of other connections. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        clauses.forEach(clause -> text.append(clause).append("; "));
        return text.append(otherwise.name().toLowerCase(Locale.ROOT))
                .append(clauses.isEmpty() ? " all" : " all others")
                .toString();
    }
}
