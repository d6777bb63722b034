package dev.sandjar.internal.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Messages about interfaces: RTM_NEWLINK of {@code rtnetlink(7)}. */
public final class LinkMessages {
    /** Of struct ifinfomsg. */
    static final int HEADER_SIZE = 16;

    private static final int NEWLINK = 16;
    private static final int DELLINK = 17;
    private static final int GETLINK = 18;
    private static final int CREATE = 0x400;
    private static final int EXCLUSIVE = 0x200;
    private static final int UP = 1;

    private static final int ADDRESS = 1;
    private static final int NAME = 3;
    private static final int MTU = 4;
    private static final int LINK = 5;
    private static final int MASTER = 10;
    private static final int MACVLAN_MODE = 1;
    private static final int INDEX = 4;
    private static final int LINK_INFO = 18;
    private static final int GROUP = 27;
    private static final int NAMESPACE = 28;
    private static final int INFO_KIND = 1;
    private static final int INFO_DATA = 2;
    private static final int INFO_SLAVE_KIND = 4;
    private static final int INFO_SLAVE_DATA = 5;
    private static final int PORT_ISOLATED = 33;
    private static final int PEER = 1;

    private LinkMessages() {}

    /**
     * What an interface is made with.
     *
     * @param index 1 or more, which no other interface of its namespace has
     * @param name 1 to 15 bytes
     * @param hardwareAddress six bytes
     * @param mtu in bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent
    public record Interface(int index, String name, byte[] hardwareAddress, int mtu) {
        private List<Attribute> attributes() {
            return List.of(
                    Attribute.text(NAME, name),
                    new Attribute.Value(ADDRESS, hardwareAddress),
                    Attribute.number(MTU, mtu));
        }
    }

    /** A bridge, which is up. */
    public static Message bridge(Interface bridge) {
        List<Attribute> attributes = new ArrayList<>(bridge.attributes());
        attributes.add(Attribute.nest(LINK_INFO, Attribute.text(INFO_KIND, "bridge")));
        return new Message(NEWLINK, CREATE | EXCLUSIVE, header(bridge.index, UP), attributes);
    }

    /**
     * A pair of interfaces, of which the second is in another namespace. Both are down.
     *
     * @param namespace of the peer, as the sender calls it
     */
    public static Message spare(Interface here, Interface peer, long namespace) {
        return pair(here, 0, List.of(), peer, namespace);
    }

    /**
     * A pair of interfaces, of which the first is up, and the other one is in another namespace, and down: it can't be up before its peer
     * is there.
     *
     * @param namespace of the peer, as the sender calls it
     */
    public static Message pair(Interface here, Interface peer, long namespace) {
        return pair(here, UP, List.of(), peer, namespace);
    }

    /**
     * The same, of which the first is of a group of interfaces.
     *
     * @param group a number that rules of packet filters may name
     */
    public static Message pairOfGroup(Interface here, int group, Interface peer, long namespace) {
        return pair(here, UP, List.of(Attribute.number(GROUP, group)), peer, namespace);
    }

    private static Message pair(Interface here, int flags, List<Attribute> more, Interface peer, long namespace) {
        List<Attribute> inside = new ArrayList<>(peer.attributes());
        inside.add(new Attribute.NamespaceOf(NAMESPACE, namespace));
        List<Attribute> attributes = new ArrayList<>(here.attributes());
        attributes.addAll(more);
        attributes.add(Attribute.nest(
                LINK_INFO,
                Attribute.text(INFO_KIND, "veth"),
                Attribute.nest(INFO_DATA, new Attribute.Nest(PEER, header(peer.index, 0), inside))));
        return new Message(NEWLINK, CREATE | EXCLUSIVE, header(here.index, flags), attributes);
    }

    /** Gives an interface, which is down, a hardware address, and has it come up. */
    public static Message up(int index, byte[] hardwareAddress) {
        return new Message(NEWLINK, 0, header(index, UP), List.of(new Attribute.Value(ADDRESS, hardwareAddress)));
    }

    /**
     * The same, as a port of a bridge.
     *
     * @param master index of the bridge
     */
    public static Message port(int index, byte[] hardwareAddress, int master) {
        return new Message(
                NEWLINK,
                0,
                header(index, UP),
                List.of(new Attribute.Value(ADDRESS, hardwareAddress), Attribute.number(MASTER, master)));
    }

    /** Has a port of a bridge, which is up, pass nothing on to other ports of this kind. */
    public static Message isolated(int index) {
        return new Message(
                NEWLINK,
                0,
                header(index, UP),
                List.of(Attribute.nest(
                        LINK_INFO,
                        Attribute.text(INFO_SLAVE_KIND, "bridge"),
                        Attribute.nest(INFO_SLAVE_DATA, new Attribute.Value(PORT_ISOLATED, new byte[] {1})))));
    }

    /** Removes an interface, and its peer with it, which takes the kernel some 20 ms. */
    public static Message remove(int index) {
        return new Message(DELLINK, 0, header(index, 0), List.of());
    }

    /** Asks for an interface, which the kernel refuses with ENODEV if there is none. */
    public static Message ask(String name) {
        return new Message(GETLINK, 0, header(0, 0), List.of(Attribute.text(NAME, name)));
    }

    /**
     * The index of the interface that an answer is about.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static int index(byte[] answer) {
        Message message = Message.read(answer, HEADER_SIZE);
        if (message.type() != NEWLINK) {
            throw new IllegalArgumentException("a message of type " + message.type());
        }
        return Words.over(message.header()).getInt(INDEX);
    }

    /**
     * Moves an interface to another namespace, where it is down.
     *
     * @param name that it has there
     * @param namespace as the sender calls it
     */
    public static Message move(int index, String name, long namespace) {
        return new Message(
                NEWLINK,
                0,
                header(index, 0),
                List.of(new Attribute.NamespaceOf(NAMESPACE, namespace), Attribute.text(NAME, name)));
    }

    /**
     * An interface with a hardware address of its own beside another one, in another namespace, where it is down.
     *
     * @param parent index of the other one
     * @param mode MACVLAN_MODE_*
     */
    public static Message macvlan(int parent, String name, int mode, long namespace) {
        return new Message(
                NEWLINK,
                CREATE | EXCLUSIVE,
                header(0, 0),
                List.of(
                        Attribute.text(NAME, name),
                        Attribute.number(LINK, parent),
                        new Attribute.NamespaceOf(NAMESPACE, namespace),
                        Attribute.nest(
                                LINK_INFO,
                                Attribute.text(INFO_KIND, "macvlan"),
                                Attribute.nest(INFO_DATA, Attribute.number(MACVLAN_MODE, mode)))));
    }

    /** Has an interface come up. */
    public static Message up(int index) {
        return new Message(NEWLINK, 0, header(index, UP), List.of());
    }

    /** Has an interface go down. */
    public static Message down(int index) {
        return new Message(NEWLINK, 0, header(index, 0), List.of());
    }

    private static byte[] header(int index, int flags) {
        ByteBuffer header = Words.room(HEADER_SIZE);
        header.putInt(0).putInt(index).putInt(flags).putInt(UP);
        return Words.bytes(header);
    }
}
