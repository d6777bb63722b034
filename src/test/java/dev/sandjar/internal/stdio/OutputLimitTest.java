package dev.sandjar.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OutputLimitTest {
    private final AtomicInteger fired = new AtomicInteger();

    private OutputLimit limit(long bytes) {
        OutputLimit limit = new OutputLimit(bytes);
        limit.onExceeded(fired::incrementAndGet);
        return limit;
    }

    @Test
    void givesExactlyItsBytes() {
        OutputLimit limit = limit(10);
        assertEquals(4, limit.take(4));
        assertEquals(6, limit.take(6));
        assertEquals(0, limit.left());
        assertFalse(limit.isExceeded());
        assertEquals(0, fired.get());
        assertEquals(0, limit.take(1));
        assertTrue(limit.isExceeded() && limit.isPassed());
        assertEquals(1, fired.get());
        assertEquals(0, limit.take(5));
        assertEquals(1, fired.get());
    }

    @Test
    void splitsWhatGoesBeyond() {
        OutputLimit limit = limit(10);
        assertEquals(10, limit.take(11));
        assertEquals(1, fired.get());
        assertEquals(0, limit.left());
    }

    @Test
    void nothingMayBeAllowed() {
        OutputLimit limit = limit(0);
        assertEquals(0, limit.take(0));
        assertEquals(0, fired.get());
        assertEquals(0, limit.take(1));
        assertEquals(1, fired.get());
        assertThrows(IllegalArgumentException.class, () -> new OutputLimit(-1));
    }

    @Test
    void anActionThatComesLateIsDoneAtOnce() {
        OutputLimit limit = new OutputLimit(1);
        limit.take(2);
        limit.onExceeded(fired::incrementAndGet);
        assertEquals(1, fired.get());
    }

    @Test
    void whatIsStillToBeReadMayBeReadAsFarAsItIsWithin() {
        OutputLimit limit = limit(10);
        limit.take(4);
        limit.expect(6);
        assertFalse(limit.isExceeded());
        limit.expect(7);
        assertTrue(limit.isExceeded());
        assertFalse(limit.isPassed());
        assertEquals(6, limit.take(7));
        assertEquals(1, fired.get());
    }

    @Test
    void holdsMoreThanAnInt() {
        OutputLimit limit = limit(Long.MAX_VALUE);
        assertEquals(Integer.MAX_VALUE, limit.take(Integer.MAX_VALUE));
        assertEquals(Long.MAX_VALUE - Integer.MAX_VALUE, limit.left());
    }

    @Test
    void manyReadersShareOne() throws Exception {
        OutputLimit limit = limit(1_000_003);
        AtomicLong taken = new AtomicLong();
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int step = 7 + i;
            readers.add(CompletableFuture.runAsync(() -> {
                while (!limit.isPassed()) {
                    taken.addAndGet(limit.take(step));
                }
            }));
        }
        for (CompletableFuture<Void> reader : readers) {
            reader.get(20, TimeUnit.SECONDS);
        }
        assertEquals(1_000_003, taken.get());
        assertEquals(1, fired.get());
    }
}
