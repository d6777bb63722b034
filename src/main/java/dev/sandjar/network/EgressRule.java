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
 * A host that programs inside may reach by its name, for {@link dev.sandjar.Network#with(EgressRule)}. Inside, the name has an address that
 * means nothing elsewhere, where a socket of Sandjar's listens on each port; programs set nothing and know of nothing. Outside, the host
 * resolves the name once for each connection and checks the addresses: what is not of the public Internet is refused unless the rule names
 * its range. Nothing else is in reach: no other name, port, address or protocol than TCP.
 *
 * <p>Of each connection the first bytes are looked at. It has to begin with TLS for this name (server name indication, RFC 6066), or with
 * a request of HTTP/1 for it (Host, RFC 9112). Refused are TLS for another name, for none, or with an encrypted one (ECH); HTTP for another
 * host, with no or several of them, {@code CONNECT}, and whatever is neither, HTTP/2 without TLS among that. Later requests on a connection
 * are not looked at. Immutable and thread-safe: each method that takes something returns a new rule.
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
     * Allows connections to a host.
     *
     * @param name letters, digits, hyphens and dots as of {@code hostname(7)}, at most 253, without a dot at its end; large letters are
     *     taken for small ones. Labels of other letters are written as in the DNS, which begins with {@code xn--}. No address, no pattern
     * @param ports which, each 1 to 65535; at least one
     * @return the rule
     * @throws IllegalArgumentException if malformed, out of range, or there is no port
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
     * Lets the name have addresses of these ranges too, such as those of a private network. Without this refused are loopback, private,
     * link-local and shared ones, those of metadata services, of this host, of documentation and tests, multicast, and of IPv6 all that
     * are no global unicast or hold an address of IPv4.
     *
     * @param more the ranges
     * @return the rule
     */
    public EgressRule withAddresses(AddressRange... more) {
        List<AddressRange> all = new ArrayList<>(ranges);
        all.addAll(Arrays.asList(more));
        return new EgressRule(name, ports, List.copyOf(all), anyProtocol, fixed);
    }

    /**
     * Lets anything through, without a look at the first bytes: for other protocols, in some of which the server begins. Whoever answers at
     * the name's addresses can then be asked for other names that it serves.
     *
     * @return the rule
     */
    public EgressRule anyProtocol() {
        return new EgressRule(name, ports, ranges, true, fixed);
    }

    /**
     * Lets connections through without asking {@link dev.sandjar.Network#decide}.
     *
     * @return the rule
     */
    public EgressRule fixed() {
        return new EgressRule(name, ports, ranges, anyProtocol, true);
    }

    /** {@return the name, in small letters; never empty} */
    @Override
    public Optional<String> name() {
        return Optional.of(name);
    }

    /**
     * The ports.
     *
     * @return an immutable list, the lowest first
     */
    public List<Integer> ports() {
        return ports;
    }

    /**
     * Which addresses the name may have beside public ones.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<AddressRange> addresses() {
        return ranges;
    }

    /**
     * Whether the first bytes are not looked at.
     *
     * @return whether {@link #anyProtocol()} was called
     */
    public boolean isAnyProtocol() {
        return anyProtocol;
    }

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

    /** Such as {@code allow example.org:443}, and {@code allow db.corp:5432 at 10.0.0.0/8, any protocol, fixed}. */
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
