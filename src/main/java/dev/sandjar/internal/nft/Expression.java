package dev.sandjar.internal.nft;

import dev.sandjar.internal.netlink.Attribute;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * One step of a rule: it loads something into the register, compares that, or decides. A rule goes on as long as comparisons hold.
 * Immutable.
 */
record Expression(String name, List<Attribute> data) {
    /** NFT_REG_1: 16 bytes, enough for any address. */
    private static final int REGISTER = 1;

    /** NFT_REG32_00: four bytes, and the next ones behind them. */
    private static final int WORD_0 = 8;

    private static final int DROP = 0;
    private static final int ACCEPT = 1;
    private static final int GO_TO = -4;

    private static final int TCP = 6;
    private static final int TCP_FLAGS = 13;
    private static final int RST = 4;
    static final int IPV4_SIZE = 4;
    static final int IPV6_SIZE = 16;

    /** NFT_CONNLIMIT_F_INV. */
    private static final int OVER = 1;

    private static final int BITS_OF_BYTE = 0xff;

    /** Properties of a packet: NFT_META_*. */
    enum Meta {
        FRAME_PROTOCOL(1),
        IN_INTERFACE(4),
        OUT_INTERFACE(5),
        FAMILY(15),
        PROTOCOL(16),
        OUT_GROUP(22);

        private final int key;

        Meta(int key) {
            this.key = key;
        }
    }

    /** Properties of the connection of a packet: NFT_CT_*. The tuple is that of the packet which began it, whoever sends now. */
    enum Tracked {
        STATE(0, false),
        DIRECTION(1, false),
        FAMILY(7, false),
        PROTOCOL(10, false),
        DESTINATION_PORT(12, true),
        SOURCE_IPV4(19, true),
        DESTINATION_IPV4(20, true),
        SOURCE_IPV6(21, true),
        DESTINATION_IPV6(22, true);

        private final int key;
        private final boolean tuple;

        Tracked(int key, boolean tuple) {
            this.key = key;
            this.tuple = tuple;
        }
    }

    /** NFT_CMP_*; of numbers that are big-endian. */
    enum Comparison {
        EQUAL(0),
        DIFFERENT(1),
        AT_MOST(3),
        AT_LEAST(5);

        private final int number;

        Comparison(int number) {
            this.number = number;
        }
    }

    Expression {
        data = List.copyOf(data);
    }

    Attribute[] attributes() {
        return new Attribute[] {Attribute.text(1, name), Attribute.nest(2, data.toArray(new Attribute[0]))};
    }

    private static Expression of(String name, Attribute... data) {
        return new Expression(name, Arrays.asList(data));
    }

    static Attribute bigEndian(int type, int value) {
        return new Attribute.Value(
                type, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    static Attribute bigEndian(int type, long value) {
        return new Attribute.Value(
                type, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }

    static byte[] octet(int value) {
        return new byte[] {(byte) value};
    }

    static byte[] port(int value) {
        return ByteBuffer.allocate(Short.BYTES).putShort((short) value).array();
    }

    static Expression load(Meta what) {
        return of("meta", bigEndian(2, what.key), bigEndian(1, REGISTER));
    }

    static Expression load(Tracked what) {
        Attribute key = bigEndian(2, what.key);
        Attribute register = bigEndian(1, REGISTER);
        return what.tuple ? of("ct", key, register, new Attribute.Value(3, octet(0))) : of("ct", key, register);
    }

    /** Goes on if the packet takes one of the ways that a set of the same transaction holds. */
    static List<Expression> isOneOf(String set, int id) {
        return List.of(
                of("meta", bigEndian(2, Meta.IN_INTERFACE.key), bigEndian(1, WORD_0)),
                of("meta", bigEndian(2, Meta.OUT_INTERFACE.key), bigEndian(1, WORD_0 + 1)),
                of("lookup", Attribute.text(1, set), bigEndian(2, WORD_0), bigEndian(4, id)));
    }

    /** Bytes of the header of IP. */
    static Expression loadNetwork(int offset, int length) {
        return of("payload", bigEndian(1, REGISTER), bigEndian(2, 1), bigEndian(3, offset), bigEndian(4, length));
    }

    /** Has a connection go out with the address of the interface by which it leaves. */
    static Expression masquerade() {
        return of("masq");
    }

    /** Bytes of the header above IP. */
    static Expression loadTransport(int offset, int length) {
        return of("payload", bigEndian(1, REGISTER), bigEndian(2, 2), bigEndian(3, offset), bigEndian(4, length));
    }

    /** What a packet of TCP is that refuses. */
    static List<Expression> isReset() {
        return List.of(
                load(Meta.PROTOCOL),
                equal(octet(TCP)),
                loadTransport(TCP_FLAGS, 1),
                mask(octet(RST)),
                compare(Comparison.DIFFERENT, octet(0)));
    }

    static Expression compare(Comparison comparison, byte[] value) {
        return of("cmp", bigEndian(1, REGISTER), bigEndian(2, comparison.number), data(3, value));
    }

    static Expression equal(byte[] value) {
        return compare(Comparison.EQUAL, value);
    }

    /** Leaves the bits that are set in the mask. */
    static Expression mask(byte[] mask) {
        return of(
                "bitwise",
                bigEndian(1, REGISTER),
                bigEndian(2, REGISTER),
                bigEndian(3, mask.length),
                data(4, mask),
                data(5, new byte[mask.length]));
    }

    /** Leaves the first bits. */
    static Expression mask(int bits, int length) {
        byte[] mask = new byte[length];
        for (int i = 0; i < bits; i++) {
            mask[i / Byte.SIZE] |= (byte) (1 << (Byte.SIZE - 1 - i % Byte.SIZE) & BITS_OF_BYTE);
        }
        return mask(mask);
    }

    /** Goes on if there are more connections at once that come to this rule. */
    static Expression connectionsOver(int most) {
        return of("connlimit", bigEndian(1, most), bigEndian(2, OVER));
    }

    /** Goes on if there are no more. */
    static Expression connectionsWithin(int most) {
        return of("connlimit", bigEndian(1, most), bigEndian(2, 0));
    }

    /**
     * Has each address in the register counted for itself; a set that is full has it end here.
     *
     * @param id of the set
     */
    static Expression forEach(String set, int id, Expression counts) {
        return of(
                "dynset",
                Attribute.text(1, set),
                bigEndian(2, id),
                bigEndian(3, 0),
                bigEndian(4, REGISTER),
                Attribute.nest(7, counts.attributes()));
    }

    /** Counts the packet. */
    static Expression count(String counter) {
        return of("objref", bigEndian(1, RulesetMessages.COUNTER), Attribute.text(2, counter));
    }

    /** Takes the bytes of the packet from a quota, and goes on if that is used up. */
    static Expression over(String quota) {
        return of("objref", bigEndian(1, RulesetMessages.QUOTA), Attribute.text(2, quota));
    }

    static Expression accept() {
        return verdict(bigEndian(1, ACCEPT));
    }

    static Expression drop() {
        return verdict(bigEndian(1, DROP));
    }

    static Expression goTo(String chain) {
        return verdict(bigEndian(1, GO_TO), Attribute.text(2, chain));
    }

    /** A reset, to whoever has sent a packet of TCP. */
    static Expression reset() {
        return of("reject", bigEndian(1, 1), new Attribute.Value(2, octet(0)));
    }

    /** The message of ICMP of either version that says that an administrator has forbidden it. */
    static Expression unreachable() {
        return of("reject", bigEndian(1, 2), new Attribute.Value(2, octet(3)));
    }

    private static Expression verdict(Attribute... verdict) {
        return of("immediate", bigEndian(1, 0), Attribute.nest(2, Attribute.nest(2, verdict)));
    }

    private static Attribute data(int type, byte[] value) {
        return Attribute.nest(type, new Attribute.Value(1, value));
    }
}
