package dev.sandjar.internal.netlink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatsMessagesTest {
    private static byte[] answer(int type, int attribute, int numbers) {
        ByteBuffer content = ByteBuffer.allocate(numbers * Long.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 1; i <= numbers; i++) {
            content.putLong(i * 10_000_000_000L);
        }
        Message message = new Message(type, 0, new byte[12], List.of(new Attribute.Value(attribute, content.array())));
        return Batch.of(List.of(message)).bytes();
    }

    @Test
    void theQuestionIsOfOneInterfaceAndItsNumbersAlone() {
        Message question = StatsMessages.ask(1007);
        assertEquals(94, question.type());
        ByteBuffer expected = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        assertArrayEquals(expected.putInt(0).putInt(1007).putInt(1).array(), question.header());
    }

    @Test
    void numbersAreOf64Bits() {
        assertEquals(
                new StatsMessages.Stats(10_000_000_000L, 20_000_000_000L, 30_000_000_000L, 40_000_000_000L),
                StatsMessages.read(answer(92, 1, 25)));
    }

    @Test
    void whatHasNoneIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> StatsMessages.read(answer(16, 1, 25)));
        assertThrows(IllegalArgumentException.class, () -> StatsMessages.read(answer(92, 2, 25)));
        assertThrows(IllegalArgumentException.class, () -> StatsMessages.read(answer(92, 1, 3)));
        assertThrows(IllegalArgumentException.class, () -> StatsMessages.read(new byte[3]));
    }
}
