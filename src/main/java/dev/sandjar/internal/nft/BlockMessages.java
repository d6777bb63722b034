package dev.sandjar.internal.nft;

import static dev.sandjar.internal.nft.Expression.compare;
import static dev.sandjar.internal.nft.Expression.equal;
import static dev.sandjar.internal.nft.Expression.octet;

import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.Words;
import dev.sandjar.internal.nft.Expression.Comparison;
import dev.sandjar.internal.nft.Expression.Meta;
import dev.sandjar.internal.nft.RulesetMessages.Hook;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What a bridge does not pass on: frames that came in by one of its ports and would leave by another one, but for those by which neighbours find each other. */
public final class BlockMessages {
    private static final RulesetMessages RULESET = RulesetMessages.ofBridge("faults");
    private static final String FORWARD = "forward";
    private static final String WAYS = "blocked";
    private static final int ID = 1;

    private static final int ARP = 0x0806;
    private static final int ICMP6 = 58;
    private static final int ROUTER_SOLICITATION = 133;
    private static final int REDIRECT = 137;

    /** What one attribute has room for, with something to spare. */
    private static final int KEYS = 1024;

    /**
     * A way through a bridge.
     *
     * @param in index of the port by which frames come
     * @param out index of the port by which they would leave
     */
    public record Way(int in, int out) {
        private byte[] key() {
            return Words.numbers(in, out);
        }
    }

    private BlockMessages() {}

    /** Blocks nothing any more. */
    public static List<Message> remove() {
        // What is deleted has to be there.
        return List.of(RulesetMessages.begin(), RULESET.addTable(), RULESET.deleteTable(), RulesetMessages.end());
    }

    /** Blocks these ways and no others, all at once. */
    public static List<Message> replace(Collection<Way> ways) {
        List<Message> all = new ArrayList<>(
                List.of(RulesetMessages.begin(), RULESET.addTable(), RULESET.deleteTable(), RULESET.addTable()));
        all.add(RULESET.addSetOfWays(WAYS, ID));
        List<byte[]> keys = ways.stream().map(Way::key).toList();
        for (int from = 0; from < keys.size(); from += KEYS) {
            all.add(RULESET.addElements(WAYS, ID, keys.subList(from, Math.min(from + KEYS, keys.size()))));
        }
        all.add(RULESET.addBaseChain(FORWARD, Hook.FORWARD, 0, true));
        neighbours(all);
        List<Expression> rule = new ArrayList<>(Expression.isOneOf(WAYS, ID));
        rule.add(Expression.drop());
        all.add(RULESET.addRule(FORWARD, rule));
        all.add(RulesetMessages.end());
        return all;
    }

    /** Who can't find a neighbour does not send anything either: a way that is blocked would block the way back. */
    private static void neighbours(List<Message> all) {
        all.add(RULESET.addRule(
                FORWARD,
                List.of(Expression.load(Meta.FRAME_PROTOCOL), equal(Expression.port(ARP)), Expression.accept())));
        all.add(RULESET.addRule(
                FORWARD,
                List.of(
                        Expression.load(Meta.PROTOCOL),
                        equal(octet(ICMP6)),
                        Expression.loadTransport(0, 1),
                        compare(Comparison.AT_LEAST, octet(ROUTER_SOLICITATION)),
                        compare(Comparison.AT_MOST, octet(REDIRECT)),
                        Expression.accept())));
    }
}
