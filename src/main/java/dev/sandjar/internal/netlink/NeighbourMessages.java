package dev.sandjar.internal.netlink;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Messages about neighbours: RTM_NEWNEIGH of {@code rtnetlink(7)}. */
public final class NeighbourMessages {
    /** Of struct ndmsg. */
    private static final int HEADER_SIZE = 12;

    private static final int NEWNEIGH = 28;
    private static final int CREATE = 0x400;
    private static final int REPLACE = 0x100;
    private static final int ADDRESS = 1;
    private static final int HARDWARE_ADDRESS = 2;
    private static final short PERMANENT = 0x80;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;

    private NeighbourMessages() {}

    /** One that nobody is asked for, and that need not have the address itself. */
    public static Message permanent(InetAddress address, byte[] hardwareAddress, int index) {
        ByteBuffer header = Words.room(HEADER_SIZE)
                .put(address instanceof Inet6Address ? AF_INET6 : AF_INET)
                .put(new byte[3])
                .putInt(index)
                .putShort(PERMANENT)
                .putShort((short) 0);
        return new Message(
                NEWNEIGH,
                CREATE | REPLACE,
                Words.bytes(header),
                List.of(
                        new Attribute.Value(ADDRESS, address.getAddress()),
                        new Attribute.Value(HARDWARE_ADDRESS, hardwareAddress)));
    }
}
