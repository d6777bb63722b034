package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.HostNames;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the rule for what a program inside dials. Thread-safe. */
final class Targets {
    private final List<EgressRule> rules;
    private final List<String> names;

    Targets(Network network) {
        this.rules = network.egressRules();
        this.names = SyntheticAddresses.names(network);
    }

    /** By the address inside that a client has connected to; null if no rule is for it. */
    @Nullable
    Target inside(InetSocketAddress dialled) {
        int index = SyntheticAddresses.index(dialled.getAddress());
        if (index < 0) {
            return address(dialled.getAddress(), dialled.getPort());
        }
        return index < names.size() ? name(names.get(index), dialled.getPort()) : null;
    }

    /** As a client of a proxy says it: a strict name or an address, that of a name inside too; null if no rule is for it. */
    @Nullable
    Target dialled(String host, int port) {
        String lower = host.chars().allMatch(c -> c < 0x80) ? host.toLowerCase(Locale.ROOT) : host;
        if (HostNames.isStrict(lower)) {
            return name(lower, port);
        }
        boolean six = host.startsWith("[") && host.endsWith("]");
        try {
            InetAddress address = AddressLiterals.parse(six ? host.substring(1, host.length() - 1) : host);
            boolean clear = address instanceof Inet4Address
                    ? !six && address.getHostAddress().equals(host)
                    : true;
            return clear ? dialled(address, port) : null;
        } catch (IllegalArgumentException e) {
            return null; // neither a name nor an address, so no rule is for it
        }
    }

    @Nullable
    Target dialled(InetAddress address, int port) {
        return inside(new InetSocketAddress(address, port));
    }

    /** @param name in lower case */
    private @Nullable Target name(String name, int port) {
        for (EgressRule rule : rules) {
            if (rule.name().orElse("").equals(name) && rule.ports().contains(port)) {
                return new Target(rule, name, null, port);
            }
        }
        return null;
    }

    /** Of several ranges that of the fewest addresses counts. */
    private @Nullable Target address(InetAddress address, int port) {
        EgressRule best = null;
        int bits = -1;
        for (EgressRule rule : rules) {
            AddressRange range = rule.destination().orElse(null);
            if (range != null
                    && range.contains(address)
                    && range.bits() > bits
                    && rule.ports().contains(port)) {
                best = rule;
                bits = range.bits();
            }
        }
        return best == null ? null : new Target(best, "", address, port);
    }
}
