package dev.sandjar.internal.nft;

import dev.sandjar.internal.netlink.Attribute;
import dev.sandjar.internal.netlink.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages that make tables, chains and rules: linux/netfilter/nf_tables.h. */
final class RulesetMessages {
    private static final int SUBSYSTEM = 10;
    private static final int BATCH_BEGIN = 16;
    private static final int BATCH_END = 17;
    private static final int NEW_TABLE = 0;
    private static final int DELETE_TABLE = 2;
    private static final int NEW_CHAIN = 3;
    private static final int NEW_RULE = 6;

    private static final int NEW_SET = 9;
    private static final int NEW_OBJECT = 18;
    private static final int GET_OBJECT = 19;
    static final int HEADER_SIZE = 4;

    private static final int CREATE = 0x400;
    private static final int APPEND = 0x800;

    private static final int NEW_ELEMENTS = 12;

    /** NFPROTO_INET: of both IPv4 and IPv6. */
    private static final byte INET = 1;

    /** NFPROTO_BRIDGE: frames that a bridge passes on, whatever they carry. */
    private static final byte BRIDGE = 7;

    private static final int NAME = 1;
    private static final int TABLE_FLAGS = 2;

    /** NFT_TABLE_F_OWNER: the table ends with the socket that has made it (Linux 5.12). */
    private static final int OWNED = 2;

    private static final int CHAIN_NAME = 3;
    private static final int CHAIN_HOOK = 4;
    private static final int CHAIN_POLICY = 5;
    private static final int CHAIN_TYPE = 7;
    private static final int RULE_CHAIN = 2;
    private static final int RULE_EXPRESSIONS = 4;
    private static final int ELEMENT = 1;
    private static final int SET_NAME = 2;
    private static final int SET_FLAGS = 3;
    private static final int SET_KEY_TYPE = 4;
    private static final int SET_KEY_SIZE = 5;
    private static final int SET_DESCRIPTION = 9;
    private static final int SET_ID = 10;

    /** NFT_SET_EVAL: rules add to it. */
    private static final int BY_RULES = 0x20;

    /** Of elements of a set. */
    private static final int SET_MOST = 65_535;

    private static final int OBJECT_NAME = 2;
    private static final int OBJECT_TYPE = 3;
    private static final int OBJECT_DATA = 4;
    static final int COUNTER = 1;
    static final int QUOTA = 2;

    /** NFT_QUOTA_F_INV: rules go on when it is used up. */
    private static final int OVER = 1;

    /** What nft(8) calls the kinds of addresses by. */
    private static final int TYPE_IPV4 = 7;

    private static final int TYPE_IPV6 = 8;

    /** Two indexes of interfaces behind each other. */
    private static final int TYPE_WAY = 20 << 6 | 20;

    /** NF_IP_PRI_NAT_SRC. */
    private static final int SOURCE_PRIORITY = 100;

    /** Where a chain hears of packets: NF_INET_*. */
    enum Hook {
        INPUT(1),
        FORWARD(2),
        OUTPUT(3),
        POSTROUTING(4);

        private final int number;

        Hook(int number) {
            this.number = number;
        }
    }

    private final String table;
    private final byte family;

    RulesetMessages(String table) {
        this(table, INET);
    }

    private RulesetMessages(String table, byte family) {
        this.table = table;
        this.family = family;
    }

    /** Whose chains hear of what goes from one port of a bridge to another one. */
    static RulesetMessages ofBridge(String table) {
        return new RulesetMessages(table, BRIDGE);
    }

    /** What follows, up to {@link #end}, happens at once or not at all. */
    static Message begin() {
        return new Message(BATCH_BEGIN, 0, header((byte) 0, SUBSYSTEM), List.of());
    }

    static Message end() {
        return new Message(BATCH_END, 0, header((byte) 0, SUBSYSTEM), List.of());
    }

    Message addTable() {
        return message(NEW_TABLE, CREATE, Attribute.text(NAME, table));
    }

    /** One that ends with the socket by which it is made, which alone can change it. */
    Message addOwnedTable() {
        return message(NEW_TABLE, CREATE, Attribute.text(NAME, table), Expression.bigEndian(TABLE_FLAGS, OWNED));
    }

    Message deleteTable() {
        return message(DELETE_TABLE, 0, Attribute.text(NAME, table));
    }

    /** One that drops what no rule decides. */
    Message addBaseChain(String name, Hook hook) {
        return addBaseChain(name, hook, 0, false);
    }

    /**
     * @param priority of chains of the same hook: those with lower ones come before
     * @param passes whether what no rule decides goes on to them
     */
    Message addBaseChain(String name, Hook hook, int priority, boolean passes) {
        return addBaseChain(name, "filter", hook, priority, passes);
    }

    /** One that says which address a connection is to have outside. */
    Message addSourceChain(String name) {
        return addBaseChain(name, "nat", Hook.POSTROUTING, SOURCE_PRIORITY, true);
    }

    private Message addBaseChain(String name, String type, Hook hook, int priority, boolean passes) {
        return message(
                NEW_CHAIN,
                CREATE,
                Attribute.text(NAME, table),
                Attribute.text(CHAIN_NAME, name),
                Attribute.nest(CHAIN_HOOK, Expression.bigEndian(1, hook.number), Expression.bigEndian(2, priority)),
                Expression.bigEndian(CHAIN_POLICY, passes ? 1 : 0),
                Attribute.text(CHAIN_TYPE, type));
    }

    /** One that others jump to. */
    Message addChain(String name) {
        return message(NEW_CHAIN, CREATE, Attribute.text(NAME, table), Attribute.text(CHAIN_NAME, name));
    }

    /** Which rules count by: it begins at 0. */
    Message addCounter(String name) {
        return object(NEW_OBJECT, CREATE, COUNTER, name, Attribute.nest(OBJECT_DATA));
    }

    /** So many bytes, after which rules that name it go on. */
    Message addQuota(String name, long bytes) {
        return object(
                NEW_OBJECT,
                CREATE,
                QUOTA,
                name,
                Attribute.nest(OBJECT_DATA, Expression.bigEndian(1, bytes), Expression.bigEndian(2, OVER)));
    }

    Message askForCounter(String name) {
        return object(GET_OBJECT, 0, COUNTER, name);
    }

    /**
     * A set of addresses that rules meet, with something that counts for each.
     *
     * @param id by which rules of the same transaction name it
     * @param size of an address in bytes
     */
    Message addCountingSet(String name, int id, int size) {
        return message(
                NEW_SET,
                CREATE,
                Attribute.text(NAME, table),
                Attribute.text(SET_NAME, name),
                Expression.bigEndian(SET_FLAGS, BY_RULES),
                Expression.bigEndian(SET_KEY_TYPE, size == Expression.IPV4_SIZE ? TYPE_IPV4 : TYPE_IPV6),
                Expression.bigEndian(SET_KEY_SIZE, size),
                Expression.bigEndian(SET_ID, id),
                Attribute.nest(SET_DESCRIPTION, Expression.bigEndian(1, SET_MOST)));
    }

    /**
     * A set of pairs of indexes of interfaces.
     *
     * @param id by which rules of the same transaction name it
     */
    Message addSetOfWays(String name, int id) {
        return message(
                NEW_SET,
                CREATE,
                Attribute.text(NAME, table),
                Attribute.text(SET_NAME, name),
                Expression.bigEndian(SET_FLAGS, 0),
                Expression.bigEndian(SET_KEY_TYPE, TYPE_WAY),
                Expression.bigEndian(SET_KEY_SIZE, 2 * Integer.BYTES),
                Expression.bigEndian(SET_ID, id));
    }

    /** Keys of a set of the same transaction, as many as one attribute has room for. */
    Message addElements(String set, int id, List<byte[]> keys) {
        return message(
                NEW_ELEMENTS,
                CREATE,
                Attribute.text(NAME, table),
                Attribute.text(2, set),
                Expression.bigEndian(4, id),
                Attribute.nest(
                        3,
                        keys.stream()
                                .map(key -> Attribute.nest(ELEMENT, Attribute.nest(1, new Attribute.Value(1, key))))
                                .toArray(Attribute[]::new)));
    }

    private Message object(int type, int flags, int kind, String name, Attribute... more) {
        List<Attribute> attributes = new ArrayList<>(List.of(
                Attribute.text(NAME, table),
                Attribute.text(OBJECT_NAME, name),
                Expression.bigEndian(OBJECT_TYPE, kind)));
        attributes.addAll(Arrays.asList(more));
        return message(type, flags, attributes.toArray(new Attribute[0]));
    }

    /** At the end of a chain. */
    Message addRule(String chain, List<Expression> expressions) {
        Attribute[] elements = expressions.stream()
                .map(expression -> Attribute.nest(ELEMENT, expression.attributes()))
                .toArray(Attribute[]::new);
        return message(
                NEW_RULE,
                CREATE | APPEND,
                Attribute.text(NAME, table),
                Attribute.text(RULE_CHAIN, chain),
                Attribute.nest(RULE_EXPRESSIONS, elements));
    }

    private Message message(int type, int flags, Attribute... attributes) {
        return new Message(SUBSYSTEM << Byte.SIZE | type, flags, header(family, 0), Arrays.asList(attributes));
    }

    /** Struct nfgenmsg, whose last number is big-endian everywhere. */
    private static byte[] header(byte family, int resource) {
        return ByteBuffer.allocate(Integer.BYTES)
                .put(family)
                .put((byte) 0)
                .putShort((short) resource)
                .array();
    }
}
