package dev.sandjar.internal.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is answered to questions about names, and to what is none. */
class NameAnswerTest {
    private static final int A = 1;
    private static final int PTR = 12;
    private static final int MX = 15;
    private static final int AAAA = 28;
    private static final int ANY = 255;

    private static final NameAnswer.Names NAMES = new NameAnswer.Names() {
        @Override
        public @Nullable List<InetAddress> addresses(String name) {
            return name.equals("db.lan") ? List.of(address("10.7.0.2"), address("fd07::2")) : null;
        }

        @Override
        public @Nullable String name(InetAddress address) {
            return address.equals(address("10.7.0.2")) || address.equals(address("fd07::2")) ? "db.lan" : null;
        }
    };

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static byte[] question(int flags, String name, int type, int kind) {
        ByteBuffer out = ByteBuffer.allocate(512);
        out.putShort((short) 0x1234).putShort((short) flags).putShort((short) 1);
        out.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        for (String label : name.split("[.]")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.put((byte) 0).putShort((short) type).putShort((short) kind);
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    private static ByteBuffer ask(byte[] question) {
        byte[] answer = NameAnswer.to(question, question.length, NAMES);
        assertNotNull(answer);
        assertEquals(0x1234, ByteBuffer.wrap(answer).getShort(0));
        return ByteBuffer.wrap(answer);
    }

    private static ByteBuffer ask(String name, int type) {
        return ask(question(0x0100, name, type, 1));
    }

    private static int code(ByteBuffer answer) {
        return answer.getShort(2) & 15;
    }

    private static int count(ByteBuffer answer) {
        return answer.getShort(6);
    }

    private static String tail(ByteBuffer answer, int size) {
        return HexFormat.of().formatHex(answer.array(), answer.capacity() - size, answer.capacity());
    }

    @Test
    void aNameHasAnAddressOfEachFamily() {
        ByteBuffer four = ask("db.lan", A);
        assertEquals("8500", HexFormat.of().formatHex(four.array(), 2, 4), "an answer of the authority, no error");
        assertEquals("c00c00010001" + "00000000" + "0004" + "0a070002", tail(four, 16));
        assertEquals(1, count(four));
        assertEquals("0010" + "fd070000000000000000000000000002", tail(ask("db.lan", AAAA), 18));
        assertEquals(2, count(ask("db.lan", ANY)));
    }

    @Test
    void lettersOfTheQuestionComeBackAsTheyWere() {
        byte[] question = question(0, "dB.LaN", A, 1);
        ByteBuffer answer = ask(question);
        assertEquals(1, count(answer));
        assertEquals(
                HexFormat.of().formatHex(question, 12, question.length),
                HexFormat.of().formatHex(answer.array(), 12, question.length));
    }

    @Test
    void aNameWithoutSuchARecordIsANameAndOthersAreNone() {
        assertEquals(0, code(ask("db.lan", MX)));
        assertEquals(0, count(ask("db.lan", MX)));
        for (String other : List.of("db", "db.lan.", "lan", "example.org", "x.db.lan", "db.lan.org")) {
            boolean same = other.equals("db.lan.");
            assertEquals(same ? 0 : 3, code(ask(other, A)), other);
        }
    }

    @Test
    void anAddressHasAName() {
        String six = "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.d.f.ip6.arpa";
        for (String name : List.of("2.0.7.10.in-addr.arpa", six, six.toUpperCase(java.util.Locale.ROOT))) {
            ByteBuffer answer = ask(name, PTR);
            assertEquals(1, count(answer), name);
            assertEquals("0008" + "026462" + "036c616e" + "00", tail(answer, 10));
        }
        for (String name : List.of(
                "3.0.7.10.in-addr.arpa", "02.0.7.10.in-addr.arpa", "0.7.10.in-addr.arpa", "2.0.7.266.in-addr.arpa")) {
            assertEquals(3, code(ask(name, PTR)), name);
        }
        assertEquals(0, count(ask("2.0.7.10.in-addr.arpa", A)));
    }

    @Test
    void whatIsNoQuestionIsNotAnsweredAsOne() {
        assertNull(NameAnswer.to(new byte[11], 11, NAMES));
        byte[] answer = question(0x8000, "db.lan", A, 1);
        assertNull(NameAnswer.to(answer, answer.length, NAMES), "an answer");
        assertEquals(4, code(ask(question(0x2800, "db.lan", A, 1))), "an update");
        assertEquals(4, code(ask(question(0, "db.lan", A, 3))), "of CHAOS");
        byte[] two = question(0, "db.lan", A, 1);
        two[5] = 2;
        assertEquals(1, code(ask(two)));
        byte[] pointer = question(0, "db.lan", A, 1);
        pointer[12] = (byte) 0xc0;
        pointer[13] = 12;
        assertEquals(1, code(ask(pointer)));
        byte[] whole = question(0, "db.lan", A, 1);
        for (int length = 12; length < whole.length; length++) {
            byte[] said = NameAnswer.to(whole, length, NAMES);
            assertNotNull(said);
            assertEquals(1, code(ByteBuffer.wrap(said)), "cut after " + length);
        }
        assertEquals(1, code(ask(question(0, "a".repeat(63) + ("." + "a".repeat(63)).repeat(4), A, 1))));
    }

    @Property
    void nothingIsTooStrange(@ForAll @Size(max = 600) byte[] bytes, @ForAll @IntRange(max = 3) int questions) {
        if (bytes.length > 6) {
            bytes[2] &= 0x07;
            bytes[4] = 0;
            bytes[5] = (byte) questions;
        }
        byte[] answer = NameAnswer.to(bytes, bytes.length, NAMES);
        assertTrue(answer == null || (answer.length >= 12 && answer.length <= NameAnswer.SIZE_MAX));
    }
}
