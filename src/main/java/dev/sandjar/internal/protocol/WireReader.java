package dev.sandjar.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the value forms of protocol.h; anything unexpected is a {@link ProtocolException}. */
public final class WireReader {
    /** Microseconds of 285 years, or kibibytes of 8 EiB: their nanoseconds and bytes still fit into 63 bits. */
    private static final long AMOUNT_MAX = (1L << 53) - 1;

    private final ByteBuffer in;

    public WireReader(byte[] data, int offset, int length) {
        in = ByteBuffer.wrap(data, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    public int u16() {
        return need(2).getShort() & 0xffff;
    }

    public int i32() {
        return need(4).getInt();
    }

    public long i64() {
        return need(8).getLong();
    }

    /** A process id, or 0 for none. */
    int pid() {
        int value = i32();
        if (value < 0) {
            throw new ProtocolException("process id " + Integer.toUnsignedString(value));
        }
        return value;
    }

    public long nanos() {
        return atMost(Long.MAX_VALUE);
    }

    /** What no kernel could have counted is refused, so that it can be converted. */
    long amount() {
        return atMost(AMOUNT_MAX);
    }

    private long atMost(long max) {
        long value = i64();
        if (value < 0 || value > max) {
            throw new ProtocolException("an amount of " + Long.toUnsignedString(value));
        }
        return value;
    }

    /** Bytes may be those of any file name: what is not UTF-8 becomes replacement characters. */
    public String str() {
        int n = i32();
        if (n < 0 || n >= in.remaining()) {
            throw new ProtocolException("a text of " + n + " bytes does not fit");
        }
        byte[] bytes = new byte[n];
        in.get(bytes);
        if (in.get() != 0) {
            throw new ProtocolException("a text does not end");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public byte[] blob() {
        int n = i32();
        if (n < 0 || n > in.remaining()) {
            throw new ProtocolException(n + " bytes do not fit");
        }
        byte[] bytes = new byte[n];
        in.get(bytes);
        return bytes;
    }

    /** A count of things that take at least {@code size} bytes each. */
    public int count(int size) {
        int n = i32();
        if (n < 0 || (long) n * size > in.remaining()) {
            throw new ProtocolException(n + " entries do not fit");
        }
        return n;
    }

    private ByteBuffer need(int bytes) {
        if (in.remaining() < bytes) {
            throw new ProtocolException("a message is too short");
        }
        return in;
    }

    public void end() {
        if (in.hasRemaining()) {
            throw new ProtocolException(in.remaining() + " bytes too many");
        }
    }
}
