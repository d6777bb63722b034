package dev.sandjar.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AccountsTest {
    @Test
    void theFirstLineOfAUserNamesItsGroup() {
        List<String> lines = List.of(
                "",
                "root:x:0:0:root:/root:/bin/sh",
                "+::::::",
                "short:x:7",
                "a:x:7:70:::",
                "b:x:7:71:::",
                "odd:x:8:all:::");
        assertEquals(0, Accounts.groupOf(lines, 0));
        assertEquals(70, Accounts.groupOf(lines, 7));
        assertEquals(-1, Accounts.groupOf(lines, 8));
        assertEquals(-1, Accounts.groupOf(lines, 70));
    }
}
