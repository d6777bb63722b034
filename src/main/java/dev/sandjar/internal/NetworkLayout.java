package dev.sandjar.internal;

import dev.sandjar.network.Subnet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a network of several sandboxes is opened with.
 *
 * @param name for people
 * @param mtu in bytes
 */
public record NetworkLayout(String name, List<Subnet> subnets, int mtu) {
    public NetworkLayout {
        subnets = List.copyOf(subnets);
    }

    @Override
    public String toString() {
        return name + " " + subnets.stream().map(Subnet::toString).collect(Collectors.joining(", "));
    }
}
