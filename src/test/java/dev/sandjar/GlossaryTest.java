package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Words of the project's first months that stand for what has a name of its own elsewhere: they do not come back, neither in code nor in
 * comments, messages and pages. docs/renamed.md has them all.
 */
class GlossaryTest {
    /** By what is said instead. */
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("removal", "graves?|bury|buried|dig"),
            Map.entry("pending start", "heirs?"),
            Map.entry("orphan, late use", "strays"),
            Map.entry("supervisor message", "news"),
            Map.entry("pending output", "sj_letters?"),
            Map.entry("warm, reserve", "made ahead|prefork"),
            // In quotes it is the name of an expression of nf_tables.
            Map.entry("program", "payload(?!\")"),
            Map.entry("listener transfer", "courier"),
            Map.entry("exec arguments", "mission"),
            Map.entry("outer helper, template layers", "STAGE|the stage"),
            Map.entry("writable by a guest, handed, passed by reference", "lent|lendings?|LENDING|mayNotLend"),
            Map.entry("exit report", "Endings"),
            Map.entry("sandbox", "struct box|sj_box(?:es)?"));

    private static final List<Path> PLACES = List.of(
            Path.of("src/main"),
            Path.of("docs"),
            Path.of("README.md"),
            Path.of("CONTRIBUTING.md"),
            Path.of("ATTACKS.md"));

    private static Stream<Path> texts(Path place) {
        try (Stream<Path> all = Files.walk(place)) {
            return all
                    .filter(path -> path.toString().matches(".*[.](java|c|h|md)"))
                    .filter(path -> !path.endsWith("renamed.md"))
                    .collect(Collectors.toList())
                    .stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void oldWordsStayAway() throws IOException {
        Pattern words = Pattern.compile("\\b(?:" + String.join("|", WORDS.values()) + ")\\b");
        Set<String> found = new TreeSet<>();
        int read = 0;
        for (Path file : PLACES.stream().flatMap(GlossaryTest::texts).toList()) {
            read++;
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (words.matcher(lines.get(i)).find()) {
                    found.add(file + ":" + (i + 1) + ": " + lines.get(i).strip());
                }
            }
        }
        assertTrue(read > 500, "only " + read + " files");
        assertEquals(Set.of(), found, "say instead " + WORDS);
    }
}
