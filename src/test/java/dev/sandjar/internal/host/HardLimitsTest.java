package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Rlimit;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HardLimitsTest {
    @Test
    void readsTheKernelsTable() {
        HardLimits limits = HardLimits.parse(List.of(
                "Limit                     Soft Limit           Hard Limit           Units     ",
                "Max file size             unlimited            unlimited            bytes     ",
                "Max open files            1024                 600                  files     ",
                "Max nice priority         0                    20                   ",
                "Max something new         1                    2                    days      "));
        assertEquals(600, limits.of(Rlimit.NOFILE.number()));
        assertEquals(20, limits.of(Rlimit.NICE.number()));
        assertEquals(Rlimit.UNLIMITED, limits.of(Rlimit.FSIZE.number()));
        assertEquals(Rlimit.UNLIMITED, limits.of(Rlimit.AS.number()), "what is not told is not known");
    }

    /** On this kernel every limit is found. */
    @Test
    void readsThisProcess() {
        assertEquals(
                Arrays.stream(Rlimit.values()).map(Rlimit::number).toList(),
                HardLimits.ofThisProcess().values().keySet().stream().sorted().toList());
    }
}
