package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.HostNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A rule that lets programs inside reach a host by its name, for {@link dev.sandjar.Network#with(EgressRule)}. Inside, the name has an
 * address of 198.18.0.0/15 (RFC 2544) that means nothing elsewhere, where a socket of Sandjar's listens on each port of the rule;
 * programs need no proxy settings. Outside, Sandjar resolves the name once for each connection and checks the addresses: an address
 * that is not of the public Internet is refused unless {@link #withAddresses} names its range. The rule opens nothing else: no other
 * name, port or address, and no other protocol than TCP.
 *
 * <p>The first bytes of each connection, at most 16 KiB, are checked before it is passed on. They have to be a TLS ClientHello for this
 * name (server name indication, RFC 6066, section 3), or the head of a request of HTTP/1 for it (Host, RFC 9112, section 3.2). Refused
 * are TLS for another name, without a name, or with an encrypted one (ECH); HTTP for another host, without a host or with several, and
 * {@code CONNECT}; and everything that is neither of the two protocols, HTTP/2 without TLS among it. Later requests on the same
 * connection are not checked.
 *
 * <p>Immutable and thread-safe: each method that changes something returns a new rule.
 */
public final class EgressRule implements NetworkRule {
    private static final int PORT_MAX = 65_535;

    private final String name;
    private final List<Integer> ports;
    private final List<AddressRange> ranges;
    private final boolean anyProtocol;
    private final boolean fixed;

    private EgressRule(
            String name, List<Integer> ports, List<AddressRange> ranges, boolean anyProtocol, boolean fixed) {
        this.name = name;
        this.ports = ports;
        this.ranges = ranges;
        this.anyProtocol = anyProtocol;
        this.fixed = fixed;
    }

    /**
     * Allows connections to some ports of a host.
     *
     * @param name a host name ({@code hostname(7)}): letters, digits, hyphens and dots, at most 253 characters and 63 to a label,
     *     without a dot at its end; upper-case letters are changed to lower case. Labels of other letters are written as in the DNS,
     *     where they begin with {@code xn--} (RFC 5890). An address, a name whose last label is a number, a pattern, {@code localhost},
     *     {@code ip6-localhost}, {@code ip6-loopback} and names below {@code localhost} are refused
     * @param ports the TCP ports of the host, each 1 to 65535, at least one; a repeated one counts once
     * @return the rule
     * @throws IllegalArgumentException if the name is malformed or refused, a port is out of range, or there is no port
     */
    public static EgressRule allow(String name, int... ports) {
        String checked = HostNames.checked(Objects.requireNonNull(name, "name"));
        TreeSet<Integer> all = new TreeSet<>();
        for (int port : ports) {
            all.add(Checks.range("port", port, 1, PORT_MAX));
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no port of " + checked + " is named, such as 443");
        }
        return new EgressRule(checked, List.copyOf(all), List.of(), false, false);
    }

    /**
     * Allows the name to have addresses of further ranges, such as those of a private network. Without this, a connection is refused if
     * the name has an address for special purposes (RFC 6890): of loopback, a private network, a link (metadata services are there), a
     * carrier's customers, documentation, tests, multicast or a protocol's own; one of this host's; or one of IPv6 that is not global
     * unicast or holds an address of IPv4. Addresses of IPv6 that are IPv4-mapped or have a zone are refused in any case.
     *
     * @param more the ranges to add; those that were added before stay
     * @return a rule with these ranges too
     */
    public EgressRule withAddresses(AddressRange... more) {
        List<AddressRange> all = new ArrayList<>(ranges);
        all.addAll(Arrays.asList(more));
        return new EgressRule(name, ports, List.copyOf(all), anyProtocol, fixed);
    }

    /**
     * Passes connections on without checking their first bytes, for protocols other than TLS and HTTP/1, such as those in which the server
     * speaks first. A server at the name's addresses can then be asked for any other name that it serves.
     *
     * @return a rule that does not check first bytes
     */
    public EgressRule anyProtocol() {
        return new EgressRule(name, ports, ranges, true, fixed);
    }

    /**
     * Passes connections on without asking the decider of {@link dev.sandjar.Network#decide}. Addresses and first bytes are checked all
     * the same.
     *
     * @return a rule that is fixed
     */
    public EgressRule fixed() {
        return new EgressRule(name, ports, ranges, anyProtocol, true);
    }

    /** {@return the name of the host, in lower case; never empty} */
    @Override
    public Optional<String> name() {
        return Optional.of(name);
    }

    /**
     * Returns the TCP ports of the host that may be reached.
     *
     * @return an immutable list, the lowest first
     */
    public List<Integer> ports() {
        return ports;
    }

    /**
     * Returns the ranges of addresses that the name may have besides public ones.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<AddressRange> addresses() {
        return ranges;
    }

    /**
     * Tells whether connections are passed on without a check of their first bytes.
     *
     * @return whether {@link #anyProtocol()} was called
     */
    public boolean isAnyProtocol() {
        return anyProtocol;
    }

    /** {@return whether {@link #fixed()} was called} */
    @Override
    public boolean isFixed() {
        return fixed;
    }

    private List<Object> parts() {
        return List.of(name, ports, ranges, anyProtocol, fixed);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EgressRule that && that.parts().equals(parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    /**
     * Returns the rule in one line, such as {@code allow example.org:80+443}, or {@code allow db.corp:5432 at 10.0.0.0/8, any protocol,
     * fixed}.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("allow ").append(name).append(':');
        text.append(String.join("+", ports.stream().map(String::valueOf).toList()));
        if (!ranges.isEmpty()) {
            text.append(" at ")
                    .append(String.join(
                            "+", ranges.stream().map(AddressRange::toString).toList()));
        }
        return text.append(anyProtocol ? ", any protocol" : "")
                .append(fixed ? ", fixed" : "")
                .toString();
    }
}
