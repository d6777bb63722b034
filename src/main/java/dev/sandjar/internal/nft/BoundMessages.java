package dev.sandjar.internal.nft;

import static dev.sandjar.internal.netlink.Words.number;
import static dev.sandjar.internal.nft.Expression.compare;
import static dev.sandjar.internal.nft.Expression.equal;
import static dev.sandjar.internal.nft.Expression.load;
import static dev.sandjar.internal.nft.Expression.octet;

import dev.sandjar.DataSize;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.nft.Expression.Comparison;
import dev.sandjar.internal.nft.Expression.Meta;
import dev.sandjar.internal.nft.Expression.Tracked;
import dev.sandjar.internal.nft.RulesetMessages.Hook;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How much a sandbox may do in its networks, in a table of its own, which stays when firewalls are replaced. It sees only what these let
 * through.
 */
public final class BoundMessages {
    private static final RulesetMessages RULESET = new RulesetMessages("bounds");
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final String FORWARD = "forward";
    private static final String SPENT = "spent";
    private static final String BYTES = "bytes";
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int ICMP6 = 58;
    private static final int ICMP_UNREACHABLE = 3;
    private static final int ICMP6_UNREACHABLE = 1;
    private static final String ARRIVING = "arriving";
    private static final int LOOPBACK = 1;
    private static final int FAMILY_IPV4 = 2;
    private static final int FAMILY_IPV6 = 10;

    /** NF_CT_STATE_BIT(IP_CT_NEW). */
    private static final int NEW = 8;

    /** After firewalls. */
    private static final int PRIORITY = 10;

    private final List<Message> all = new ArrayList<>();

    private BoundMessages() {}

    /**
     * Into a namespace that has no such table; nothing if there is no need for one.
     *
     * @param connections how many at once, to others and from each of them; empty for any number
     * @param bytes of all packets; empty for any number
     */
    public static List<Message> of(OptionalInt connections, Optional<DataSize> bytes) {
        if (connections.isEmpty() && bytes.isEmpty()) {
            return List.of();
        }
        BoundMessages messages = new BoundMessages();
        messages.begin();
        bytes.ifPresent(most -> messages.quota(most.toBytes()));
        if (connections.isPresent()) {
            messages.connections(connections.getAsInt());
        }
        messages.all.add(RulesetMessages.end());
        return List.copyOf(messages.all);
    }

    private void begin() {
        all.add(RulesetMessages.begin());
        all.add(RULESET.addTable());
        all.add(RULESET.addBaseChain(INPUT, Hook.INPUT, PRIORITY, true));
        all.add(RULESET.addBaseChain(OUTPUT, Hook.OUTPUT, PRIORITY, true));
        rule(INPUT, load(Meta.IN_INTERFACE), equal(number(LOOPBACK)), Expression.accept());
        rule(OUTPUT, load(Meta.OUT_INTERFACE), equal(number(LOOPBACK)), Expression.accept());
    }

    private void quota(long bytes) {
        all.add(RULESET.addQuota(BYTES, bytes));
        all.add(RULESET.addChain(SPENT));
        all.add(RULESET.addBaseChain(FORWARD, Hook.FORWARD, PRIORITY, true));
        // What tells of a refusal leaves too.
        List<Expression> reset = new ArrayList<>(Expression.isReset());
        reset.add(Expression.accept());
        all.add(RULESET.addRule(OUTPUT, reset));
        unreachable(ICMP, ICMP_UNREACHABLE);
        unreachable(ICMP6, ICMP6_UNREACHABLE);
        for (String chain : List.of(INPUT, OUTPUT, FORWARD)) {
            rule(chain, Expression.over(BYTES), Expression.goTo(SPENT));
        }
        rule(SPENT, load(Meta.PROTOCOL), equal(octet(TCP)), Expression.reset());
        rule(SPENT, Expression.unreachable());
    }

    private void unreachable(int protocol, int type) {
        rule(
                OUTPUT,
                load(Meta.PROTOCOL),
                equal(octet(protocol)),
                Expression.loadTransport(0, 1),
                equal(octet(type)),
                Expression.accept());
    }

    private void connections(int most) {
        all.add(RULESET.addChain(ARRIVING));
        from(most, 0, FAMILY_IPV4, Tracked.SOURCE_IPV4, Expression.IPV4_SIZE);
        from(most, 1, FAMILY_IPV6, Tracked.SOURCE_IPV6, Expression.IPV6_SIZE);
        // Also what comes from more addresses than the sets have room for.
        rule(ARRIVING, Expression.drop());
        begins(INPUT, Expression.goTo(ARRIVING));
        begins(OUTPUT, Expression.connectionsOver(most), Expression.drop());
    }

    private void from(int most, int number, int family, Tracked address, int size) {
        String set = "from" + number;
        all.add(RULESET.addCountingSet(set, number + 1, size));
        rule(
                ARRIVING,
                load(Tracked.FAMILY),
                equal(octet(family)),
                load(address),
                Expression.forEach(set, number + 1, Expression.connectionsWithin(most)),
                Expression.accept());
    }

    /** What would begin a connection. */
    private void begins(String chain, Expression... then) {
        List<Expression> expressions = new ArrayList<>(
                List.of(load(Tracked.STATE), Expression.mask(number(NEW)), compare(Comparison.DIFFERENT, number(0))));
        expressions.addAll(List.of(then));
        all.add(RULESET.addRule(chain, expressions));
    }

    private void rule(String chain, Expression... expressions) {
        all.add(RULESET.addRule(chain, List.of(expressions)));
    }
}
