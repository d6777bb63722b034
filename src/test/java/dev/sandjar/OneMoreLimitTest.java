package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The example of CONTRIBUTING, "One more limit", as a patch: it names four files, and each place that it changes is still there. */
class OneMoreLimitTest {
    private static final Path PATCH = Path.of("src/test/resources/house/one-more-limit.patch");

    /** What a patch finds and what it leaves of each file, hunk by hunk. */
    private record Hunk(String before, String added) {}

    private static Map<String, List<Hunk>> hunks() throws IOException {
        Map<String, List<Hunk>> all = new LinkedHashMap<>();
        List<Hunk> current = new ArrayList<>();
        StringBuilder before = new StringBuilder();
        StringBuilder added = new StringBuilder();
        for (String line : (Files.readString(PATCH) + "diff ").split("\n")) {
            if ((line.startsWith("@@") || line.startsWith("diff ")) && before.length() > 0) {
                current.add(new Hunk(before.toString(), added.toString()));
                before.setLength(0);
                added.setLength(0);
            }
            if (line.startsWith("+++ b/")) {
                current = all.computeIfAbsent(line.substring(6), key -> new ArrayList<>());
            } else if (line.startsWith("+")) {
                added.append(line.substring(1)).append('\n');
            } else if (line.startsWith(" ")) {
                before.append(line.substring(1)).append('\n');
            }
        }
        return all;
    }

    @Test
    void touchesFourFiles() throws IOException {
        Map<String, List<Hunk>> files = hunks();
        assertEquals(4, files.size(), files.keySet().toString());
        for (Map.Entry<String, List<Hunk>> file : files.entrySet()) {
            assertFalse(file.getValue().isEmpty(), file.getKey());
            String text = Files.readString(Path.of(file.getKey()));
            for (Hunk hunk : file.getValue()) {
                assertTrue(text.contains(hunk.before()), file.getKey() + " has no more\n" + hunk.before());
            }
        }
    }

    /** The methods in CONTRIBUTING are those of the patch. */
    @Test
    void isTheExampleOfContributing() throws IOException {
        String page = Files.readString(Path.of("CONTRIBUTING.md"));
        int start = page.indexOf("## One more limit");
        List<String> shown = page.substring(
                        start, page.indexOf("\n## ", start + 1) < 0 ? page.length() : page.indexOf("\n## ", start + 1))
                .lines()
                .filter(line -> line.startsWith("       "))
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        String patch = Files.readString(PATCH);
        assertFalse(shown.isEmpty());
        shown.forEach(line -> assertTrue(patch.contains(line), "the patch does not have " + line));
    }
}
