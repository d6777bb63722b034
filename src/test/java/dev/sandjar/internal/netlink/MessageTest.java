package dev.sandjar.internal.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The bytes of each kind of message, which are those that ip(8) sends but for their order. */
class MessageTest {
    private static final LinkMessages.Interface PORT =
            new LinkMessages.Interface(1001, "v1", new byte[] {2, 0, 0, 0, 0, 1}, 1500);
    private static final LinkMessages.Interface PEER =
            new LinkMessages.Interface(100, "eth0", new byte[] {2, 0, 0, 0, 0, 2}, 1500);

    private static String hex(Message message) {
        Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "written down for little endian");
        return HexFormat.of().formatHex(Batch.of(List.of(message)).bytes());
    }

    @Test
    void anInterfaceComesUp() {
        assertEquals(
                "20000000" + "1000" + "0500" + "01000000" + "00000000" + "00000000" + "64000000" + "01000000"
                        + "01000000",
                hex(LinkMessages.up(100)));
    }

    @Test
    void aBridge() {
        assertEquals(
                "4c000000" + "1000" + "0506" + "01000000" + "00000000"
                        + "00000000" + "e9030000" + "01000000" + "01000000"
                        + "07000300" + "76310000"
                        + "0a000100" + "0200000000010000"
                        + "08000400" + "dc050000"
                        + "10001280" + "0b000100" + "6272696467650000",
                hex(LinkMessages.bridge(PORT)));
    }

    @Test
    void anAddressOfTheFourthVersion() throws UnknownHostException {
        assertEquals(
                "28000000" + "1400" + "0506" + "01000000" + "00000000"
                        + "02180000" + "64000000"
                        + "08000200" + "0a070002" + "08000100" + "0a070002",
                hex(AddressMessages.add(100, InetAddress.getByName("10.7.0.2"), 24)));
    }

    @Test
    void anAddressOfTheSixthVersionIsNotLookedFor() throws UnknownHostException {
        assertEquals(
                "40000000" + "1400" + "0506" + "01000000" + "00000000"
                        + "0a400200" + "64000000"
                        + "14000200" + "fd070000000000000000000000000002"
                        + "14000100" + "fd070000000000000000000000000002",
                hex(AddressMessages.add(100, InetAddress.getByName("fd07::2"), 64)));
    }

    @Test
    void aPeerHasAHeaderOfItsOwn() {
        Message pair = LinkMessages.pair(PORT, PEER, 5);
        Batch batch = Batch.of(List.of(LinkMessages.up(1), pair));
        assertEquals(
                List.of(5L),
                batch.patches().stream().map(Batch.Patch::namespace).toList());
        Message read = Message.read(batch.each().get(1), LinkMessages.HEADER_SIZE);
        Attribute.Nest info = (Attribute.Nest) read.attributes().get(3);
        Attribute.Nest data = (Attribute.Nest) info.attributes().get(1);
        Attribute.Nest peer = (Attribute.Nest) data.attributes().get(0);
        assertEquals(100, Words.over(peer.header()).getInt(4));
        assertEquals(Attribute.text(3, "eth0"), peer.attributes().get(0));
        assertEquals(Attribute.number(28, 0), peer.attributes().get(3));
        assertEquals(batch.bytes().length - 4, batch.patches().get(0).offset());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Message large = new Message(16, 0, new byte[16], List.of(new Attribute.Value(1, new byte[0x10000])));
        assertThrows(IllegalArgumentException.class, () -> Batch.of(List.of(large)));
        Message strange = new Message(16, 0, new byte[16], List.of(new Attribute.Value(0x4000, new byte[0])));
        assertThrows(IllegalArgumentException.class, () -> Batch.of(List.of(strange)));
        assertThrows(IllegalArgumentException.class, () -> new Message(16, 0, new byte[3], List.of()));
    }

    /** Of a transaction the last one before its end is answered, and no other that succeeds. */
    @Test
    void aTransactionIsAnsweredOnce() {
        Message one = LinkMessages.up(1);
        Batch batch = Batch.transaction(List.of(one, one, one, one));
        assertEquals(1, batch.count());
        List<String> said = batch.each().stream()
                .map(bytes -> HexFormat.of().formatHex(bytes, 6, 12))
                .toList();
        Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "written down for little endian");
        assertEquals(List.of("010000000000", "010000000000", "050001000000", "010000000000"), said);
    }
}
