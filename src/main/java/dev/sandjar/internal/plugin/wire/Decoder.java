package dev.sandjar.internal.plugin.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Takes a body apart. Every byte is fetched exactly once, and a length is checked after it was fetched: the other side may
 * write to shared memory meanwhile, and gains nothing. Nothing is allocated that the bytes at hand don't justify.
 */
public final class Decoder {
    private final ByteBuffer in;
    private final CodecLimits limits;
    private final @Nullable CapabilityUse capabilities;
    private int depth;
    private int elements;

    /** What a worker makes of a number that it got for an object of the host. */
    public interface CapabilityUse {
        Object use(CapabilityShape shape, int handle);
    }

    public Decoder(ByteBuffer in, CodecLimits limits, @Nullable CapabilityUse capabilities) {
        this.in = in;
        this.limits = limits;
        this.capabilities = capabilities;
    }

    public Decoder(ByteBuffer in, CodecLimits limits) {
        this(in, limits, null);
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw new WireException("a value is deeper than " + limits.depth());
        }
    }

    void leave() {
        depth--;
    }

    private void need(int bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            throw new WireException("a message ends before its content does: " + Integer.toUnsignedString(bytes)
                    + " bytes said, " + in.remaining() + " there");
        }
    }

    public int u8() {
        need(1);
        return in.get() & 0xff;
    }

    public int u16() {
        need(2);
        return in.getShort() & 0xffff;
    }

    public int i32() {
        need(4);
        return in.getInt();
    }

    public long i64() {
        need(8);
        return in.getLong();
    }

    boolean flag(String what) {
        int value = u8();
        if (value > 1) {
            throw new WireException(what + " is " + value + ", neither 0 nor 1");
        }
        return value == 1;
    }

    boolean present() {
        return flag("presence");
    }

    /** Of elements that take at least one byte each. */
    int count() {
        int count = i32();
        if (count < 0 || count > in.remaining()) {
            throw new WireException(
                    "a collection of " + Integer.toUnsignedString(count) + " elements in " + in.remaining() + " bytes");
        }
        elements += count;
        if (elements > limits.elements()) {
            throw new WireException("the collections have more than " + limits.elements() + " elements");
        }
        return count;
    }

    public byte[] bytes() {
        int length = i32();
        need(length);
        byte[] value = new byte[length];
        in.get(value);
        return value;
    }

    public String text() {
        boolean wide = flag("width");
        byte[] bytes = bytes();
        if (!wide) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
        if (bytes.length % 2 != 0) {
            throw new WireException("half a character");
        }
        char[] chars = new char[bytes.length / 2];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) Frame.getShort(bytes, 2 * i);
        }
        return new String(chars);
    }

    Object capability(CapabilityShape shape) {
        int handle = i32();
        if (capabilities == null) {
            throw new WireException("nothing may be passed here");
        }
        return capabilities.use(shape, handle);
    }

    /** To be called when all is read. */
    public void end() {
        if (in.hasRemaining()) {
            throw new WireException(in.remaining() + " bytes too many");
        }
    }
}
