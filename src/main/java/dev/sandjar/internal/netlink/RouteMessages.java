package dev.sandjar.internal.netlink;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Messages about routes: RTM_NEWROUTE of {@code rtnetlink(7)}. */
public final class RouteMessages {
    /** Of struct rtmsg. */
    static final int HEADER_SIZE = 12;

    private static final int NEWROUTE = 24;
    private static final int CREATE = 0x400;
    private static final int EXCLUSIVE = 0x200;
    private static final int DESTINATION = 1;
    private static final int DEVICE = 4;
    private static final int GATEWAY = 5;
    private static final int PREFERRED_SOURCE = 7;

    /** RTNH_F_ONLINK. */
    private static final int ON_LINK = 4;

    private static final byte MAIN_TABLE = (byte) 254;
    private static final byte STATIC = 4;
    private static final byte UNICAST = 1;
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

    private static Message route(
            InetAddress destination, int prefix, InetAddress gateway, int index, int flags, List<Attribute> more) {
        byte[] to = destination.getAddress();
        byte[] header = Words.room(HEADER_SIZE)
                .put(to.length == Integer.BYTES ? AF_INET : AF_INET6)
                .put((byte) prefix)
                .put((byte) 0)
                .put((byte) 0)
                .put(MAIN_TABLE)
                .put(STATIC)
                .put((byte) 0)
                .put(UNICAST)
                .putInt(flags)
                .array();
        List<Attribute> attributes = new ArrayList<>(List.of(
                new Attribute.Value(DESTINATION, to),
                new Attribute.Value(GATEWAY, gateway.getAddress()),
                Attribute.number(DEVICE, index)));
        attributes.addAll(more);
        return new Message(NEWROUTE, CREATE | EXCLUSIVE, header, attributes);
    }
}
