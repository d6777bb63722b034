package dev.sandjar.internal.lan;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Addresses of interfaces that nobody's hardware has. */
final class HardwareAddresses {
    /** The first byte of an address that somebody has chosen: of the bridge and of members, and of the bridge's ports. */
    static final int MEMBER = 0x0253;

    static final int PORT = 0x0653;
    private static final int SIZE = 6;

    private HardwareAddresses() {}

    static byte[] of(int kind, int number) {
        return Arrays.copyOf(
                ByteBuffer.allocate(Long.BYTES)
                        .putShort((short) kind)
                        .putInt(number)
                        .array(),
                SIZE);
    }
}
