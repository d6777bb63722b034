package dev.sandjar.internal;

import dev.sandjar.network.Firewall;
import dev.sandjar.network.NetworkRoute;
import dev.sandjar.network.Subnet;
import dev.sandjar.network.Uplink;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a network of several sandboxes is opened with.
 *
 * @param name for people
 * @param mtu in bytes
 * @param hasGateway whether it has the first address of each subnet itself
 * @param keepsApart whether members reach no other member
 * @param hasResolver whether it answers who asks it for names of members
 * @param routes of all members
 * @param firewall of all members, at first
 * @param uplink by which it is left; with a gateway
 */
public record NetworkLayout(
        String name,
        List<Subnet> subnets,
        int mtu,
        boolean hasGateway,
        boolean keepsApart,
        boolean hasResolver,
        List<NetworkRoute> routes,
        Optional<Firewall> firewall,
        Optional<Uplink> uplink) {
    public NetworkLayout {
        subnets = List.copyOf(subnets);
        routes = List.copyOf(routes);
    }

    /** The addresses of its gateway. */
    public List<InetAddress> gateways() {
        return hasGateway ? first() : List.of();
    }

    /** Where it is asked for names. */
    public List<InetAddress> resolvers() {
        return hasResolver ? first() : List.of();
    }

    private List<InetAddress> first() {
        return subnets.stream().map(subnet -> subnet.at(1)).toList();
    }

    @Override
    public String toString() {
        return name + " " + subnets.stream().map(Subnet::toString).collect(Collectors.joining(", "));
    }
}
