package dev.sandjar.internal.nft;

import dev.sandjar.internal.netlink.Attribute;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import dev.sandjar.network.FirewallCounters.Count;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What the rules of a {@link Firewall} have counted: each clause has a counter of its own, however many rules it comes to. */
public final class CounterMessages {
    private static final int NAME = 2;
    private static final int DATA = 4;
    private static final int BYTES = 1;
    private static final int PACKETS = 2;

    private CounterMessages() {}

    /** The counter of a clause. */
    static String of(int clause) {
        return "clause" + clause;
    }

    static List<String> names(Firewall firewall) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < firewall.clauses().size(); i++) {
            names.add(of(i));
        }
        names.add(FirewallMessages.INCOMING);
        names.add(FirewallMessages.OUTGOING);
        return names;
    }

    /** What the answers say. */
    public static FirewallCounters read(Firewall firewall, List<byte[]> answers) {
        List<String> names = names(firewall);
        if (answers.size() != names.size()) {
            throw new ProtocolException(answers.size() + " answers about " + names.size() + " counters");
        }
        List<Count> counts = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            List<Attribute> attributes =
                    Message.read(answers.get(i), RulesetMessages.HEADER_SIZE).attributes();
            if (!Attribute.text(NAME, names.get(i)).equals(find(attributes, NAME))) {
                throw new ProtocolException("an answer that is not about the counter " + names.get(i));
            }
            List<Attribute> data = Message.attributes(find(attributes, DATA).bytes());
            counts.add(new Count(number(data, PACKETS), number(data, BYTES)));
        }
        int clauses = firewall.clauses().size();
        return new FirewallCounters(firewall, counts.subList(0, clauses), counts.get(clauses), counts.get(clauses + 1));
    }

    private static long number(List<Attribute> data, int type) {
        byte[] bytes = find(data, type).bytes();
        if (bytes.length != Long.BYTES) {
            throw new ProtocolException("a number of " + bytes.length + " bytes");
        }
        return ByteBuffer.wrap(bytes).getLong();
    }

    private static Attribute.Value find(List<Attribute> attributes, int type) {
        for (Attribute attribute : attributes) {
            if (attribute instanceof Attribute.Value value && value.type() == type) {
                return value;
            }
        }
        throw new ProtocolException("a counter without its attribute " + type);
    }
}
