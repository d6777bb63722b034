package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.KernelTest;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the command line tells of attacks that do get through. */
@KernelTest
class MainIT {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int verify(boolean json) {
        return Main.verify(
                // Nothing is isolated.
                () -> Sandbox.builder().build().verify(),
                json,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void whatIsExposedEndsWithThree() {
        assertEquals(3, verify(false), err::toString);
        String table = out.toString(StandardCharsets.UTF_8);
        assertTrue(table.lines().anyMatch(line -> line.matches(" +EXPOSED +host-file .*")), table);
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void inJsonToo() {
        assertEquals(3, verify(true), err::toString);
        String json = out.toString(StandardCharsets.UTF_8);
        assertTrue(json.contains("\"contained\" : false"), json);
        assertTrue(json.contains("\"grade\" : \"exposed\""), json);
    }
}
