package dev.sandjar.network;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A connection that a client asks for, or has had, by a rule of {@link dev.sandjar.Network}. Immutable and thread-safe.
 *
 * @param sandbox the name of the sandbox; the empty string if it has none
 * @param rule the rule that allows the connection; an {@link EgressProxy} if its client has asked that for nothing that a rule allows
 * @param port the port inside that the connection belongs to, one of the rule's; for an {@link EgressRule} also the port of the host that
 *     is connected to; empty if the rule's side inside is a socket of AF_UNIX
 * @param peer the address of the client that began the connection: with {@link PortRule.Direction#PUBLISH} one outside, otherwise a
 *     program inside, which may have chosen its address and port itself; empty for a client of AF_UNIX, which has none
 * @param name the name by which programs inside find the server; empty if the rule has none
 * @param addresses the addresses of the name, of which at most the first eight are tried in order until one answers, or the address that
 *     was dialled; empty unless the rule is an {@link EgressRule} whose name has been resolved, or one of addresses. A {@link ConnectionDecider} is given checked addresses only; a {@link
 *     ConnectionEvent} also has those for which the connection was refused
 */
public record Connection(
        String sandbox,
        NetworkRule rule,
        OptionalInt port,
        Optional<InetSocketAddress> peer,
        Optional<String> name,
        List<InetAddress> addresses) {
    /**
     * Makes a connection of its parts; the list is copied.
     *
     * @param sandbox see the record
     * @param rule see the record
     * @param port see the record
     * @param peer see the record
     * @param name see the record
     * @param addresses see the record
     */
    public Connection {
        Objects.requireNonNull(sandbox, "sandbox");
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(port, "port");
        Objects.requireNonNull(peer, "peer");
        Objects.requireNonNull(name, "name");
        addresses = List.copyOf(addresses);
    }
}
