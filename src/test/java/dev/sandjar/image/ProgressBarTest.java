package dev.sandjar.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pull shows, on a terminal and elsewhere. */
class ProgressBarTest {
    private static final DataSize ALL = DataSize.mebibytes(100);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(written, false, StandardCharsets.UTF_8);
    private final AtomicLong now = new AtomicLong();

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aLineIsDrawnAgainAndAgainButNotTooOften() {
        try (ProgressBar bar = new ProgressBar(out, true, now::get)) {
            for (int i = 0; i < 50; i++) {
                bar.received("a", DataSize.mebibytes(i), ALL);
            }
            assertEquals("\r[" + " ".repeat(30) + "] 0 % of 100 MiB, 0 of 1 contents\u001b[K", text());
            written.reset();
            now.addAndGet(100_000_000);
            bar.received("a", DataSize.mebibytes(50), ALL);
            assertEquals(
                    "\r[" + "#".repeat(15) + " ".repeat(15) + "] 50 % of 100 MiB, 0 of 1 contents\u001b[K", text());
            written.reset();
            bar.received("b", DataSize.kibibytes(1), DataSize.kibibytes(1));
            bar.received("a", ALL, ALL);
        }
        assertTrue(text().endsWith("\r[" + "#".repeat(30) + "] 100 % of 100 MiB, 2 of 2 contents\u001b[K\n"), text());
    }

    @Test
    void elsewhereEachContentHasALineAtItsEnd() {
        try (ProgressBar bar = new ProgressBar(out, false, now::get)) {
            bar.received("a", DataSize.mebibytes(50), ALL);
            assertEquals("", text());
            bar.received("a", ALL, ALL);
            bar.received("a", ALL, ALL);
        }
        assertEquals("received a, 100 MiB\n", text());
    }

    @Test
    void filesAndPipesAreNoTerminals(@TempDir Path directory) throws IOException {
        Path link = directory.resolve("fd");
        Files.createSymbolicLink(link, Path.of("/dev/pts/3"));
        assertTrue(ProgressBar.isTerminal(link));
        Path pipe = directory.resolve("pipe");
        Files.createSymbolicLink(pipe, Path.of("pipe:[123]"));
        assertFalse(ProgressBar.isTerminal(pipe));
        assertFalse(ProgressBar.isTerminal(directory.resolve("absent")));
    }
}
