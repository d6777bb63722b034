package dev.sandjar.internal.plugin.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One frame in the making. Large byte arrays are kept as they are and copied once, to where they go. */
public final class Encoder {
    private static final int FIRST = 256;
    private static final int BY_REFERENCE = 32 * 1024;

    private final CodecLimits limits;
    private final @Nullable CapabilityOffer capabilities;
    /** What is complete, in order, before {@link #buffer}. */
    private List<byte[]> pieces = List.of();

    private int piecesSize;
    private byte[] buffer = new byte[FIRST];
    private int at = Frame.HEAD;
    private int depth;
    private int elements;

    /** How objects of the host become numbers that the worker may use. */
    public interface CapabilityOffer {
        int offer(CapabilityShape shape, Object value);
    }

    public Encoder(CodecLimits limits, @Nullable CapabilityOffer capabilities) {
        this.limits = limits;
        this.capabilities = capabilities;
    }

    public Encoder(CodecLimits limits) {
        this(limits, null);
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw new WireException("the value is deeper than " + limits.depth() + ", or contains itself");
        }
    }

    void leave() {
        depth--;
    }

    public void u8(int value) {
        room(1);
        buffer[at++] = (byte) value;
    }

    public void u16(int value) {
        room(2);
        Frame.putShort(buffer, at, value);
        at += 2;
    }

    public void i32(int value) {
        room(4);
        Frame.putInt(buffer, at, value);
        at += 4;
    }

    public void i64(long value) {
        i32((int) (value >> 32));
        i32((int) value);
    }

    /** @return whether there is a value to follow */
    boolean present(@Nullable Object value) {
        u8(value == null ? 0 : 1);
        return value != null;
    }

    void count(int count) {
        elements += count;
        if (count > limits.elements() || elements > limits.elements() || elements < 0) {
            throw new WireException("the collections have more than " + limits.elements() + " elements");
        }
        i32(count);
    }

    public void bytes(byte[] value) {
        i32(value.length);
        if (value.length < BY_REFERENCE) {
            room(value.length);
            System.arraycopy(value, 0, buffer, at, value.length);
            at += value.length;
            return;
        }
        checkSize((long) value.length);
        if (pieces.isEmpty()) {
            pieces = new ArrayList<>();
        }
        pieces.add(Arrays.copyOf(buffer, at));
        pieces.add(value);
        piecesSize += at + value.length;
        at = 0;
    }

    /** One byte for each character where that is enough, else two, so that no text is changed on the way. */
    public void text(String value) {
        boolean narrow = true;
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) > 0xff) {
                narrow = false;
                break;
            }
        }
        if (!narrow && value.length() > limits.messageBytes() / 2) {
            throw tooLarge();
        }
        u8(narrow ? 0 : 1);
        if (narrow) {
            bytes(value.getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        int length = value.length();
        i32(2 * length);
        room(2 * length);
        for (int i = 0; i < length; i++) {
            Frame.putShort(buffer, at, value.charAt(i));
            at += 2;
        }
    }

    int capability(CapabilityShape shape, Object value) {
        if (capabilities == null) {
            throw new WireException("nothing may be passed here");
        }
        return capabilities.offer(shape, value);
    }

    private void room(int more) {
        if (at + more < 0 || at + more > buffer.length) {
            checkSize(more);
            buffer = Arrays.copyOf(buffer, Math.max(at + more, 2 * buffer.length));
        }
    }

    private void checkSize(long more) {
        if (size() + more > limits.messageBytes()) {
            throw tooLarge();
        }
    }

    private WireException tooLarge() {
        return new WireException("the message is larger than " + limits.messageBytes() + " bytes");
    }

    /** Of the body. */
    public int size() {
        return piecesSize + at - Frame.HEAD;
    }

    /** The whole frame where it is in one piece, of {@link #size} and a head; null if it is not. */
    public byte @Nullable [] single() {
        return pieces.isEmpty() ? buffer : null;
    }

    /** Fills in the head. */
    public Encoder head(int type, int number, int id) {
        checkSize(0);
        byte[] first = pieces.isEmpty() ? buffer : pieces.get(0);
        fill(first, size(), type, 0, number, id);
        return this;
    }

    private static void fill(byte[] head, int length, int type, int flags, int number, int id) {
        Frame.putInt(head, 0, length);
        head[4] = (byte) type;
        head[5] = (byte) flags;
        Frame.putShort(head, 6, number);
        Frame.putInt(head, 8, id);
    }

    /** Head and body of a frame that says where the body is. */
    public static byte[] shared(int type, int number, int id, int slot, int length) {
        byte[] frame = new byte[Frame.HEAD + 8];
        fill(frame, 8, type, Frame.SHARED, number, id);
        Frame.putInt(frame, Frame.HEAD, slot);
        Frame.putInt(frame, Frame.HEAD + 4, length);
        return frame;
    }

    public static byte[] empty(int type, int number, int id) {
        byte[] frame = new byte[Frame.HEAD];
        fill(frame, 0, type, 0, number, id);
        return frame;
    }

    /** Copies the body. */
    public void copyBody(ByteBuffer to) {
        int skip = Frame.HEAD;
        for (byte[] piece : pieces) {
            to.put(piece, skip, piece.length - skip);
            skip = 0;
        }
        to.put(buffer, skip, at - skip);
    }

    /** Head and body, for when they are not in one piece. */
    public List<byte[]> all() {
        List<byte[]> parts = new ArrayList<>(pieces);
        parts.add(Arrays.copyOf(buffer, at));
        return parts;
    }
}
