package dev.sandjar.image.zstd;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A place in the bytes of one block. Before and behind them lie {@link #PAD} others, so that eight bytes at once can be read wherever a
 * stream of bits may stand before it is found to have ended.
 */
final class Cursor {
    static final int PAD = 32;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final byte[] bytes;
    final int end;
    int at;

    Cursor(byte[] bytes, int at, int end) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    static long word(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    static void put(byte[] bytes, int at, long word) {
        LONG.set(bytes, at, word);
    }

    int left() {
        return end - at;
    }

    int next() throws Malformed {
        need(1);
        return bytes[at++] & 0xff;
    }

    /** A number of one to five bytes. */
    long number(int length) throws Malformed {
        need(length);
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        at += length;
        return value;
    }

    /** The next so many bytes. */
    Cursor part(int length) throws Malformed {
        need(length);
        Cursor part = new Cursor(bytes, at, at + length);
        at += length;
        return part;
    }

    void need(int length) throws Malformed {
        if (length < 0 || length > left()) {
            throw new Malformed("a block ends too early");
        }
    }

    /** Where a stream of bits that is read backwards begins: below the highest bit of its last byte. In bits of the whole array. */
    int bits() throws Malformed {
        int last = left() > 0 ? bytes[end - 1] & 0xff : 0;
        if (last == 0) {
            throw new Malformed("a stream of bits has no beginning");
        }
        return (end - 1) * 8 + 31 - Integer.numberOfLeadingZeros(last);
    }

    /** 57 bits or more that lie below {@code bit}, the first of them highest. */
    static long below(byte[] bytes, int bit) {
        return word(bytes, ((bit + 7) >> 3) - 8) << (-bit & 7);
    }

    /** The first {@code count} of such bits, 0 to 63. */
    static int first(long bits, int count) {
        return (int) (bits >>> 1 >>> (63 - count));
    }
}
