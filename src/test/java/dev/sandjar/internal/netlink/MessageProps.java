package dev.sandjar.internal.netlink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever is written reads the same, and whatever bytes there are, they are read or refused. */
class MessageProps {
    private static final int REQUEST_AND_ACK = 5;

    @Provide
    Arbitrary<Message> messages() {
        return Arbitraries.randomValue(random -> new Message(
                random.nextInt(0x10000),
                random.nextInt(0x10000) | REQUEST_AND_ACK,
                bytes(random, 4 * random.nextInt(5)),
                attributes(random, 3)));
    }

    private static byte[] bytes(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<Attribute> attributes(Random random, int depth) {
        List<Attribute> found = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            // None is the one nest that has a header of its own: that is in MessageTest.
            int type = 3 + random.nextInt(0x3ffd);
            found.add(
                    depth > 0 && random.nextBoolean()
                            ? new Attribute.Nest(type, new byte[0], attributes(random, depth - 1))
                            : new Attribute.Value(type, bytes(random, random.nextInt(40))));
        }
        return found;
    }

    @Property
    void whatIsWrittenReadsTheSame(@ForAll("messages") Message message) {
        byte[] bytes = Batch.of(List.of(message)).bytes();
        assertEquals(message, Message.read(bytes, message.header().length));
        assertEquals(0, bytes.length % 4);
    }

    @Property
    void aBatchIsItsMessagesOneAfterTheOther(@ForAll @Size(max = 6) List<@From("messages") Message> messages) {
        Batch batch = Batch.of(messages);
        List<byte[]> each = batch.each();
        assertEquals(messages.size(), batch.count());
        assertEquals(messages.size(), each.size());
        for (int i = 0; i < messages.size(); i++) {
            assertEquals(
                    messages.get(i), Message.read(each.get(i), messages.get(i).header().length));
            assertEquals(i + 1, Words.over(each.get(i)).getInt(8));
        }
    }

    @Property
    void aDescriptorsPlaceIsWhereItsAttributeIs(
            @ForAll("messages") Message message, @ForAll @IntRange(min = 1) int id) {
        List<Attribute> attributes = new ArrayList<>(message.attributes());
        attributes.add(Attribute.nest(7, new Attribute.NamespaceOf(28, id)));
        Batch batch = Batch.of(List.of(new Message(16, 0, message.header(), attributes)));
        int offset = batch.patches().get(0).offset();
        assertEquals(id, batch.patches().get(0).namespace());
        assertEquals(batch.bytes().length - 4, offset);
        assertArrayEquals(
                Words.room(4).putShort((short) 8).putShort((short) 28).array(),
                Arrays.copyOfRange(batch.bytes(), offset - 4, offset));
    }

    @Property
    void anythingIsReadOrRefused(
            @ForAll("messages") Message message, @ForAll @IntRange(max = 400) int at, @ForAll byte b) {
        byte[] bytes = Batch.of(List.of(message)).bytes();
        bytes[at % bytes.length] = b;
        try {
            Message.read(bytes, message.header().length);
        } catch (IllegalArgumentException e) {
            assertThrows(IllegalArgumentException.class, () -> Message.read(bytes, message.header().length));
        }
    }
}
