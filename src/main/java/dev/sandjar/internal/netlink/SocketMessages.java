package dev.sandjar.internal.netlink;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Messages about sockets: SOCK_DIAG_BY_FAMILY of {@code sock_diag(7)}. */
public final class SocketMessages {
    /** NETLINK_SOCK_DIAG. */
    public static final int PROTOCOL = 4;

    private static final int BY_FAMILY = 20;
    private static final int DESTROY = 21;
    private static final int DUMP = 0x300;

    /** Of struct inet_diag_req_v2, in which a struct inet_diag_sockid follows the states: of zeros for all sockets. */
    private static final int HEADER_SIZE = 56;

    /** In an answer, where it follows family, state, timer and retransmissions. */
    private static final int ID = Message.HEADER + 4;

    private static final int ID_SIZE = 48;

    private static final byte TCP = 6;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final int FIN_WAIT_1 = 1 << 4;
    private static final int LAST_ACK = 1 << 9;
    private static final int CLOSING = 1 << 11;

    private SocketMessages() {}

    /**
     * Asks for sockets of TCP that their program has closed, or left by its end, while the other side has not got all that was sent, the end
     * included. Each is to be asked alone.
     */
    public static List<Message> unsent() {
        return List.of(unsent(AF_INET), unsent(AF_INET6));
    }

    /**
     * Ends a socket that an answer is about, with what it holds.
     *
     * @throws IllegalArgumentException if it is no such answer
     */
    public static Message destroy(byte[] answer) {
        if (answer.length < ID + ID_SIZE) {
            throw new IllegalArgumentException("a socket of " + answer.length + " bytes");
        }
        return new Message(
                DESTROY,
                0,
                header(answer[Message.HEADER], -1, Arrays.copyOfRange(answer, ID, ID + ID_SIZE)),
                List.of());
    }

    private static Message unsent(byte family) {
        return new Message(
                BY_FAMILY, DUMP, header(family, FIN_WAIT_1 | LAST_ACK | CLOSING, new byte[ID_SIZE]), List.of());
    }

    private static byte[] header(byte family, int states, byte[] id) {
        ByteBuffer header = Words.room(HEADER_SIZE);
        header.put(family).put(TCP).put((byte) 0).put((byte) 0).putInt(states).put(id);
        return Words.bytes(header);
    }
}
