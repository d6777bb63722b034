package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.HostNames;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the rule for what a program inside dials, and gives names of patterns an address there. Thread-safe. */
final class Targets implements NameAnswer.Names {
    /** What EgressRule.isPattern() says. */
    static final int GIVEN_MAX = 1024;

    private static final int ASCII_MAX = 0x7f;
    private static final Logger LOG = LoggerFactory.getLogger(Targets.class);

    private final List<EgressRule> rules;
    private final List<String> names;

    /** Of patterns, in the order in which they were asked for: each keeps its address for as long as the sandbox is there. */
    private final List<String> given = new ArrayList<>();

    private boolean full;

    Targets(Network network) {
        this.rules = network.rules().egress();
        this.names = SyntheticAddresses.names(network);
    }

    /** By the address inside that a client has connected to; null if no rule is for it. */
    @Nullable
    Target inside(InetSocketAddress dialled) {
        if (!SyntheticAddresses.RANGE.contains(dialled.getAddress())) {
            return address(dialled.getAddress(), dialled.getPort());
        }
        String name = name(dialled.getAddress());
        return name == null ? null : name(name, dialled.getPort());
    }

    /** As a client of a proxy says it: a strict name or an address, that of a name inside too; null if no rule is for it. */
    @Nullable
    Target dialled(String host, int port) {
        String lower = lower(host);
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
        EgressRule best = null;
        for (EgressRule rule : rules) {
            boolean fits = rule.ports().contains(port) && stands(rule, name);
            if (fits && (best == null || isCloser(rule, best))) {
                best = rule;
            }
        }
        return best == null ? null : new Target(best, name, null, port);
    }

    private static boolean stands(EgressRule rule, String name) {
        String own = rule.name().orElse("");
        return rule.isPattern() ? name.endsWith(own.substring(1)) && name.length() >= own.length() : own.equals(name);
    }

    private static boolean isCloser(EgressRule rule, EgressRule than) {
        return than.isPattern()
                && (!rule.isPattern()
                        || rule.name().orElse("").length()
                                > than.name().orElse("").length());
    }

    /** That of a name which a rule allows, given when it is first asked for; null for others, and when too many have one. */
    @Override
    public @Nullable List<InetAddress> addresses(String asked) {
        String name = lower(asked);
        if (!HostNames.isStrict(name) || rules.stream().noneMatch(rule -> stands(rule, name))) {
            return null;
        }
        int own = names.indexOf(name);
        int index = own >= 0 ? own : give(name);
        return index < 0 ? null : List.of(SyntheticAddresses.of(index));
    }

    private int give(String name) {
        synchronized (given) {
            int index = given.indexOf(name);
            if (index < 0 && given.size() < GIVEN_MAX) {
                index = given.size();
                given.add(name);
            } else if (index < 0 && !full) {
                full = true;
                LOG.warn("{} names of patterns have an address inside: {} and others are not found", GIVEN_MAX, name);
            }
            return index < 0 ? -1 : names.size() + index;
        }
    }

    @Override
    public @Nullable String name(InetAddress address) {
        int index = SyntheticAddresses.index(address);
        if (index < names.size()) {
            return index < 0 ? null : names.get(index);
        }
        synchronized (given) {
            return index - names.size() < given.size() ? given.get(index - names.size()) : null;
        }
    }

    private static String lower(String name) {
        return name.chars().allMatch(c -> c <= ASCII_MAX) ? name.toLowerCase(Locale.ROOT) : name;
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
