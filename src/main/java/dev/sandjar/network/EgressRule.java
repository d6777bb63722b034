package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.HostNames;
import dev.sandjar.internal.util.OptionalLibrary;
import java.net.Inet4Address;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A rule that lets programs inside reach a host by its name, or an address, for {@link dev.sandjar.Network#with(EgressRule)}. Inside, a name has an
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
    private static final int IPV4_BITS = 32;
    private static final String ANY_LABELS = "*.";

    /** What means something else inside than outside, or has no stream sockets. */
    private static final List<AddressRange> UNREACHABLE = List.of(
            AddressRange.of("0.0.0.0/8"),
            AddressRange.of("198.18.0.0/15"),
            AddressRange.of("224.0.0.0/4"),
            AddressRange.of("::/128"),
            AddressRange.of("fe80::/10"),
            AddressRange.of("ff00::/8"));

    /** The empty string for a rule of addresses. */
    private final String name;

    private final Optional<AddressRange> destination;
    private final List<Integer> ports;
    private final List<AddressRange> ranges;
    private final boolean anyProtocol;
    private final boolean fixed;
    private final HttpTerms terms;

    private EgressRule(
            String name,
            Optional<AddressRange> destination,
            List<Integer> ports,
            List<AddressRange> ranges,
            boolean anyProtocol,
            boolean fixed,
            HttpTerms terms) {
        this.name = name;
        this.destination = destination;
        this.ports = ports;
        this.ranges = ranges;
        this.anyProtocol = anyProtocol;
        this.fixed = fixed;
        this.terms = terms;
    }

    /**
     * Allows connections to some ports of a host.
     *
     * @param name a host name ({@code hostname(7)}): letters, digits, hyphens and dots, at most 253 characters and 63 to a label,
     *     without a dot at its end; upper-case letters are changed to lower case. Labels of other letters are written as in the DNS,
     *     where they begin with {@code xn--} (RFC 5890). An address, a name whose last label is a number, {@code localhost},
     *     {@code ip6-localhost}, {@code ip6-loopback} and names below {@code localhost} are refused. A pattern, {@code *.} and such a
     *     name, stands for all names below that one, of one label more or several, and not for itself; for a port, a rule with the whole
     *     name comes before one with a pattern, and a longer pattern before a shorter
     * @param ports the TCP ports of the host, each 1 to 65535, at least one; a repeated one counts once
     * @return the rule
     * @throws IllegalArgumentException if the name is malformed or refused, a port is out of range, or there is no port
     */
    public static EgressRule allow(String name, int... ports) {
        Objects.requireNonNull(ports, "ports");
        boolean pattern = Objects.requireNonNull(name, "name").startsWith(ANY_LABELS);
        String checked =
                pattern ? ANY_LABELS + HostNames.checked(name.substring(ANY_LABELS.length())) : HostNames.checked(name);
        return new EgressRule(
                checked, Optional.empty(), checked(checked, ports), List.of(), false, false, HttpTerms.NONE);
    }

    /**
     * Allows connections to some ports of an address, or of each address of a range. Programs use the address itself, which a socket of
     * Sandjar's has inside; nothing is resolved. The address has to be public, as that of a name has: one that is not is refused unless
     * {@link #withAddresses} names it too. First bytes are checked: TLS must not name a server, and HTTP/1 has to be for the address as it
     * was dialled.
     *
     * <p>With several addresses, and with one of IPv6, the ports are taken inside at every address of the family, 127.0.0.1 or ::1 among
     * them: no program inside can listen there, and other rules for a port of the sandbox or of the host can't have them.
     *
     * @param range an address, such as {@code 203.0.113.7}, or a range in CIDR notation, as {@link AddressRange#of} takes it; not one of
     *     198.18.0.0/15, where names have their addresses, of multicast or of a link
     * @param ports the TCP ports, each 1 to 65535, at least one; a repeated one counts once
     * @return the rule
     * @throws IllegalArgumentException if the range is malformed or can't be reached, a port is out of range, or there is no port
     */
    public static EgressRule allowAddress(String range, int... ports) {
        Objects.requireNonNull(range, "range");
        Objects.requireNonNull(ports, "ports");
        AddressRange destination = AddressRange.of(range);
        for (AddressRange other : UNREACHABLE) {
            if (other.contains(destination.first()) && other.bits() <= destination.bits()) {
                throw new IllegalArgumentException("nothing is reached at " + destination + ", which is of " + other);
            }
        }
        return new EgressRule(
                "",
                Optional.of(destination),
                checked(destination.toString(), ports),
                List.of(),
                false,
                false,
                HttpTerms.NONE);
    }

    private static List<Integer> checked(String of, int... ports) {
        TreeSet<Integer> all = new TreeSet<>();
        for (int port : ports) {
            all.add(Checks.range("port", port, 1, PORT_MAX));
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no port of " + of + " is named, such as 443");
        }
        return List.copyOf(all);
    }

    /**
     * Allows addresses of further ranges, such as those of a private network. Without this, a connection is refused if the name has, or the
     * rule leads to, an address for special purposes (RFC 6890): of loopback, a private network, a link (metadata services are there), a
     * carrier's customers, documentation, tests, multicast or a protocol's own; 168.63.129.16 (Azure); one of this host's, by an interface or a route; or one of IPv6 that is not global
     * unicast or holds an address of IPv4. Addresses of IPv6 that are IPv4-mapped or have a zone are refused in any case.
     *
     * @param more the ranges to add; those that were added before stay
     * @return a rule with these ranges too
     */
    public EgressRule withAddresses(AddressRange... more) {
        Checks.elements("more", more);
        List<AddressRange> all = new ArrayList<>(ranges);
        all.addAll(Arrays.asList(more));
        return new EgressRule(name, destination, ports, List.copyOf(all), anyProtocol, fixed, terms);
    }

    /**
     * Passes connections on without checking their first bytes, for protocols other than TLS and HTTP/1, such as those in which the server
     * speaks first. A server at the name's addresses can then be asked for any other name that it serves.
     *
     * @return a rule that does not check first bytes
     * @throws IllegalStateException if requests of the rule are read, see {@link #isIntercepted()}
     */
    public EgressRule anyProtocol() {
        if (isIntercepted()) {
            throw new IllegalStateException(this + " is for HTTP in TLS alone, and can't be for any protocol");
        }
        return new EgressRule(name, destination, ports, ranges, true, fixed, terms);
    }

    /**
     * Passes connections on without asking the decider of {@link dev.sandjar.Network#decide}. Addresses and first bytes are checked all
     * the same.
     *
     * @return a rule that is fixed
     */
    public EgressRule fixed() {
        return new EgressRule(name, destination, ports, ranges, anyProtocol, true, terms);
    }

    /**
     * Puts a header with a secret into each request to the host, outside the sandbox, where no program inside sees it. What programs say in
     * that header is left out. The rule is then for HTTP/1.1 in TLS alone, and intercepted: see {@link #isIntercepted()}.
     *
     * <p>The server may tell programs inside what it was told: one that answers with the headers of a request gives the secret away. So
     * name with {@link #allowRequests} what is needed.
     *
     * @param header whose value is asked for with each request
     * @return a rule with this header too
     * @throws IllegalArgumentException if there is one of that name
     * @throws IllegalStateException if the rule is a pattern, of addresses, or for any protocol, or {@code org.bouncycastle:bcpkix-jdk18on}
     *     is not there
     */
    public EgressRule credential(Header header) {
        Objects.requireNonNull(header, "header");
        return intercepted(terms.with(header));
    }

    /**
     * Allows requests with a method and paths, and those of earlier calls; all others are answered with 403, and the server never has them.
     * Without it every request is allowed. The rule is then for HTTP/1.1 in TLS alone, and intercepted: see {@link #isIntercepted()}. Paths
     * that servers may read in two ways are refused too: with empty segments or such of dots and blanks, also in escapes and before a
     * semicolon, with an escaped slash, semicolon, question mark, number sign, percent sign or control character, with escapes that are
     * no UTF-8, with a backslash. So are headers that have some servers take another method, path or host: {@code Forwarded}, {@code
     * X-Forwarded-*}, {@code X-HTTP-Method}, {@code X-HTTP-Method-Override}, {@code X-Method-Override}, {@code X-Original-Method}, {@code
     * X-Original-URI}, {@code X-Original-URL}, {@code X-Rewrite-URL}, also with {@code _} for {@code -}. Queries and bodies are not looked at.
     *
     * @param method as {@link RequestRule} takes it, such as {@code GET}; {@code *} for any
     * @param paths patterns, as {@link RequestRule} takes them, such as {@code /v1/**}; at least one
     * @return a rule that allows these requests too
     * @throws IllegalArgumentException if one is malformed, or there is no path
     * @throws IllegalStateException if the rule is a pattern, of addresses, or for any protocol, or {@code org.bouncycastle:bcpkix-jdk18on}
     *     is not there
     */
    public EgressRule allowRequests(String method, String... paths) {
        Objects.requireNonNull(method, "method");
        Checks.elements("paths", paths);
        if (paths.length == 0) {
            throw new IllegalArgumentException("no path is named, such as /v1/**");
        }
        return intercepted(terms.withRequests(
                Arrays.stream(paths).map(path -> new RequestRule(method, path)).toList()));
    }

    /**
     * Has the host's certificate signed by one of these alone, in the place of those whom this JVM trusts ({@code
     * javax.net.ssl.trustStore}). The rule is then for HTTP/1.1 in TLS alone, and intercepted: see {@link #isIntercepted()}.
     *
     * @param authorities certificates of authorities, such as that of a company; those that were added before stay
     * @return a rule with these too
     * @throws IllegalArgumentException if there is none
     * @throws IllegalStateException if the rule is a pattern, of addresses, or for any protocol, or {@code org.bouncycastle:bcpkix-jdk18on}
     *     is not there
     */
    public EgressRule trusting(X509Certificate... authorities) {
        Checks.elements("authorities", authorities);
        if (authorities.length == 0) {
            throw new IllegalArgumentException("no certificate is named");
        }
        return intercepted(terms.withTrusted(List.of(authorities)));
    }

    private EgressRule intercepted(HttpTerms more) {
        if (name.isEmpty() || isPattern()) {
            throw new IllegalStateException(this
                    + " is not of one name: requests are read, and credentials put in, for a host with its whole name");
        }
        if (anyProtocol) {
            throw new IllegalStateException(this + ", and requests are read of HTTP in TLS alone");
        }
        OptionalLibrary.BOUNCY_CASTLE.neededFor("A rule whose requests are read");
        return new EgressRule(name, destination, ports, ranges, false, fixed, more);
    }

    /** {@return the name of the host, in lower case, or a pattern; empty for a rule of addresses} */
    @Override
    public Optional<String> name() {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /**
     * Returns the addresses that a rule of addresses leads to.
     *
     * @return empty for a rule of a name
     */
    public Optional<AddressRange> destination() {
        return destination;
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
     * Returns the ranges of addresses that may be connected to besides public ones.
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

    /**
     * Tells whether requests are read, since there are {@linkplain #credential credentials}, {@linkplain #allowRequests rules for
     * requests} or {@linkplain #trusting authorities}. This JVM then ends the TLS of programs inside, with a certificate of an authority
     * that is this sandbox's alone, whose key is in this JVM's memory alone. Programs find its certificate by variables of the environment, see {@link
     * dev.sandjar.Network#with(EgressRule)}. It reads each request, puts the credentials in, and passes it on by TLS that is checked as any other; what is read is not kept.
     *
     * @return whether one of these was called
     */
    public boolean isIntercepted() {
        return !terms.isEmpty();
    }

    /**
     * Returns the headers that are put into requests.
     *
     * @return an immutable list, in the order in which they were added
     */
    public List<Header> credentials() {
        return terms.credentials();
    }

    /**
     * Returns the requests that are allowed.
     *
     * @return an immutable list, in the order in which they were added; empty if all are
     */
    public List<RequestRule> requests() {
        return terms.requests();
    }

    /**
     * Returns the authorities that may have signed the host's certificate.
     *
     * @return an immutable list, in the order in which they were added; empty for those whom this JVM trusts
     */
    public List<X509Certificate> trusted() {
        return terms.trusted();
    }

    /**
     * Tells whether the ports of the rule are taken inside at every address, so that no program inside, and no other rule for a port, can
     * have them.
     *
     * @return true for a pattern, for several addresses, and for an address of IPv6
     */
    public boolean isAtAllAddresses() {
        return isPattern() || (destination.isPresent() && !isOneOfIpv4(destination.get()));
    }

    private static boolean isOneOfIpv4(AddressRange range) {
        return range.first() instanceof Inet4Address && range.bits() == IPV4_BITS;
    }

    /**
     * Tells whether the rule is for all names below one. Such names are not in {@code /etc/hosts}: a resolver inside, which {@code
     * /etc/resolv.conf} names, gives each an address when it is asked for it, to 1024 names of a sandbox at most. It answers over TCP
     * alone, as glibc and Go ask by {@code use-vc} of {@code resolv.conf(5)}, and asks nobody: a name is resolved outside when a program
     * connects. The ports of the rule are taken inside at every address, and 53 is the resolver's.
     *
     * @return whether the name begins with {@code *.}
     */
    public boolean isPattern() {
        return name.startsWith(ANY_LABELS);
    }

    /** {@return whether {@link #fixed()} was called} */
    @Override
    public boolean isFixed() {
        return fixed;
    }

    private List<Object> parts() {
        return List.of(name, destination, ports, ranges, anyProtocol, fixed, terms);
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
     * Returns the rule in one line, such as {@code allow example.org:80+443}, {@code allow 203.0.113.7/32:443}, or {@code allow
     * db.corp:5432 at 10.0.0.0/8, any protocol, fixed}.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("allow ")
                .append(destination.map(EgressRule::inBrackets).orElse(name))
                .append(':');
        text.append(String.join("+", ports.stream().map(String::valueOf).toList()));
        if (!ranges.isEmpty()) {
            text.append(" at ")
                    .append(String.join(
                            "+", ranges.stream().map(AddressRange::toString).toList()));
        }
        return text.append(terms)
                .append(anyProtocol ? ", any protocol" : "")
                .append(fixed ? ", fixed" : "")
                .toString();
    }

    private static String inBrackets(AddressRange range) {
        return range.first() instanceof Inet4Address ? range.toString() : "[" + range + "]";
    }
}
