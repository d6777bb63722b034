package dev.sandjar.network;

import dev.sandjar.internal.util.AddressLiterals;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Objects;

/**
 * A static route of members of a {@link SandboxNetwork} ({@code rtnetlink(7)}): packets to some addresses go to a router, which is another
 * member or the network's own gateway. Immutable and thread-safe.
 *
 * @param destination the addresses; a range of 0 common bits stands for all to which no other route leads
 * @param via the address of the router, of the same family as the destination
 */
public record NetworkRoute(AddressRange destination, InetAddress via) {
    /**
     * Makes a route.
     *
     * @param destination see the record
     * @param via see the record
     * @throws IllegalArgumentException if one is of IPv4 and the other one of IPv6
     */
    public NetworkRoute {
        Objects.requireNonNull(destination, "destination");
        if (destination.first() instanceof Inet4Address != Objects.requireNonNull(via, "via") instanceof Inet4Address) {
            throw new IllegalArgumentException("a route to " + destination + " can't lead through "
                    + via.getHostAddress() + ", which is of the other family of addresses");
        }
    }

    /**
     * Parses a route. No name is looked up.
     *
     * @param destination the addresses in CIDR notation, as {@link AddressRange#of} parses them, such as {@code 10.8.0.0/24}
     * @param via the address of the router, such as {@code 10.7.0.2}
     * @return the route
     * @throws IllegalArgumentException if one of both is malformed, or they are of different families
     */
    public static NetworkRoute of(String destination, String via) {
        return new NetworkRoute(AddressRange.of(destination), AddressLiterals.parse(via));
    }

    /**
     * Tells whether this is the default route: for all addresses to which no other one leads.
     *
     * @return whether the destination is {@code 0.0.0.0/0} or {@code ::/0}
     */
    public boolean isDefault() {
        return destination.bits() == 0;
    }

    /** Returns the route in the words of {@code ip-route(8)}, such as {@code 10.8.0.0/24 via 10.7.0.2}. */
    @Override
    public String toString() {
        return destination + " via " + via.getHostAddress();
    }
}
