package dev.sandjar.internal.netlink;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Messages about rules that choose among routes: RTM_NEWRULE and RTM_DELRULE of {@code rtnetlink(7)}, {@code ip-rule(8)}. */
public final class RuleMessages {
    /** Of struct fib_rule_hdr. */
    static final int HEADER_SIZE = 12;

    private static final int NEWRULE = 32;
    private static final int DELRULE = 33;
    private static final int CREATE = 0x400;
    private static final int EXCLUSIVE = 0x200;
    private static final int DESTINATION = 1;
    private static final int SOURCE = 2;
    private static final int FROM_DEVICE = 3;
    private static final int PRIORITY = 6;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final byte WHOLE = (byte) 128;
    private static final byte MAIN_TABLE = (byte) 254;
    private static final byte TO_TABLE = 1;
    private static final byte UNREACHABLE = 7;

    /** FIB_RULE_FIND_SADDR: who has not chosen a sender's address yet gets what the route would have it be, and this is compared. */
    private static final int WITH_CHOSEN_SOURCE = 0x10000;

    private RuleMessages() {}

    /** What this host itself sends from an address goes where its routes lead. */
    public static Message own(Inet6Address source, int priority) {
        return rule(
                priority,
                WHOLE,
                MAIN_TABLE,
                TO_TABLE,
                WITH_CHOSEN_SOURCE,
                List.of(new Attribute.Value(SOURCE, source.getAddress())));
    }

    /** What this host itself sends from any address of IPv6 goes nowhere; what it passes on does. */
    public static Message nothingElse(int priority) {
        return rule(priority, (byte) 0, (byte) 0, UNREACHABLE, 0, List.of());
    }

    /** What comes in by an interface for one of these addresses goes nowhere. */
    public static Message notFrom(String device, InetAddress first, int bits, int priority) {
        return notFrom(NEWRULE, CREATE | EXCLUSIVE, device, first, bits, priority);
    }

    /** Ends {@link #notFrom}. */
    public static Message fromAgain(String device, InetAddress first, int bits, int priority) {
        return notFrom(DELRULE, 0, device, first, bits, priority);
    }

    private static Message notFrom(int type, int flags, String device, InetAddress first, int bits, int priority) {
        byte[] to = first.getAddress();
        byte[] header = Words.room(HEADER_SIZE)
                .put(to.length == Integer.BYTES ? AF_INET : AF_INET6)
                .put((byte) bits)
                .put(new byte[] {0, 0, 0, 0, 0})
                .put(UNREACHABLE)
                .putInt(0)
                .array();
        return new Message(
                type,
                flags,
                header,
                List.of(
                        Attribute.text(FROM_DEVICE, device),
                        Attribute.number(PRIORITY, priority),
                        new Attribute.Value(DESTINATION, to)));
    }

    private static Message rule(int priority, byte bits, byte table, byte action, int flags, List<Attribute> more) {
        byte[] header = Words.room(HEADER_SIZE)
                .put(AF_INET6)
                .put((byte) 0)
                .put(bits)
                .put((byte) 0)
                .put(table)
                .put((byte) 0)
                .put((byte) 0)
                .put(action)
                .putInt(flags)
                .array();
        List<Attribute> attributes =
                new ArrayList<>(List.of(Attribute.text(FROM_DEVICE, "lo"), Attribute.number(PRIORITY, priority)));
        attributes.addAll(more);
        return new Message(NEWRULE, CREATE | EXCLUSIVE, header, attributes);
    }
}
