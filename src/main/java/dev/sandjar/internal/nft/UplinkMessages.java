package dev.sandjar.internal.nft;

import static dev.sandjar.internal.netlink.Words.number;
import static dev.sandjar.internal.nft.Expression.compare;
import static dev.sandjar.internal.nft.Expression.equal;
import static dev.sandjar.internal.nft.Expression.load;
import static dev.sandjar.internal.nft.Expression.octet;

import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.network.UplinkBounds;
import dev.sandjar.internal.nft.Expression.Comparison;
import dev.sandjar.internal.nft.Expression.Meta;
import dev.sandjar.internal.nft.Expression.Tracked;
import dev.sandjar.internal.nft.RulesetMessages.Hook;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.Uplink;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** What passes between a network and the host's: one table in each, of which the network's translates addresses too, so that the host knows one of it. */
public final class UplinkMessages {
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final String FORWARD = "forward";
    private static final String ARRIVING = "arriving";
    private static final String SOURCE = "source";
    private static final int TCP = 6;
    private static final int ICMP6 = 58;
    private static final int NEIGHBOUR_SOLICITATION = 135;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int FAMILY_IPV4 = 2;
    private static final int FAMILY_IPV6 = 10;
    private static final int SOURCE_IPV4 = 12;
    private static final int DESTINATION_IPV4 = 16;
    private static final int SOURCE_IPV6 = 8;
    private static final int DESTINATION_IPV6 = 24;

    /** NF_CT_STATE_BIT of IP_CT_ESTABLISHED and of IP_CT_RELATED. */
    private static final int ANSWER = 2 | 4;

    /** NF_CT_STATE_BIT(IP_CT_NEW). */
    private static final int NEW = 8;

    private final RulesetMessages ruleset;
    private final List<Message> all = new ArrayList<>();

    private UplinkMessages(String table) {
        this.ruleset = new RulesetMessages(table);
    }

    /**
     * In the namespace of the network: members get the address of the interface, and nobody outside begins anything.
     *
     * @param index of the interface
     */
    public static List<Message> inside(int index) {
        return inside(index, false, List.of(), List.of());
    }

    /**
     * The same in the place of what there is, where neighbours have to be found, and nobody else keeps members from something.
     *
     * @param refused what members are kept from
     * @param allowed what of it they are not
     */
    public static List<Message> inside(int index, List<AddressRange> refused, List<AddressRange> allowed) {
        return inside(index, true, refused, allowed);
    }

    private static List<Message> inside(
            int index, boolean neighbours, List<AddressRange> refused, List<AddressRange> allowed) {
        UplinkMessages messages = new UplinkMessages("uplink");
        messages.all.add(RulesetMessages.begin());
        // What is deleted has to be there.
        messages.all.add(messages.ruleset.addTable());
        messages.all.add(messages.ruleset.deleteTable());
        messages.all.add(messages.ruleset.addTable());
        for (Hook hook : List.of(Hook.INPUT, Hook.FORWARD)) {
            String chain = hook == Hook.INPUT ? INPUT : FORWARD;
            messages.all.add(messages.ruleset.addBaseChain(chain, hook, 0, true));
            if (hook == Hook.INPUT && neighbours) {
                messages.rule(
                        chain,
                        load(Meta.IN_INTERFACE),
                        equal(number(index)),
                        load(Meta.PROTOCOL),
                        equal(octet(ICMP6)),
                        Expression.loadTransport(0, 1),
                        compare(Comparison.AT_LEAST, octet(NEIGHBOUR_SOLICITATION)),
                        compare(Comparison.AT_MOST, octet(NEIGHBOUR_ADVERTISEMENT)),
                        Expression.accept());
            }
            messages.onlyAnswers(chain, Meta.IN_INTERFACE, index);
        }
        messages.bounds(index);
        allowed.forEach(range -> messages.toRange(Meta.OUT_INTERFACE, index, range, Expression.accept()));
        refused.forEach(range -> messages.refuse(Meta.OUT_INTERFACE, index, range));
        messages.all.add(messages.ruleset.addSourceChain(SOURCE));
        messages.rule(SOURCE, load(Meta.OUT_INTERFACE), equal(number(index)), Expression.masquerade());
        messages.all.add(RulesetMessages.end());
        return List.copyOf(messages.all);
    }

    /** Here, where members still have addresses of their own. */
    private void bounds(int index) {
        bound(index, 1, FAMILY_IPV4, Tracked.SOURCE_IPV4, Expression.IPV4_SIZE);
        bound(index, 2, FAMILY_IPV6, Tracked.SOURCE_IPV6, Expression.IPV6_SIZE);
        begins(index, Expression.connectionsOver(UplinkBounds.OF_NETWORK), Expression.drop());
    }

    private void bound(int index, int id, int family, Tracked address, int size) {
        String set = "from" + id;
        all.add(ruleset.addCountingSet(set, id, size));
        begins(
                index,
                load(Tracked.FAMILY),
                equal(octet(family)),
                load(address),
                Expression.forEach(set, id, Expression.connectionsOver(UplinkBounds.OF_MEMBER)),
                Expression.drop());
    }

    /** What would begin a connection to the outside. */
    private void begins(int index, Expression... then) {
        List<Expression> rule = new ArrayList<>(List.of(
                load(Meta.OUT_INTERFACE),
                equal(number(index)),
                load(Tracked.STATE),
                Expression.mask(number(NEW)),
                compare(Comparison.DIFFERENT, number(0))));
        rule.addAll(List.of(then));
        all.add(ruleset.addRule(FORWARD, rule));
    }

    /** Takes away what {@link #host} has made. */
    public static List<Message> remove(int index) {
        UplinkMessages messages = ofHost(index);
        return List.of(RulesetMessages.begin(), messages.ruleset.deleteTable(), RulesetMessages.end());
    }

    private static UplinkMessages ofHost(int index) {
        return new UplinkMessages("sandjar" + index);
    }

    /**
     * In the namespace of the host, before the interface is there. The table ends with the socket.
     *
     * @param index of the interface
     * @param group of all such interfaces
     * @param own the addresses that the network has there
     */
    public static List<Message> host(int index, int group, List<InetAddress> own, Uplink uplink) {
        UplinkMessages messages = ofHost(index);
        messages.all.add(RulesetMessages.begin());
        messages.all.add(messages.ruleset.addOwnedTable());
        messages.all.add(messages.ruleset.addBaseChain(INPUT, Hook.INPUT, 0, true));
        messages.all.add(messages.ruleset.addBaseChain(OUTPUT, Hook.OUTPUT, 0, true));
        messages.all.add(messages.ruleset.addBaseChain(FORWARD, Hook.FORWARD, 0, true));
        // After all chains of that hook, so that who begins something is refused by the one before the other drops it.
        messages.all.add(messages.ruleset.addBaseChain(ARRIVING, Hook.FORWARD, 1, true));
        messages.all.add(messages.ruleset.addSourceChain(SOURCE));
        messages.senders(INPUT, index, own);
        if (!uplink.allowsHost()) {
            messages.refuse(INPUT, index);
        }
        messages.onlyAnswers(OUTPUT, Meta.OUT_INTERFACE, index);
        messages.senders(FORWARD, index, own);
        messages.refuse(FORWARD, index, load(Meta.OUT_GROUP), equal(number(group)));
        uplink.allowed().forEach(range -> messages.toRange(Meta.IN_INTERFACE, index, range, Expression.accept()));
        Uplink.refused().forEach(range -> messages.refuse(Meta.IN_INTERFACE, index, range));
        messages.onlyAnswers(ARRIVING, Meta.OUT_INTERFACE, index);
        for (InetAddress address : own) {
            List<Expression> rule = new ArrayList<>(List.of(
                    load(Meta.FAMILY), equal(octet(family(address))), source(address), equal(address.getAddress())));
            // What refuses a connection between two of them has the address of the other one.
            rule.add(load(Meta.OUT_GROUP));
            rule.add(compare(Comparison.DIFFERENT, number(group)));
            rule.add(Expression.masquerade());
            messages.all.add(messages.ruleset.addRule(SOURCE, rule));
        }
        messages.all.add(RulesetMessages.end());
        return List.copyOf(messages.all);
    }

    private void onlyAnswers(String chain, Meta side, int index) {
        rule(
                chain,
                load(side),
                equal(number(index)),
                load(Tracked.STATE),
                Expression.mask(number(ANSWER)),
                compare(Comparison.DIFFERENT, number(0)),
                Expression.accept());
        rule(chain, load(side), equal(number(index)), Expression.drop());
    }

    /** No other addresses, and of no other family. */
    private void senders(String chain, int index, List<InetAddress> own) {
        for (int family : new int[] {FAMILY_IPV4, FAMILY_IPV6}) {
            List<Expression> rule = new ArrayList<>(
                    List.of(load(Meta.IN_INTERFACE), equal(number(index)), load(Meta.FAMILY), equal(octet(family))));
            own.stream()
                    .filter(address -> family(address) == family)
                    .forEach(address ->
                            rule.addAll(List.of(source(address), compare(Comparison.DIFFERENT, address.getAddress()))));
            rule.add(Expression.drop());
            all.add(ruleset.addRule(chain, rule));
        }
    }

    private static int family(InetAddress address) {
        return address instanceof Inet6Address ? FAMILY_IPV6 : FAMILY_IPV4;
    }

    private static Expression source(InetAddress address) {
        return Expression.loadNetwork(
                address instanceof Inet6Address ? SOURCE_IPV6 : SOURCE_IPV4, address.getAddress().length);
    }

    private static Expression destination(InetAddress address) {
        return Expression.loadNetwork(
                address instanceof Inet6Address ? DESTINATION_IPV6 : DESTINATION_IPV4, address.getAddress().length);
    }

    private void refuse(Meta side, int index, AddressRange range) {
        toRange(side, index, range, load(Meta.PROTOCOL), equal(octet(TCP)), Expression.reset());
        toRange(side, index, range, Expression.unreachable());
    }

    private void toRange(Meta side, int index, AddressRange range, Expression... then) {
        InetAddress first = range.first();
        List<Expression> rule = new ArrayList<>(
                List.of(load(side), equal(number(index)), load(Meta.FAMILY), equal(octet(family(first)))));
        if (range.bits() > 0) {
            rule.addAll(List.of(
                    destination(first),
                    Expression.mask(range.bits(), first.getAddress().length),
                    equal(first.getAddress())));
        }
        rule.addAll(List.of(then));
        all.add(ruleset.addRule(FORWARD, rule));
    }

    private void refuse(String chain, int index, Expression... more) {
        List<Expression> begin = new ArrayList<>(List.of(load(Meta.IN_INTERFACE), equal(number(index))));
        begin.addAll(List.of(more));
        List<Expression> reset = new ArrayList<>(begin);
        reset.addAll(List.of(load(Meta.PROTOCOL), equal(octet(TCP)), Expression.reset()));
        all.add(ruleset.addRule(chain, reset));
        List<Expression> rest = new ArrayList<>(begin);
        rest.add(Expression.unreachable());
        all.add(ruleset.addRule(chain, rest));
    }

    private void rule(String chain, Expression... expressions) {
        all.add(ruleset.addRule(chain, List.of(expressions)));
    }
}
