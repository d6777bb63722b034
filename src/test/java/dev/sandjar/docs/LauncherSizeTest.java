package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How much there is to read for an audit of the launcher is what the page on the architecture says, or nearly. */
class LauncherSizeTest {
    private static final Path SOURCES = Path.of("src/main/native");
    private static final Pattern SENTENCE = Pattern.compile(
            "these are ([0-9,]+) lines of C, headers and comments included, in ([0-9]+) files, the largest of\\s+([0-9]+):");

    private static final Pattern RUNTIME = Pattern.compile("the ([0-9,]+) lines of\\s+`runtime`");

    /** A page need not follow each line. */
    private static final double TOLERANCE = 0.03;

    @Test
    void thePageSaysHowManyLinesThereAre() throws IOException {
        Matcher said = SENTENCE.matcher(Files.readString(Path.of("docs/architecture.md")));
        assertTrue(said.find(), "the page does not say it");
        List<Integer> lines = lines();
        double all = lines.stream().mapToInt(Integer::intValue).sum();
        assertTrue(all > 1000, all + " lines can't be all");
        assertEquals(all, Double.parseDouble(said.group(1).replace(",", "")), TOLERANCE * all, "lines");
        assertEquals(lines.size(), Double.parseDouble(said.group(2)), TOLERANCE * lines.size(), "files");
        int largest = lines.stream().mapToInt(Integer::intValue).max().orElse(0);
        assertEquals(largest, Double.parseDouble(said.group(3)), TOLERANCE * largest, "lines of the largest file");
    }

    @Test
    void thePageSaysHowManyLinesTheRuntimeCommandHas() throws IOException {
        Matcher said = RUNTIME.matcher(Files.readString(Path.of("docs/architecture.md")));
        assertTrue(said.find(), "the page does not say it");
        double all = lines("runtime").stream().mapToInt(Integer::intValue).sum();
        assertEquals(all, Double.parseDouble(said.group(1).replace(",", "")), TOLERANCE * all, "lines");
    }

    private static List<Integer> lines(String folder) throws IOException {
        try (Stream<Path> files = Files.list(SOURCES.resolve(folder))) {
            return files.map(LauncherSizeTest::count).toList();
        }
    }

    private static List<Integer> lines() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().matches(".*\\.[ch]"))
                    .filter(file -> !SOURCES.relativize(file).startsWith("attack"))
                    .filter(file -> !SOURCES.relativize(file).startsWith("runtime"))
                    .map(LauncherSizeTest::count)
                    .toList();
        }
    }

    private static int count(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
