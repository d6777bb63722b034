package dev.sandjar.internal.netlink;

import java.net.InetAddress;
import java.util.List;

/** Messages about addresses of interfaces: RTM_NEWADDR of {@code rtnetlink(7)}. */
public final class AddressMessages {
    /** Of struct ifaddrmsg. */
    static final int HEADER_SIZE = 8;

    private static final int NEWADDR = 20;
    private static final int CREATE = 0x400;
    private static final int EXCLUSIVE = 0x200;
    private static final int ADDRESS = 1;
    private static final int LOCAL = 2;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;

    /** IFA_F_NODAD: at once, without asking the link for almost two seconds whether somebody has it. */
    private static final byte NO_DETECTION = 2;

    private AddressMessages() {}

    /** Gives an interface an address, which can be used at once. The route to its subnet comes with it. */
    public static Message add(int index, InetAddress address, int prefix) {
        byte[] bytes = address.getAddress();
        boolean four = bytes.length == Integer.BYTES;
        byte[] header = Words.room(HEADER_SIZE)
                .put(four ? AF_INET : AF_INET6)
                .put((byte) prefix)
                .put(four ? 0 : NO_DETECTION)
                .put((byte) 0)
                .putInt(index)
                .array();
        return new Message(
                NEWADDR,
                CREATE | EXCLUSIVE,
                header,
                List.of(new Attribute.Value(LOCAL, bytes), new Attribute.Value(ADDRESS, bytes)));
    }
}
