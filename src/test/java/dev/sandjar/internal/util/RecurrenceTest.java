package dev.sandjar.internal.util;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecurrenceTest {
    @Test
    void thePowersOfTwoAreTold() {
        Recurrence recurrence = new Recurrence();
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            long times = recurrence.again();
            if (times > 0) {
                told.add(times);
            }
        }
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L), told);
    }
}
