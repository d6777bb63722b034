package dev.sandjar.internal.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Messages about routes: RTM_NEWROUTE and RTM_GETROUTE of {@code rtnetlink(7)}. */
public final class RouteMessages {
    /** NETLINK_ROUTE: of the sockets that take these messages, and those about links and addresses. */
    public static final int PROTOCOL = 0;

    /** Of struct rtmsg. */
    public static final int HEADER_SIZE = 12;

    /** RTM_NEWROUTE, which an answer is, too. */
    public static final int NEWROUTE = 24;

    private static final int GETROUTE = 26;
    private static final int DUMP = 0x300;
    private static final int TYPE = 7;
    private static final int CREATE = 0x400;
    private static final int EXCLUSIVE = 0x200;
    private static final int DESTINATION = 1;
    private static final int DEVICE = 4;
    private static final int GATEWAY = 5;
    private static final int PREFERRED_SOURCE = 7;

    /** RTNH_F_ONLINK. */
    private static final int ON_LINK = 4;

    private static final byte MAIN_TABLE = (byte) 254;
    private static final byte LOCAL_TABLE = (byte) 255;
    private static final byte BOOT = 3;
    private static final byte STATIC = 4;
    private static final byte ANYWHERE = 0;
    private static final byte LINK = (byte) 253;
    private static final byte THIS_HOST = (byte) 254;
    private static final byte UNICAST = 1;
    private static final byte LOCAL = 2;
    private static final byte BROADCAST = 3;
    private static final byte ANYCAST = 4;
    private static final int IPV6_SIZE = 16;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;

    private RouteMessages() {}

    /**
     * The way to a subnet through a router that is a neighbour.
     *
     * @param index of the interface through which the router is reached
     */
    public static Message via(InetAddress destination, int prefix, InetAddress gateway, int index) {
        return route(destination, prefix, gateway, index, 0, List.of());
    }

    /**
     * The same, where no address of the interface tells that the router is a neighbour.
     *
     * @param source the address that this host sends from itself
     */
    public static Message onLink(
            InetAddress destination, int prefix, InetAddress gateway, int index, InetAddress source) {
        return route(
                destination,
                prefix,
                gateway,
                index,
                ON_LINK,
                List.of(new Attribute.Value(PREFERRED_SOURCE, source.getAddress())));
    }

    /** An address of a neighbour, at the other end of an interface. */
    public static Message neighbour(InetAddress address, int index) {
        byte[] to = address.getAddress();
        return new Message(
                NEWROUTE,
                CREATE | EXCLUSIVE,
                header(to, to.length * Byte.SIZE, MAIN_TABLE, STATIC, LINK, UNICAST, 0),
                List.of(new Attribute.Value(DESTINATION, to), Attribute.number(DEVICE, index)));
    }

    /** Addresses that lead to the namespace itself: {@code ip route add local ADDRESS/PREFIX dev lo}. */
    public static Message local(InetAddress address, int prefix, int loopback) {
        byte[] to = address.getAddress();
        return new Message(
                NEWROUTE,
                CREATE | EXCLUSIVE,
                header(to, prefix, LOCAL_TABLE, BOOT, THIS_HOST, LOCAL, 0),
                List.of(new Attribute.Value(DESTINATION, to), Attribute.number(DEVICE, loopback)));
    }

    /** Asks where the kernel would send to: {@code ip route get ADDRESS}. */
    public static Message get(InetAddress address) {
        byte[] to = address.getAddress();
        return new Message(
                GETROUTE,
                0,
                header(to, to.length * Byte.SIZE, (byte) 0, (byte) 0, ANYWHERE, (byte) 0, 0),
                List.of(new Attribute.Value(DESTINATION, to)));
    }

    /** Addresses that lead to this host, whether an interface has them or not: {@code ip route add local ADDRESS/PREFIX dev lo}. */
    public record Own(InetAddress first, int prefix) {}

    /** Asks for the routes of all tables, of one family. */
    public static Message all(boolean ipv6) {
        byte[] header = Words.room(HEADER_SIZE).put(ipv6 ? AF_INET6 : AF_INET).array();
        return new Message(GETROUTE, DUMP, header, List.of());
    }

    /**
     * What a route that the kernel has told of says about addresses of this host.
     *
     * @return empty if it leads elsewhere
     * @throws IllegalArgumentException if it is no answer about a route
     */
    public static Optional<Own> own(byte[] answer) {
        Message message = Message.read(answer, HEADER_SIZE);
        if (message.type() != NEWROUTE) {
            throw new IllegalArgumentException("a message of type " + message.type());
        }
        if (!leadsHere(message)) {
            return Optional.empty();
        }
        byte[] first = new byte[message.header()[0] == AF_INET ? Integer.BYTES : IPV6_SIZE];
        for (Attribute attribute : message.attributes()) {
            if (attribute instanceof Attribute.Value value && value.type() == DESTINATION) {
                first = value.bytes();
            }
        }
        try {
            return Optional.of(new Own(InetAddress.getByAddress(first), Byte.toUnsignedInt(message.header()[1])));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + first.length + " bytes", e);
        }
    }

    /** Whether a route leads to this host, or to all of a link, which this host is one of. */
    public static boolean leadsHere(Message route) {
        int type = route.header()[TYPE];
        return type == LOCAL || type == BROADCAST || type == ANYCAST;
    }

    private static Message route(
            InetAddress destination, int prefix, InetAddress gateway, int index, int flags, List<Attribute> more) {
        byte[] to = destination.getAddress();
        List<Attribute> attributes = new ArrayList<>(List.of(
                new Attribute.Value(DESTINATION, to),
                new Attribute.Value(GATEWAY, gateway.getAddress()),
                Attribute.number(DEVICE, index)));
        attributes.addAll(more);
        return new Message(
                NEWROUTE,
                CREATE | EXCLUSIVE,
                header(to, prefix, MAIN_TABLE, STATIC, ANYWHERE, UNICAST, flags),
                attributes);
    }

    private static byte[] header(
            byte[] address, int prefix, byte table, byte protocol, byte scope, byte type, int flags) {
        return Words.room(HEADER_SIZE)
                .put(address.length == Integer.BYTES ? AF_INET : AF_INET6)
                .put((byte) prefix)
                .put((byte) 0)
                .put((byte) 0)
                .put(table)
                .put(protocol)
                .put(scope)
                .put(type)
                .putInt(flags)
                .array();
    }
}
