package dev.sandjar.internal.hostfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CallerIdsTest {
    @Test
    void theOwnerOfWhatIsNotMappedIsReadWhole() throws Exception {
        Process cat = new ProcessBuilder("cat", "/proc/sys/kernel/overflowuid").start();
        String whole = new String(cat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertTrue(whole.length() > 1, whole); // one digit is what a careless reader gets
        assertEquals(Long.parseLong(whole), CallerIds.overflow());
    }
}
