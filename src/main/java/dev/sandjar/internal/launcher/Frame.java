package dev.sandjar.internal.launcher;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of every message: src/main/native/protocol/protocol.h. */
record Frame(int type, int flags, long id, int length, int fds) {
    static final int SIZE = 24;
    static final int MAGIC = 0x314a5353;
    static final int INLINE_MAX = 65536;
    static final int BODY_MAX = 16 << 20;
    static final int BODY_IN_MEMFD = 1;

    static final int HELLO = 1;
    static final int PLAN = 2;
    static final int PLAN_DROP = 3;
    static final int START = 4;
    static final int SIGNAL = 5;
    static final int KILL = 6;
    static final int EXEC = 7;
    static final int HOLD = 8;
    static final int PING = 9;
    static final int CGROUP_ROOT = 10;
    static final int WATCH = 11;
    static final int RUN = 12;
    static final int TRIM = 13;
    static final int RESUME = 14;
    static final int RUN_STARTED = 15;
    /** To a process of {@link SubordinateFiles} only. */
    static final int FILE = 64;

    static final int HELLO_OK = 101;
    static final int STARTED = 102;
    static final int FAILED = 103;
    static final int EXITED = 104;
    static final int PONG = 105;
    static final int EVENT = 106;
    static final int LISTENER = 107;
    static final int READY = 108;
    static final int PAUSED = 109;
    static final int FILE_DONE = 164;

    /** The body of KILL: why. */
    static byte[] kill(int why) {
        return new BodyWriter().u32(why).bytes();
    }

    void write(ByteBuffer out) {
        out.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .putShort((short) type)
                .putShort((short) flags)
                .putLong(id)
                .putInt(length)
                .putInt(fds);
    }

    static Frame read(WireReader in) {
        int magic = in.i32();
        if (magic != MAGIC) {
            throw new ProtocolException("not a message of the launcher");
        }
        return new Frame(in.u16(), in.u16(), in.i64(), in.i32(), in.i32());
    }

    /** Whether what came is what this header says. The launcher's messages are short: none has its body elsewhere. */
    void check(Kernel.Received received) {
        int allowed = type == STARTED || type == LISTENER ? 1 : 0;
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
