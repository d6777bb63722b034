package dev.sandjar.internal.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One message without what its sender adds, its number above all. Immutable.
 *
 * @param type RTM_*
 * @param flags NLM_F_*
 * @param header the struct that this type begins with
 * @param attributes what follows, in this order
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below
public record Message(int type, int flags, byte[] header, List<Attribute> attributes) {
    static final int HEADER = 16;
    static final int ATTRIBUTE_HEADER = 4;
    static final int NESTED = 0x8000;

    /** IFLA_LINKINFO, IFLA_INFO_DATA, VETH_INFO_PEER: that alone has a struct ifinfomsg before its attributes. */
    private static final List<Integer> PEER = List.of(18, 2, 1);

    public Message {
        header = header.clone();
        attributes = List.copyOf(attributes);
        if (header.length != Words.aligned(header.length)) {
            throw new IllegalArgumentException("a header of " + header.length + " bytes");
        }
    }

    @Override
    public byte[] header() {
        return header.clone();
    }

    /** What its bytes say, as {@link Batch} writes them. */
    public static Message read(byte[] bytes, int headerSize) {
        ByteBuffer in = Words.over(bytes);
        if (bytes.length < HEADER + headerSize || in.getInt(0) != bytes.length) {
            throw new IllegalArgumentException(
                    "a message of " + bytes.length + " bytes that says it has another length");
        }
        byte[] header = Arrays.copyOfRange(bytes, HEADER, HEADER + headerSize);
        in.position(HEADER + headerSize);
        return new Message(
                Short.toUnsignedInt(in.getShort(4)),
                Short.toUnsignedInt(in.getShort(6)),
                header,
                attributes(in, List.of()));
    }

    /** What a nested attribute holds: the kernel does not mark all that are nested. */
    public static List<Attribute> attributes(byte[] content) {
        return attributes(Words.over(content), List.of());
    }

    private static List<Attribute> attributes(ByteBuffer in, List<Integer> path) {
        List<Attribute> found = new ArrayList<>();
        while (in.remaining() >= ATTRIBUTE_HEADER) {
            int begin = in.position();
            int size = Short.toUnsignedInt(in.getShort());
            int word = Short.toUnsignedInt(in.getShort());
            if (size < ATTRIBUTE_HEADER || size > in.limit() - begin) {
                throw new IllegalArgumentException("an attribute of " + size + " bytes at " + begin);
            }
            byte[] content = new byte[size - ATTRIBUTE_HEADER];
            in.get(content);
            in.position(Math.min(in.limit(), begin + Words.aligned(size)));
            found.add(attribute(word, content, path));
        }
        return found;
    }

    private static Attribute attribute(int word, byte[] content, List<Integer> path) {
        int type = word & Attribute.TYPE_MAX;
        if ((word & NESTED) == 0) {
            return new Attribute.Value(type, content);
        }
        List<Integer> here = new ArrayList<>(path);
        here.add(type);
        int header = here.equals(PEER) ? LinkMessages.HEADER_SIZE : 0;
        if (content.length < header) {
            throw new IllegalArgumentException("a peer of " + content.length + " bytes");
        }
        ByteBuffer in = Words.over(content).position(header);
        return new Attribute.Nest(type, Arrays.copyOf(content, header), attributes(in, here));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Message that
                && type == that.type
                && flags == that.flags
                && Arrays.equals(header, that.header)
                && attributes.equals(that.attributes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, flags, Arrays.hashCode(header), attributes);
    }

    @Override
    public String toString() {
        return type + "/" + flags + Arrays.toString(header) + attributes;
    }
}
