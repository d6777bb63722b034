package dev.sandjar.network;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What has passed through the interface of a sandbox that is attached to a {@link SandboxNetwork}, since it was attached; with the headers
 * of Ethernet ({@code ip-link(8)}, {@code -statistics}). Immutable.
 *
 * @param name of the member, empty if it has none
 * @param addresses of the sandbox in this network, in the order of its subnets
 * @param sent what it has sent into the network
 * @param received what it has received from there
 */
public record MemberTraffic(
        Optional<String> name,
        List<InetAddress> addresses,
        FirewallCounters.Count sent,
        FirewallCounters.Count received) {
    /**
     * Copies the list. Only Sandjar makes traffic; more components may follow.
     *
     * @param name see the record
     * @param addresses see the record
     * @param sent see the record
     * @param received see the record
     */
    public MemberTraffic {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(sent, "sent");
        Objects.requireNonNull(received, "received");
        addresses = List.copyOf(addresses);
    }

    /** Returns name, addresses and numbers in one line. */
    @Override
    public String toString() {
        return name.map(text -> text + " ").orElse("")
                + addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(" ")) + ": sent "
                + sent
                + ", received " + received;
    }
}
