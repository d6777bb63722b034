package dev.sandjar.internal.nft;

import static dev.sandjar.internal.netlink.Words.number;
import static dev.sandjar.internal.nft.Expression.compare;
import static dev.sandjar.internal.nft.Expression.equal;
import static dev.sandjar.internal.nft.Expression.load;
import static dev.sandjar.internal.nft.Expression.octet;
import static dev.sandjar.internal.nft.Expression.port;

import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.nft.Expression.Comparison;
import dev.sandjar.internal.nft.Expression.Meta;
import dev.sandjar.internal.nft.Expression.Tracked;
import dev.sandjar.internal.nft.RulesetMessages.Hook;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallRule;
import dev.sandjar.network.FirewallRule.Direction;
import dev.sandjar.network.FirewallRule.Protocol;
import dev.sandjar.network.PortRange;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a {@link Firewall} in the namespace of the sandbox that has it. Every packet is judged, by how its connection began: so a
 * new ruleset also holds for connections that there are, and answers need no rule of their own.
 */
public final class FirewallMessages {
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final String FORWARD = "forward";
    static final String INCOMING = "incoming";
    static final String OUTGOING = "outgoing";

    private static final int LOOPBACK = 1;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP6 = 58;
    private static final int FAMILY_IPV4 = 2;
    private static final int FAMILY_IPV6 = 10;
    private static final int NEIGHBOUR_SOLICITATION = 135;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;

    /** NF_CT_STATE_BIT(IP_CT_RELATED). */
    private static final int RELATED = 4;

    private static final int BEGAN_IT = 0;
    private static final int ANSWERS = 1;

    private final RulesetMessages ruleset;
    /** Index of the one interface that is meant, or none for all. */
    private final OptionalInt only;

    private FirewallMessages(String table, OptionalInt only) {
        this.ruleset = new RulesetMessages(table);
        this.only = only;
    }

    /** For all interfaces but loopback. */
    public static FirewallMessages ofSandbox() {
        return new FirewallMessages("sandjar", OptionalInt.empty());
    }

    /**
     * For one interface, beside those that there are for others and for all: what passes has to be let through by each.
     *
     * @param position of the interface among those of the sandbox
     * @param index of the interface, which need not be there yet
     */
    public static FirewallMessages ofNetwork(int position, int index) {
        return new FirewallMessages("network" + position, OptionalInt.of(index));
    }

    /** Asks for what the rules have counted. */
    public List<Message> askForCounters(Firewall firewall) {
        return CounterMessages.names(firewall).stream()
                .map(ruleset::askForCounter)
                .toList();
    }

    /** Puts it in the place of any other one, at once. */
    public List<Message> replace(Firewall firewall) {
        List<Message> all = new ArrayList<>();
        all.add(RulesetMessages.begin());
        // What is deleted has to be there.
        all.add(ruleset.addTable());
        all.add(ruleset.deleteTable());
        all.add(ruleset.addTable());
        CounterMessages.names(firewall).forEach(name -> all.add(ruleset.addCounter(name)));
        all.add(ruleset.addChain(INCOMING));
        all.add(ruleset.addChain(OUTGOING));
        all.add(ruleset.addBaseChain(INPUT, Hook.INPUT));
        all.add(ruleset.addBaseChain(OUTPUT, Hook.OUTPUT));
        all.add(ruleset.addBaseChain(FORWARD, Hook.FORWARD));
        others(all);
        input(all);
        output(all);
        for (int i = 0; i < firewall.clauses().size(); i++) {
            Firewall.Clause clause = firewall.clauses().get(i);
            String chain = clause.rule().direction() == Direction.INCOMING ? INCOMING : OUTGOING;
            for (List<Expression> match : matches(clause.rule())) {
                decide(all, chain, match, clause.action(), CounterMessages.of(i));
            }
        }
        decide(all, INCOMING, List.of(), firewall.otherwise(), INCOMING);
        decide(all, OUTGOING, List.of(), firewall.otherwise(), OUTGOING);
        all.add(RulesetMessages.end());
        return all;
    }

    /** What neither comes nor goes by the one interface is none of its business. */
    private void others(List<Message> all) {
        if (only.isEmpty()) {
            return;
        }
        Expression differs = compare(Comparison.DIFFERENT, number(only.getAsInt()));
        rule(all, INPUT, load(Meta.IN_INTERFACE), differs, Expression.accept());
        rule(all, OUTPUT, load(Meta.OUT_INTERFACE), differs, Expression.accept());
        rule(all, FORWARD, load(Meta.IN_INTERFACE), differs, load(Meta.OUT_INTERFACE), differs, Expression.accept());
    }

    private void input(List<Message> all) {
        rule(all, INPUT, load(Meta.IN_INTERFACE), equal(number(LOOPBACK)), Expression.accept());
        neighbours(all, INPUT);
        rule(all, INPUT, load(Tracked.DIRECTION), equal(octet(BEGAN_IT)), Expression.goTo(INCOMING));
        rule(all, INPUT, load(Tracked.DIRECTION), equal(octet(ANSWERS)), Expression.goTo(OUTGOING));
    }

    private void output(List<Message> all) {
        rule(all, OUTPUT, load(Meta.OUT_INTERFACE), equal(number(LOOPBACK)), Expression.accept());
        neighbours(all, OUTPUT);
        // What refuses a connection is itself a packet that leaves; only the kernel makes such.
        rule(all, OUTPUT, and(Expression.isReset(), Expression.accept()));
        for (int protocol : new int[] {ICMP, ICMP6}) {
            rule(
                    all,
                    OUTPUT,
                    load(Meta.PROTOCOL),
                    equal(octet(protocol)),
                    load(Tracked.STATE),
                    Expression.mask(number(RELATED)),
                    compare(Comparison.DIFFERENT, number(0)),
                    Expression.accept());
        }
        rule(all, OUTPUT, load(Tracked.DIRECTION), equal(octet(BEGAN_IT)), Expression.goTo(OUTGOING));
        rule(all, OUTPUT, load(Tracked.DIRECTION), equal(octet(ANSWERS)), Expression.goTo(INCOMING));
    }

    /** Without these nobody finds anybody with IPv6; they are not tracked. */
    private void neighbours(List<Message> all, String chain) {
        rule(
                all,
                chain,
                load(Meta.PROTOCOL),
                equal(octet(ICMP6)),
                Expression.loadTransport(0, 1),
                compare(Comparison.AT_LEAST, octet(NEIGHBOUR_SOLICITATION)),
                compare(Comparison.AT_MOST, octet(NEIGHBOUR_ADVERTISEMENT)),
                Expression.accept());
    }

    private void decide(
            List<Message> all, String chain, List<Expression> match, Firewall.Action action, String counter) {
        Expression count = Expression.count(counter);
        switch (action) {
            case ALLOW -> rule(all, chain, and(match, count, Expression.accept()));
            case DROP -> rule(all, chain, and(match, count, Expression.drop()));
            case DENY -> {
                rule(all, chain, and(match, load(Meta.PROTOCOL), equal(octet(TCP)), count, Expression.reset()));
                rule(all, chain, and(match, count, Expression.unreachable()));
            }
        }
    }

    /** Each of these is enough. */
    private static List<List<Expression>> matches(FirewallRule rule) {
        List<List<Expression>> found = new ArrayList<>();
        List<@Nullable AddressRange> peers = new ArrayList<>(rule.peers());
        if (peers.isEmpty()) {
            peers.add(null);
        }
        for (AddressRange peer : peers) {
            for (List<Expression> protocol : protocols(rule, peer)) {
                found.add(peer == null ? protocol : and(from(rule.direction(), peer), protocol));
            }
        }
        return found;
    }

    private static List<List<Expression>> protocols(FirewallRule rule, @Nullable AddressRange peer) {
        if (rule.protocol() == Protocol.ANY) {
            return List.of(List.of());
        }
        List<List<Expression>> found = new ArrayList<>();
        for (int number : numbers(rule.protocol(), peer)) {
            List<Expression> protocol = List.of(load(Tracked.PROTOCOL), equal(octet(number)));
            if (rule.ports().isEmpty()) {
                found.add(protocol);
            }
            for (PortRange range : rule.ports()) {
                found.add(and(protocol, to(range)));
            }
        }
        return found;
    }

    private static List<Expression> to(PortRange range) {
        Expression port = load(Tracked.DESTINATION_PORT);
        return range.size() == 1
                ? List.of(port, equal(port(range.first())))
                : List.of(
                        port,
                        compare(Comparison.AT_LEAST, port(range.first())),
                        compare(Comparison.AT_MOST, port(range.last())));
    }

    private static List<Integer> numbers(Protocol protocol, @Nullable AddressRange peer) {
        return switch (protocol) {
            case TCP -> List.of(TCP);
            case UDP -> List.of(UDP);
            case ICMP -> peer == null ? List.of(ICMP, ICMP6) : List.of(isIpv4(peer) ? ICMP : ICMP6);
            case ANY -> throw new IllegalArgumentException("any protocol has no number");
        };
    }

    private static boolean isIpv4(AddressRange range) {
        return range.first().getAddress().length == Integer.BYTES;
    }

    private static List<Expression> from(Direction direction, AddressRange peer) {
        boolean incoming = direction == Direction.INCOMING;
        boolean ipv4 = isIpv4(peer);
        List<Expression> family = List.of(load(Tracked.FAMILY), equal(octet(ipv4 ? FAMILY_IPV4 : FAMILY_IPV6)));
        if (peer.bits() == 0) {
            return family;
        }
        Tracked address = ipv4
                ? incoming ? Tracked.SOURCE_IPV4 : Tracked.DESTINATION_IPV4
                : incoming ? Tracked.SOURCE_IPV6 : Tracked.DESTINATION_IPV6;
        byte[] first = peer.first().getAddress();
        return and(family, load(address), Expression.mask(peer.bits(), first.length), equal(first));
    }

    private void rule(List<Message> all, String chain, Expression... expressions) {
        rule(all, chain, List.of(expressions));
    }

    private void rule(List<Message> all, String chain, List<Expression> expressions) {
        all.add(ruleset.addRule(chain, expressions));
    }

    private static List<Expression> and(List<Expression> first, Expression... more) {
        return and(first, List.of(more));
    }

    private static List<Expression> and(List<Expression> first, List<Expression> more) {
        List<Expression> all = new ArrayList<>(first);
        all.addAll(more);
        return List.copyOf(all);
    }
}
