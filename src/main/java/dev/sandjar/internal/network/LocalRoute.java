package dev.sandjar.internal.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A message of rtnetlink(7): addresses that lead to the sandbox itself, where names that it reaches have theirs. */
public final class LocalRoute {
    /** NETLINK_ROUTE. */
    public static final int PROTOCOL = 0;

    private static final int RTM_NEWROUTE = 24;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_ACK = 4;
    private static final int NLM_F_EXCL = 0x200;
    private static final int NLM_F_CREATE = 0x400;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final byte RT_TABLE_LOCAL = (byte) 255;
    private static final byte RTPROT_BOOT = 3;
    private static final byte RT_SCOPE_HOST = (byte) 254;
    private static final byte RTN_LOCAL = 2;
    private static final short RTA_DST = 1;
    private static final short RTA_OIF = 4;
    private static final int HEAD = 16;
    private static final int ROUTE = 12;
    private static final short ATTRIBUTE_HEAD = 4;
    private static final short ATTRIBUTE = 8;

    /** Of a new network, loopback is the first device. */
    private static final int LOOPBACK = 1;

    private LocalRoute() {}

    /** {@code ip route add local ADDRESS/BITS dev lo}. */
    public static byte[] message(byte[] address, int bits) {
        boolean six = address.length > Integer.BYTES;
        short destination = (short) (ATTRIBUTE_HEAD + address.length);
        ByteBuffer out =
                ByteBuffer.allocate(HEAD + ROUTE + destination + ATTRIBUTE).order(ByteOrder.nativeOrder());
        out.putInt(out.capacity())
                .putShort((short) RTM_NEWROUTE)
                .putShort((short) (NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE))
                .putInt(1)
                .putInt(0);
        out.put(six ? AF_INET6 : AF_INET)
                .put((byte) bits)
                .put((byte) 0)
                .put((byte) 0)
                .put(RT_TABLE_LOCAL)
                .put(RTPROT_BOOT)
                .put(RT_SCOPE_HOST)
                .put(RTN_LOCAL)
                .putInt(0);
        out.putShort(destination).putShort(RTA_DST).put(address);
        out.putShort(ATTRIBUTE).putShort(RTA_OIF).putInt(LOOPBACK);
        return out.array();
    }
}
