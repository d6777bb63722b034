package dev.sandjar.internal.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Numbers and texts in the byte order of this machine, in which the kernel has them. */
public final class Words {
    private static final int ALIGNMENT = 4;

    private Words() {}

    static ByteBuffer room(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    static ByteBuffer over(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    /** What has been put into a buffer. */
    static byte[] bytes(ByteBuffer filled) {
        byte[] bytes = new byte[filled.position()];
        filled.flip().get(bytes);
        return bytes;
    }

    /** 32 bits. */
    public static byte[] number(int value) {
        return room(Integer.BYTES).putInt(value).array();
    }

    /** 32 bits, and 32 bits behind them. */
    public static byte[] numbers(int first, int second) {
        return room(2 * Integer.BYTES).putInt(first).putInt(second).array();
    }

    static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    static int aligned(int size) {
        return (size + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
