package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return Main.run(
                List.of(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void helpIsPrintedWhenAskedForAndForNothing() {
        assertEquals(0, run("--help"));
        String help = out.toString(StandardCharsets.UTF_8);
        assertTrue(help.startsWith("usage: "), help);
        out.reset();
        assertEquals(0, run());
        assertEquals(help, out.toString(StandardCharsets.UTF_8));
        assertEquals(0, err.size());
    }

    @Test
    void theVersionIsOneLine() {
        assertEquals(0, run("--version"));
        assertEquals("sandjar " + Sandjar.version() + "\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void unknownWordsAreRefusedWithoutTheirEscapes() {
        assertEquals(2, run("doc\u001b[2Jtor"));
        assertEquals(2, run("doctor", "--all"));
        assertEquals(2, run("verify", "--json", "--json"));
        assertEquals(2, run("--version", "--json"));
        String text = err.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("unknown command: \"doc\\x1b[2Jtor\""), text);
        assertTrue(text.contains("\"doctor\" takes nothing but --json"), text);
        assertTrue(text.contains("\"--version\" takes no arguments"), text);
        assertEquals(0, out.size());
    }
}
