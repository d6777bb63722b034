package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataSizeTest {
    @Test
    void unitsArePowersOf1024() {
        assertEquals(3, DataSize.bytes(3).toBytes());
        assertEquals(3 * 1024, DataSize.kibibytes(3).toBytes());
        assertEquals(3 * 1024 * 1024, DataSize.mebibytes(3).toBytes());
        assertEquals(3L * 1024 * 1024 * 1024, DataSize.gibibytes(3).toBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1, 1 B",
        "1023, 1023 B",
        "1024, 1 KiB",
        "1025, 1025 B",
        "67108864, 64 MiB",
        "1099511627776, 1 TiB"
    })
    void printsTheLargestExactUnit(long bytes, String text) {
        assertEquals(text, DataSize.bytes(bytes).toString());
    }

    @ParameterizedTest
    @CsvSource({"64MiB, 67108864", "' 64  mib ', 67108864", "17, 17", "2 b, 2", "1GIB, 1073741824"})
    void parses(String text, long bytes) {
        assertEquals(bytes, DataSize.parse(text).toBytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "1.5 MiB", "-1", "1 MB", "1 k", "1 MiB x", "0x10", "99999999999999999999"})
    void refusesOtherText(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> DataSize.parse(text));
        assertTrue(e.getMessage().contains(text), e.getMessage());
        assertTrue(e.getMessage().contains("64 MiB"), e.getMessage());
    }

    @Test
    void refusesOverflowAndNegatives() {
        assertEquals(
                Long.MAX_VALUE / 1024, DataSize.kibibytes(Long.MAX_VALUE / 1024).toBytes() / 1024);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> DataSize.kibibytes(Long.MAX_VALUE / 1024 + 1));
        assertTrue(e.getMessage().contains("9007199254740991"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> DataSize.gibibytes(Long.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> DataSize.bytes(-1));
        assertThrows(IllegalArgumentException.class, () -> DataSize.mebibytes(-1));
        assertThrows(IllegalArgumentException.class, () -> DataSize.parse("9223372036854775807 KiB"));
    }
}
