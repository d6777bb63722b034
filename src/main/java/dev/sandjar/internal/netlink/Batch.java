package dev.sandjar.internal.netlink;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages that are sent at once. Those that the kernel answers in any case are numbered from 1 on. Immutable.
 *
 * @param bytes of all messages
 * @param patches where descriptors of namespaces belong
 * @param count of messages that are answered
 */
@SuppressWarnings("ArrayRecordComponent") // made to be sent
public record Batch(byte[] bytes, List<Patch> patches, int count) {
    private static final int REQUEST = 1;
    private static final int ACK = 4;

    /**
     * The descriptor of a namespace is put in there by who sends it.
     *
     * @param offset of four bytes
     * @param namespace what the sender calls it
     */
    public record Patch(int offset, long namespace) {}

    /** In this order, each of them answered. */
    public static Batch of(List<Message> messages) {
        Writer writer = new Writer();
        for (int i = 0; i < messages.size(); i++) {
            writer.message(messages.get(i), i + 1);
        }
        return new Batch(writer.out.toByteArray(), List.copyOf(writer.patches), messages.size());
    }

    /**
     * In this order, all of them or none.
     *
     * @param messages of which the first and the last say where it begins and ends; of the others only the last is answered unless it
     *     fails, so that any number of answers has room
     */
    public static Batch transaction(List<Message> messages) {
        Writer writer = new Writer();
        for (int i = 0; i < messages.size(); i++) {
            writer.message(messages.get(i), i == messages.size() - 2 ? 1 : 0);
        }
        return new Batch(writer.out.toByteArray(), List.copyOf(writer.patches), 1);
    }

    private static final class Writer {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final List<Patch> patches = new ArrayList<>();

        void message(Message message, int number) {
            int size = Message.HEADER + message.header().length + size(message.attributes());
            out.writeBytes(Words.room(Message.HEADER)
                    .putInt(size)
                    .putShort((short) message.type())
                    .putShort((short) (message.flags() | REQUEST | (number == 0 ? 0 : ACK)))
                    .putInt(number)
                    .putInt(0)
                    .array());
            out.writeBytes(message.header());
            message.attributes().forEach(this::attribute);
        }

        private void attribute(Attribute attribute) {
            int size = Message.ATTRIBUTE_HEADER + content(attribute);
            if (size > 0xffff || attribute.type() < 0 || attribute.type() > Attribute.TYPE_MAX) {
                throw new IllegalArgumentException("attribute " + attribute.type() + " of " + size + " bytes");
            }
            boolean nested = attribute instanceof Attribute.Nest;
            out.writeBytes(Words.room(Message.ATTRIBUTE_HEADER)
                    .putShort((short) size)
                    .putShort((short) (attribute.type() | (nested ? Message.NESTED : 0)))
                    .array());
            if (attribute instanceof Attribute.Value value) {
                out.writeBytes(value.bytes());
            } else if (attribute instanceof Attribute.Nest nest) {
                out.writeBytes(nest.header());
                nest.attributes().forEach(this::attribute);
            } else if (attribute instanceof Attribute.NamespaceOf of) {
                patches.add(new Patch(out.size(), of.namespace()));
                out.writeBytes(Words.number(0));
            }
            out.writeBytes(new byte[Words.aligned(size) - size]);
        }
    }

    private static int content(Attribute attribute) {
        if (attribute instanceof Attribute.Value value) {
            return value.bytes().length;
        }
        if (attribute instanceof Attribute.Nest nest) {
            return nest.header().length + size(nest.attributes());
        }
        return Integer.BYTES;
    }

    private static int size(List<Attribute> attributes) {
        return attributes.stream()
                .mapToInt(attribute -> Words.aligned(Message.ATTRIBUTE_HEADER + content(attribute)))
                .sum();
    }

    /** The messages again, each with its own bytes. */
    public List<byte[]> each() {
        return each(bytes);
    }

    /**
     * Messages that follow each other, each with its own bytes.
     *
     * @throws IllegalArgumentException if they are no whole messages
     */
    public static List<byte[]> each(byte[] bytes) {
        List<byte[]> found = new ArrayList<>();
        ByteBuffer in = Words.over(bytes);
        while (in.hasRemaining()) {
            int size = in.remaining() < Integer.BYTES ? 0 : in.getInt(in.position());
            if (size < Message.HEADER || size > in.remaining()) {
                throw new IllegalArgumentException("a message of " + size + " bytes where there are " + in.remaining());
            }
            byte[] one = new byte[size];
            in.get(one);
            in.position(Math.min(in.limit(), in.position() + Words.aligned(size) - size));
            found.add(one);
        }
        return found;
    }
}
