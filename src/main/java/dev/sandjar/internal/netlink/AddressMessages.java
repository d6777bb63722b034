package dev.sandjar.internal.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Messages about addresses of interfaces: RTM_NEWADDR and RTM_GETADDR of {@code rtnetlink(7)}. */
public final class AddressMessages {
    /** Of struct ifaddrmsg. */
    static final int HEADER_SIZE = 8;

    private static final int NEWADDR = 20;
    private static final int GETADDR = 22;
    private static final int DUMP = 0x300;
    private static final int FLAGS = 8;
    private static final int PERMANENT = 0x80;
    private static final int CREATE = 0x400;
    private static final int EXCLUSIVE = 0x200;
    private static final int ADDRESS = 1;
    private static final int LOCAL = 2;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;

    /** IFA_F_NODAD: at once, without asking the link for almost two seconds whether somebody has it. */
    private static final byte NO_DETECTION = 2;

    private AddressMessages() {}

    /** An address of an interface that somebody has given it for good, and that is good everywhere. */
    public record Given(int index, InetAddress address, int prefix) {}

    /** Asks for all addresses of all interfaces. */
    public static Message ask() {
        return new Message(GETADDR, DUMP, new byte[HEADER_SIZE], List.of());
    }

    /**
     * What the kernel answers.
     *
     * @return empty if it is of another kind, such as one of the link, or for a time
     * @throws IllegalArgumentException if it is no such answer
     */
    public static Optional<Given> read(byte[] answer) {
        Message message = Message.read(answer, HEADER_SIZE);
        if (message.type() != NEWADDR) {
            throw new IllegalArgumentException("a message of type " + message.type());
        }
        ByteBuffer header = Words.over(message.header());
        int prefix = Byte.toUnsignedInt(header.get(1));
        int flags = Byte.toUnsignedInt(header.get(2));
        byte[] address = new byte[0];
        for (Attribute attribute : message.attributes()) {
            if (attribute instanceof Attribute.Value value) {
                switch (value.type()) {
                    case LOCAL -> address = value.bytes();
                    case ADDRESS -> address = address.length == 0 ? value.bytes() : address;
                    case FLAGS -> flags = Words.over(value.bytes()).getInt();
                    default -> {
                        continue;
                    }
                }
            }
        }
        boolean everywhere = header.get(3) == 0;
        if (!everywhere || (flags & PERMANENT) == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Given(header.getInt(4), InetAddress.getByAddress(address), prefix));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + address.length + " bytes", e);
        }
    }

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
