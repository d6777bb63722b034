package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sandjar.Capability;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CapabilityMaskTest {
    @Test
    void eachCapabilityIsABit() {
        CapabilityMask mask = CapabilityMask.parse("0000000080200001");
        assertEquals(
                List.of(Capability.CHOWN, Capability.SYS_ADMIN, Capability.SETFCAP),
                Stream.of(Capability.values()).filter(mask::has).toList());
        assertEquals(1L << 63, CapabilityMask.parse("8000000000000000").bits());
    }

    @Test
    void whatIsNoMaskIsNone() {
        for (String text : List.of("", "0", "000000008020000g", "00000000802000010", "0000000080200001 ")) {
            assertNull(CapabilityMask.parse(text), text);
        }
    }
}
