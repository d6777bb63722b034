package dev.sandjar.internal.netlink;

import java.util.List;

/** Messages about what an interface sends: linux/pkt_sched.h. */
public final class QueueMessages {
    private static final int NEW_QUEUE = 36;
    private static final int CREATE = 0x400;
    private static final int REPLACE = 0x100;
    private static final int ROOT = -1;

    private static final int KIND = 1;
    private static final int OPTIONS = 2;
    private static final int PARAMETERS = 1;
    private static final int RATE64 = 4;
    private static final int BURST = 6;

    private static final int HEADER_SIZE = 20;
    private static final int PARAMETERS_SIZE = 36;
    /** TC_LINKLAYER_ETHERNET: without it the kernel looks for a table that nobody needs. */
    private static final byte ETHERNET = 1;

    private static final int LINK_HEADER = 64;
    private static final long LEAST = 16 * 1024;
    private static final long MOST = 64 * 1024 * 1024;
    /** What may be sent at once: that of a hundredth of a second. */
    private static final long BURSTS = 100;
    /** What may wait: that of a twentieth of a second. */
    private static final long WAITS = 20;

    private QueueMessages() {}

    /**
     * Has an interface send so many bytes a second at most (tc-tbf(8)); what does not fit into its queue is lost.
     *
     * @param index of the interface
     * @param mtu of the interface
     */
    public static Message rate(int index, long bytesPerSecond, int mtu) {
        long burst = between(bytesPerSecond / BURSTS, Math.max(LEAST, mtu + LINK_HEADER));
        long limit = burst + between(bytesPerSecond / WAITS, 4 * LEAST);
        boolean large = bytesPerSecond > 0xffff_ffffL;
        byte[] parameters = Words.room(PARAMETERS_SIZE)
                .put(1, ETHERNET)
                .putInt(8, large ? -1 : (int) bytesPerSecond)
                .putInt(24, (int) limit)
                .array();
        byte[] header =
                Words.room(HEADER_SIZE).putInt(4, index).putInt(12, ROOT).array();
        Attribute exact = new Attribute.Value(
                RATE64, Words.room(Long.BYTES).putLong(bytesPerSecond).array());
        Attribute given = new Attribute.Value(PARAMETERS, parameters);
        Attribute bucket = Attribute.number(BURST, (int) burst);
        return new Message(
                NEW_QUEUE,
                CREATE | REPLACE,
                header,
                List.of(
                        Attribute.text(KIND, "tbf"),
                        large
                                ? Attribute.nest(OPTIONS, given, bucket, exact)
                                : Attribute.nest(OPTIONS, given, bucket)));
    }

    private static long between(long wanted, long least) {
        return Math.min(MOST, Math.max(least, wanted));
    }
}
