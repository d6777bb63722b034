package dev.sandjar.network;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A member of a {@link SandboxNetwork}, for {@link dev.sandjar.Network#attached(NetworkMember, NetworkMember...)}. A member with a name
 * has the same addresses at each start of a sandbox, and only one sandbox at a time can run as this member. A member without a name
 * stands for any number of sandboxes at once, each of which has addresses of its own from its start to its end.
 *
 * <p>What a member has sent over TCP arrives after its end too, for 5 seconds at most, and for 0.2 where another sandbox is started as the same
 * member.
 *
 * <p>Two members are equal if they are of the same network, have the same name, or both none, and the same routes. Immutable and
 * thread-safe.
 */
public final class NetworkMember {
    private final SandboxNetwork network;
    private final String name;
    private final List<InetAddress> addresses;
    private final List<NetworkRoute> routes;

    NetworkMember(SandboxNetwork network, String name, List<InetAddress> addresses, List<NetworkRoute> routes) {
        this.network = network;
        this.name = name;
        this.addresses = List.copyOf(addresses);
        this.routes = List.copyOf(routes);
    }

    /**
     * Returns the network that this is a member of.
     *
     * @return the network
     */
    public SandboxNetwork network() {
        return network;
    }

    /**
     * Returns the name by which other members find this one.
     *
     * @return the name; empty for a member without one
     */
    public Optional<String> name() {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /**
     * Returns the addresses at which other members reach this one.
     *
     * @return an immutable list of one address in each subnet, in the order of {@link SandboxNetwork#subnets()}; empty for a member
     *     without a name, whose addresses {@link SandboxNetwork#addresses} returns for a started sandbox
     */
    public List<InetAddress> addresses() {
        return addresses;
    }

    /**
     * Adds a static route, which sandboxes have from their start as this member: what they send to some addresses goes to a router. A
     * sandbox that is a member of two networks and has {@code sysctl("net.ipv4.ip_forward", "1")}, or {@code
     * net.ipv6.conf.all.forwarding} for IPv6, is such a router; its neighbours in both networks need a route to the other one. It takes the place of
     * one of the network's that leads to the same addresses.
     *
     * @param destination the addresses in CIDR notation, as {@link AddressRange#of} parses them; {@code 0.0.0.0/0} or {@code ::/0} for
     *     all to which no other route leads
     * @param via the address of the router, which lies in a subnet of the network
     * @return a member with the route, of the same name
     * @throws IllegalArgumentException if one of both is malformed, they are of different families, {@code via} is in no subnet of the
     *     network or an address of this member, this member has a route to the same addresses already, or 64 routes
     */
    public NetworkMember route(String destination, String via) {
        List<NetworkRoute> more = new ArrayList<>(routes);
        NetworkRoute route = NetworkRoute.of(destination, via);
        if (addresses.contains(route.via())) {
            throw new IllegalArgumentException("the route " + route + " leads to " + this + " itself");
        }
        SandboxNetwork.add(more, route, network.subnets());
        return new NetworkMember(network, name, addresses, more);
    }

    /**
     * Returns the static routes that sandboxes have as this member: those of its network, without those that lead through this
     * member, and its own. The default route through a gateway of the network is not among them.
     *
     * @return an immutable list
     */
    public List<NetworkRoute> routes() {
        return Stream.concat(
                        network.routes().stream()
                                .filter(route -> !addresses.contains(route.via()))
                                .filter(route -> routes.stream()
                                        .noneMatch(own -> own.destination().equals(route.destination()))),
                        routes.stream())
                .toList();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NetworkMember that
                && network == that.network
                && name.equals(that.name)
                && routes.equals(that.routes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(System.identityHashCode(network), name, routes);
    }

    /** Returns the name of the member, if it has one, that of its network, and the routes that it has of its own. */
    @Override
    public String toString() {
        String text = name.isEmpty() ? network.name() : name + " of " + network.name();
        return routes.isEmpty()
                ? text
                : text + " (" + routes.stream().map(NetworkRoute::toString).collect(Collectors.joining("; ")) + ")";
    }
}
