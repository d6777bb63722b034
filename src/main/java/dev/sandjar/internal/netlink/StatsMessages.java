package dev.sandjar.internal.netlink;

import java.nio.ByteBuffer;
import java.util.List;

/** Messages about what has passed through interfaces: RTM_GETSTATS of {@code rtnetlink(7)}, Linux 4.7. */
public final class StatsMessages {
    /** Of struct if_stats_msg. */
    private static final int HEADER_SIZE = 12;

    private static final int GETSTATS = 94;
    private static final int NEWSTATS = 92;
    private static final int LINK = 1;
    /** Of struct rtnl_link_stats64, as far as it is read. */
    private static final int NUMBERS = 4;

    private StatsMessages() {}

    /** Numbers of packets and bytes that an interface has received and sent. */
    public record Stats(long receivedPackets, long sentPackets, long receivedBytes, long sentBytes) {}

    public static Message ask(int index) {
        ByteBuffer header = Words.room(HEADER_SIZE);
        header.putInt(0).putInt(index).putInt(1 << (LINK - 1));
        return new Message(GETSTATS, 0, Words.bytes(header), List.of());
    }

    /**
     * What the kernel answers.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static Stats read(byte[] answer) {
        Message message = Message.read(answer, HEADER_SIZE);
        if (message.type() == NEWSTATS) {
            for (Attribute attribute : message.attributes()) {
                if (attribute instanceof Attribute.Value value
                        && value.type() == LINK
                        && value.bytes().length >= NUMBERS * Long.BYTES) {
                    ByteBuffer in = Words.over(value.bytes());
                    return new Stats(in.getLong(), in.getLong(), in.getLong(), in.getLong());
                }
            }
        }
        throw new IllegalArgumentException("no numbers in a message of type " + message.type());
    }
}
