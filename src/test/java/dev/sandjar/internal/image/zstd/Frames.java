package dev.sandjar.internal.image.zstd;

import java.io.ByteArrayOutputStream;

/** Zstandard frames written by hand, also such as no encoder writes. */
public final class Frames {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Frames() {}

    /** Begins a frame of unknown size. */
    public static Frames window(int log) {
        return new Frames().magic().bytes(0, (log - 10) << 3);
    }

    public static Frames raw() {
        return new Frames();
    }

    public Frames magic() {
        return bytes(0x28, 0xb5, 0x2f, 0xfd);
    }

    public Frames bytes(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    public Frames bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    private Frames head(boolean last, int type, int size) {
        int head = (last ? 1 : 0) | type << 1 | size << 3;
        return bytes(head, head >> 8, head >> 16);
    }

    /** As many blocks as it takes. */
    public Frames stored(boolean last, byte[] content) {
        int at = 0;
        do {
            int n = Math.min(1 << 17, content.length - at);
            head(last && at + n == content.length, 0, n);
            out.write(content, at, n);
            at += n;
        } while (at < content.length);
        return this;
    }

    public Frames same(boolean last, int count, int value) {
        return head(last, 1, count).bytes(value);
    }

    /** A block that only repeats three bytes that lie so far back, 1 to 2^31 - 1. */
    public Frames match(boolean last, long distance) {
        long value = distance + 3;
        int code = 63 - Long.numberOfLeadingZeros(value);
        long bits = value - (1L << code) | 1L << code; // the highest bit says where they begin
        int length = code / 8 + 1;
        head(last, 2, 1 + 2 + 3 + length);
        bytes(0, 1, 0x54, 0, code, 0);
        for (int i = 0; i < length; i++) {
            bytes((int) (bits >>> 8 * i));
        }
        return this;
    }

    public Frames skippable(byte[] content) {
        bytes(0x5a, 0x2a, 0x4d, 0x18, content.length, content.length >> 8, content.length >> 16, 0);
        return bytes(content);
    }

    public byte[] done() {
        return out.toByteArray();
    }
}
