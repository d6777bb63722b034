package dev.sandjar.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.Scheduling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SchedulingWordsTest {
    private static ByteBuffer attributes(Scheduling scheduling) {
        return ByteBuffer.wrap(SchedulingWords.attributes(scheduling)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void prioritiesOfDisksAreOneNumber() {
        assertEquals(1 << 13 | 3, SchedulingWords.number(IoPriority.realtime(3)));
        assertEquals(2 << 13 | 7, SchedulingWords.number(IoPriority.bestEffort(7)));
        assertEquals(3 << 13, SchedulingWords.number(IoPriority.idle()));
    }

    @Test
    void policiesAreTheKernelsStructure() {
        ByteBuffer batch = attributes(Scheduling.batch(5).resetOnFork());
        assertEquals(48, batch.remaining());
        assertEquals(48, batch.getInt());
        assertEquals(3, batch.getInt());
        assertEquals(1, batch.getLong());
        assertEquals(5, batch.getInt());
        assertEquals(0, batch.getInt());
        ByteBuffer fifo = attributes(Scheduling.fifo(99));
        assertEquals(1, fifo.getInt(4));
        assertEquals(99, fifo.getInt(20));
        ByteBuffer deadline =
                attributes(Scheduling.deadline(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(3)));
        assertEquals(6, deadline.getInt(4));
        assertEquals(1_000_000, deadline.getLong(24));
        assertEquals(2_000_000, deadline.getLong(32));
        assertEquals(3_000_000, deadline.getLong(40));
    }
}
