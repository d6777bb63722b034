package dev.sandjar.network;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A connection that somebody wants, or has had, by a rule. Immutable.
 *
 * @param sandbox the name of the sandbox; empty for none
 * @param rule which lets it be
 * @param port which of the rule's ports inside; empty if it is a socket
 * @param peer whoever began it: with {@link PortRule.Direction#PUBLISH} a client of the host, else the address of a program inside, which
 *     that chose itself; empty for sockets of AF_UNIX, which have none
 * @param name by which a program inside found it; empty if the rule has none
 * @param addresses which the name has, all checked, of which the first that answers is connected to; empty unless the rule is an {@link
 *     EgressRule}, and where it was refused before
 */
public record Connection(
        String sandbox,
        NetworkRule rule,
        OptionalInt port,
        Optional<InetSocketAddress> peer,
        Optional<String> name,
        List<InetAddress> addresses) {
    /**
     * Takes its parts.
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
