package dev.sandjar.internal.netlink;

import java.net.InetAddress;
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
                .putInt(0)
                .array();
        return new Message(
                NEWROUTE,
                CREATE | EXCLUSIVE,
                header,
                List.of(
                        new Attribute.Value(DESTINATION, to),
                        new Attribute.Value(GATEWAY, gateway.getAddress()),
                        Attribute.number(DEVICE, index)));
    }
}
