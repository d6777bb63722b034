package dev.sandjar.internal;

import dev.sandjar.network.AddressRange;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.NetworkRoute;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The routes of one sandbox that is attached to networks: there is one way to each range of addresses. */
public final class MemberRoutes {
    private MemberRoutes() {}

    /**
     * Those that are asked for, and default routes through the first gateway of a family.
     *
     * @return the routes through each interface, in the order of the members
     * @throws IllegalArgumentException if there are two ways to the same addresses
     */
    public static List<List<NetworkRoute>> of(List<NetworkMember> members) {
        Map<AddressRange, NetworkRoute> taken = new LinkedHashMap<>();
        List<List<NetworkRoute>> all = new ArrayList<>();
        for (NetworkMember member : members) {
            for (NetworkRoute route : member.routes()) {
                NetworkRoute other = taken.putIfAbsent(route.destination(), route);
                if (other != null) {
                    throw new IllegalArgumentException(
                            "there are two routes: " + other + ", and in another network " + route);
                }
            }
            all.add(new ArrayList<>(member.routes()));
        }
        for (int i = 0; i < all.size(); i++) {
            for (InetAddress gateway : members.get(i).network().gateways()) {
                NetworkRoute route = new NetworkRoute(
                        AddressRange.of(gateway instanceof Inet4Address ? "0.0.0.0/0" : "::/0"), gateway);
                if (taken.putIfAbsent(route.destination(), route) == null) {
                    all.get(i).add(route);
                }
            }
        }
        return all;
    }
}
