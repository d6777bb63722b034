package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.linux.DeviceIo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ResourceUsageTest {
    private static final DataSize LARGEST = DataSize.mebibytes(4);

    private static ResourceUsage usage(
            Optional<DataSize> peak, Optional<DataSize> resident, LimitHits hits, List<DeviceIo> io) {
        MemoryUsage memory = new MemoryUsage(
                Optional.empty(),
                peak,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return new ResourceUsage(
                ResourceUsage.Source.CGROUP,
                Duration.ofMillis(30),
                Duration.ofMillis(12),
                Duration.ofMillis(100),
                Duration.ofMillis(7),
                memory,
                resident,
                OptionalLong.of(2),
                OptionalLong.of(3),
                io,
                List.of(),
                Map.of(),
                hits,
                1,
                0,
                0,
                0,
                0,
                0);
    }

    private static DataSize peak(Optional<DataSize> peak, Optional<DataSize> resident) {
        return usage(peak, resident, LimitHits.NONE, List.of()).peakMemory();
    }

    @Test
    void theGroupKnowsBetterThanTheLargestProcess() {
        Optional<DataSize> group = Optional.of(DataSize.mebibytes(9));
        assertEquals(DataSize.mebibytes(9), peak(group, Optional.of(LARGEST)));
        assertEquals(LARGEST, peak(Optional.empty(), Optional.of(LARGEST)));
        assertEquals(DataSize.bytes(0), peak(Optional.empty(), Optional.empty()));
    }

    @Test
    void readsWell() {
        LimitHits hits = new LimitHits(0, 4, 1, 1, 0);
        String text =
                usage(Optional.of(LARGEST), Optional.empty(), hits, List.of()).toString();
        assertTrue(
                text.startsWith("cpu 42 ms (user 30, system 12), wall 100 ms, peak memory 4 MiB, throttled 7 ms,"
                        + " peak processes 3"),
                text);
        assertTrue(text.contains("oomKilled=1"), text);
        String plain = Reports.USAGE.toString();
        assertFalse(plain.contains("throttled") || plain.contains("processes") || plain.contains("oom"), plain);
    }

    @Test
    void listsAreCopies() {
        List<DeviceIo> io = new ArrayList<>(List.of(new DeviceIo(8, 0, 1, 2, 3, 4)));
        ResourceUsage usage = usage(Optional.empty(), Optional.empty(), LimitHits.NONE, io);
        io.clear();
        assertEquals(1, usage.io().size());
        assertThrows(UnsupportedOperationException.class, () -> usage.io().clear());
    }
}
