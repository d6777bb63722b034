package dev.sandjar.internal.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Answers that are late: when they are due, and how many wait. */
class LateAnswersTest {
    private static final int SOCKET = 7;

    private final List<String> sent = new ArrayList<>();
    private long now = Long.MAX_VALUE - 5; // a clock may come round
    private final LateAnswers late = new LateAnswers(
            (socket, answer, asker, size) -> {
                assertEquals(SOCKET, socket);
                sent.add(new String(answer, java.nio.charset.StandardCharsets.US_ASCII));
            },
            () -> now);

    /** Of 192.0.2.x, from some port. */
    private void ask(long delay, String answer, int address, int port) {
        byte[] asker = ByteBuffer.allocate(28)
                .putShort((short) 2)
                .putShort((short) port)
                .putInt(0xc0000200 + address)
                .array();
        late.add(delay, SOCKET, answer.getBytes(java.nio.charset.StandardCharsets.US_ASCII), asker, 16);
    }

    private void pass(long nanos) {
        now += nanos;
        late.send();
    }

    @Test
    void eachIsAsLateAsWasSaid() {
        assertEquals(-1, late.millis());
        ask(TimeUnit.MILLISECONDS.toNanos(10), "a", 1, 1000);
        assertEquals(10, late.millis());
        pass(TimeUnit.MILLISECONDS.toNanos(10) - 1);
        assertEquals(List.of(), sent);
        assertEquals(1, late.millis());
        pass(1);
        assertEquals(List.of("a"), sent);
        assertEquals(-1, late.millis());
    }

    @Test
    void aDelayThatBecomesShorterIsThatOfThoseThatWait() {
        ask(1000, "a", 1, 1000);
        pass(100);
        late.delayIs(5000);
        ask(5000, "b", 1, 1000);
        pass(100);
        late.delayIs(500);
        pass(299);
        assertEquals(List.of(), sent);
        pass(1);
        assertEquals(List.of("a"), sent);
        late.delayIs(0);
        pass(0);
        assertEquals(List.of("a", "b"), sent);
    }

    @Test
    void withoutADelayNothingWaits() {
        for (int i = 0; i < LateAnswers.MOST; i++) {
            ask(1000, "late", i % 100, i);
        }
        ask(0, "now", 200, 1);
        assertEquals(List.of("now"), sent);
    }

    @Test
    void oneAddressHasNotAllPlaces() {
        for (int i = 0; i < LateAnswers.MOST + 1; i++) {
            ask(1000, "flood", 1, i);
        }
        ask(1000, "other", 2, 1);
        pass(1000);
        assertEquals(LateAnswers.MOST_OF_ONE + 1, sent.size());
        assertEquals("other", sent.get(LateAnswers.MOST_OF_ONE));
        sent.clear();
        for (int i = 0; i < LateAnswers.MOST * 2; i++) {
            ask(1000, "many", i, 1);
        }
        pass(1000);
        assertEquals(LateAnswers.MOST, sent.size());
        ask(1000, "again", 1, 1);
        pass(1000);
        assertEquals(LateAnswers.MOST + 1, sent.size());
    }

    @Test
    void addressesOfIpv6AreTold() {
        for (int i = 0; i < LateAnswers.MOST_OF_ONE + 1; i++) {
            for (int last = 1; last <= 2; last++) {
                byte[] asker = new byte[28];
                asker[0] = 10;
                asker[2] = (byte) i;
                asker[5] = (byte) i; // what is called a flow is the asker's choice
                asker[23] = (byte) last;
                late.add(1000, SOCKET, new byte[] {(byte) ('0' + last)}, asker, 28);
            }
        }
        pass(1000);
        assertEquals(2 * LateAnswers.MOST_OF_ONE, sent.size());
    }
}
