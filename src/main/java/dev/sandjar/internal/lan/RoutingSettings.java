package dev.sandjar.internal.lan;

import dev.sandjar.internal.NetworkLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is written below /proc/sys/net of the namespaces of networks and of their members. */
final class RoutingSettings {
    /** Of all interfaces; a new namespace has the host's value where net.core.devconf_inherit_init_net is 1. */
    static final String IPV6_FORWARDING = "ipv6/conf/all/forwarding";

    private static final String IPV6_OF_NEW_ONES = "ipv6/conf/default/disable_ipv6";

    private RoutingSettings() {}

    /** A gateway is a router, which tells at once where it has no way to, and passes on of IPv4 only what comes from where its sender is. */
    static Map<String, String> of(NetworkLayout layout) {
        Map<String, String> all = new LinkedHashMap<>();
        // A new namespace has what the host has.
        all.put("ipv4/ip_forward", layout.hasGateway() ? "1" : "0");
        all.put("ipv4/conf/all/rp_filter", "1");
        all.put("ipv4/conf/all/accept_source_route", "0");
        boolean routes = layout.hasGateway() && layout.subnets().stream().anyMatch(subnet -> !subnet.isIpv4());
        if (routes || hasIpv6()) {
            all.put(IPV6_FORWARDING, routes ? "1" : "0");
        }
        all.putAll(ofNewInterfaces(layout.subnets().stream().anyMatch(subnet -> !subnet.isIpv4())));
        return all;
    }

    /**
     * Whether interfaces that a namespace gets from now on have IPv6. Where nobody asked for it they would have addresses of their links
     * all the same, and by these everybody there the room of 2^64 neighbours, of which the whole machine has a table of 1024.
     */
    static Map<String, String> ofNewInterfaces(boolean ipv6) {
        return hasIpv6() ? Map.of(IPV6_OF_NEW_ONES, ipv6 ? "0" : "1") : Map.of();
    }

    /** A kernel without IPv6 has no setting for it. */
    static boolean hasIpv6() {
        return Files.exists(Path.of("/proc/sys/net", IPV6_FORWARDING));
    }
}
