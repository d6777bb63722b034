package dev.sandjar.internal;

import dev.sandjar.network.NetworkRoute;
import dev.sandjar.network.Subnet;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a network of several sandboxes is opened with.
 *
 * @param name for people
 * @param mtu in bytes
 * @param hasGateway whether it has the first address of each subnet itself
 * @param keepsApart whether members reach no other member
 * @param routes of all members
 */
public record NetworkLayout(
        String name, List<Subnet> subnets, int mtu, boolean hasGateway, boolean keepsApart, List<NetworkRoute> routes) {
    public NetworkLayout {
        subnets = List.copyOf(subnets);
        routes = List.copyOf(routes);
    }

    /** The addresses that it has itself. */
    public List<InetAddress> gateways() {
        return hasGateway ? subnets.stream().map(subnet -> subnet.at(1)).toList() : List.of();
    }

    @Override
    public String toString() {
        return name + " " + subnets.stream().map(Subnet::toString).collect(Collectors.joining(", "));
    }
}
