package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
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

    /** @param name in lower case */
    @Nullable
    Target name(String name, int port) {
        for (EgressRule rule : rules) {
            if (rule.name().orElse("").equals(name) && rule.ports().contains(port)) {
                return new Target(rule, name, null, port);
            }
        }
        return null;
    }

    /** Of several ranges that of the fewest addresses counts. */
    @Nullable
    Target address(InetAddress address, int port) {
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
