package dev.sandjar.internal.protocol;

import dev.sandjar.internal.kernel.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of every message: src/main/native/protocol/protocol.h. */
public record Frame(int type, int flags, long id, int length, int fds) {
    public static final int SIZE = 24;
    public static final int MAGIC = 0x314a5353;
    public static final int INLINE_MAX = 65536;
    public static final int BODY_MAX = 16 << 20;
    public static final int BODY_IN_MEMFD = 1;

    public static final int HELLO = 1;
    public static final int PLAN = 2;
    public static final int PLAN_DROP = 3;
    public static final int START = 4;
    public static final int SIGNAL = 5;
    public static final int KILL = 6;
    public static final int EXEC = 7;
    public static final int HOLD = 8;
    public static final int PING = 9;
    public static final int CGROUP_ROOT = 10;
    public static final int WATCH = 11;
    public static final int RUN = 12;
    public static final int TEMPLATE_END = 13;
    public static final int RESUME = 14;
    public static final int RUN_STARTED = 15;
    /** To a process of {@code SubordinateFiles} only. */
    public static final int FILE = 64;

    /** To a relay only, as are the next ones. */
    public static final int RELAY_PUBLISH = 65;

    public static final int RELAY_FORWARD = 66;
    public static final int RELAY_CONFINE = 67;
    public static final int RELAY_BEGIN = 68;
    public static final int RELAY_DECIDED = 69;

    /** To the keeper of networks only, as are the next ones. */
    public static final int NET_NEW = 70;

    public static final int NET_SEND = 71;
    public static final int NET_SYSCTL = 72;
    public static final int NET_DROP = 73;
    public static final int NET_SOCKET = 74;
    public static final int NET_READ = 75;
    public static final int NET_ALL = 76;
    public static final int NET_PACKET = 90;
    public static final int NET_CABLE = 91;
    public static final int NET_LAST = 96;
    public static final int CABLE_CONFINE = 92;
    public static final int CABLE_PORT = 93;
    public static final int CABLE_WAY = 94;
    public static final int CABLE_END = 95;

    public static final int HELLO_OK = 101;
    public static final int STARTED = 102;
    public static final int FAILED = 103;
    public static final int EXITED = 104;
    public static final int PONG = 105;
    static final int EVENT = 106;
    static final int LISTENER = 107;
    static final int READY = 108;
    static final int PAUSED = 109;
    static final int CHANNEL = 110;
    public static final int TEMPLATE_READY = 111;
    public static final int TEMPLATE_ENDED = 112;
    public static final int FILE_DONE = 164;
    public static final int RELAY_DONE = 165;
    public static final int RELAY_ASKS = 166;
    public static final int RELAY_ENDED = 167;
    public static final int RELAY_HANDED = 170;
    public static final int NET_DONE = 168;
    public static final int CABLE_DONE = 169;

    /** The body of KILL: why. */
    public static byte[] kill(int why) {
        return new WireWriter().u32(why).bytes();
    }

    public void write(ByteBuffer out) {
        out.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .putShort((short) type)
                .putShort((short) flags)
                .putLong(id)
                .putInt(length)
                .putInt(fds);
    }

    public static Frame read(WireReader in) {
        int magic = in.i32();
        if (magic != MAGIC) {
            throw new ProtocolException("not a message of the launcher");
        }
        return new Frame(in.u16(), in.u16(), in.i64(), in.i32(), in.i32());
    }

    /** Whether what came is what this header says. The launcher's messages are short: none has its body elsewhere. */
    public void check(Kernel.Received received) {
        int allowed = type == STARTED || type == LISTENER || type == CHANNEL || type == NET_DONE || type == RELAY_HANDED
                ? 1
                : 0;
        if (received.truncated()
                || flags != 0
                || length != received.length() - SIZE
                || fds != received.fds().length
                || fds > allowed) {
            throw new ProtocolException("a message of type " + type + " with " + received.length() + " bytes and "
                    + received.fds().length + " descriptors says that it has " + length + " and " + fds);
        }
    }
}
