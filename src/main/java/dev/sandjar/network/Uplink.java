package dev.sandjar.network;

import dev.sandjar.internal.util.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A way out of a {@link SandboxNetwork}, for all of its members, for {@link SandboxNetwork.Builder#uplink}: through the network of the host, with an
 * address of the host's as the sender (NAT). Members begin connections, nobody outside does. What can be reached is bounded by nothing
 * but what the host reaches, and by firewalls; an {@link EgressRule} names single hosts.
 *
 * <p>Not in reach unless asked for are services of the host itself, at whatever address; and services that clouds have for their machines
 * alone, link-local addresses among them. Never in reach are members of other networks.
 *
 * <p>Immutable and thread-safe: each method that changes something returns a new value.
 */
public final class Uplink {
    private static final Uplink HOST = new Uplink(false, List.of());

    /** Of clouds, which give there what a machine may do, to whoever asks; and of IPv6 what would lead a router there. */
    private static final List<AddressRange> REFUSED = List.of(
            AddressRange.of("169.254.0.0/16"),
            AddressRange.of("168.63.129.16"),
            AddressRange.of("100.100.100.200"),
            AddressRange.of("192.0.0.192"),
            AddressRange.of("fe80::/10"),
            AddressRange.of("fd00:ec2::254"),
            AddressRange.of("fd20:ce::254"),
            AddressRange.of("64:ff9b::a9fe:0/112"));

    private final boolean allowsHost;
    private final List<AddressRange> allowed;

    private Uplink(boolean allowsHost, List<AddressRange> allowed) {
        this.allowsHost = allowsHost;
        this.allowed = allowed;
    }

    /**
     * Returns a way through the network namespace of this process, as a pair of interfaces ({@code veth(4)}) and a table of nf_tables there, which
     * nobody else can change and which ends with the network, however this process ends. It takes CAP_NET_ADMIN over that
     * namespace ({@code capabilities(7)}), and a host that forwards packets, which is never switched on here:
     * {@code net.ipv4.ip_forward}, and {@code net.ipv6.conf.all.forwarding} where the network has a subnet of IPv6. Linux 5.12.
     *
     * <p>The host knows the network by one address of 169.254.0.0/16, and one of fd73:616e:646a::/64, so that subnets may be the host's, or those of
     * other networks. A packet filter of the host that drops what is forwarded has to let the interfaces through, whose
     * names begin with {@code sandjar}.
     *
     * @return the way out
     */
    public static Uplink host() {
        return HOST;
    }

    /**
     * Lets members reach services of the host too, at addresses of its network other than loopback.
     *
     * @return the way out
     */
    public Uplink allowHost() {
        return new Uplink(true, allowed);
    }

    /**
     * Lets members reach addresses that are refused else, such as a metadata service of a cloud at 169.254.169.254, which may hand out what the
     * host is allowed to do.
     *
     * @param ranges which addresses
     * @return the way out
     */
    public Uplink allow(AddressRange... ranges) {
        Checks.elements("ranges", ranges);
        List<AddressRange> more = new ArrayList<>(allowed);
        more.addAll(Arrays.asList(ranges));
        return new Uplink(allowsHost, List.copyOf(more));
    }

    /**
     * Tells whether members reach services of the host.
     *
     * @return whether {@link #allowHost()} was called
     */
    public boolean allowsHost() {
        return allowsHost;
    }

    /**
     * Returns the addresses that were allowed though they are refused else.
     *
     * @return an immutable list in the order in which they were added
     */
    public List<AddressRange> allowed() {
        return allowed;
    }

    /**
     * Returns the addresses that are refused, but for those that are {@link #allowed()}.
     *
     * @return an immutable list
     */
    public static List<AddressRange> refused() {
        return REFUSED;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Uplink that && allowsHost == that.allowsHost && allowed.equals(that.allowed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(allowsHost, allowed);
    }

    /** Such as {@code host, services of the host too, allowed 169.254.169.254/32}. */
    @Override
    public String toString() {
        return "host"
                + (allowsHost ? ", services of the host too" : "")
                + (allowed.isEmpty()
                        ? ""
                        : ", allowed "
                                + allowed.stream().map(AddressRange::toString).collect(Collectors.joining(" ")));
    }
}
