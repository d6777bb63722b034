package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.OutsideFigures;
import dev.sandjar.internal.verify.Attacks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Figures in README.md, in the guide to confinement and in ATTACKS.md are those of what they are taken from. */
class ReadmeFiguresTest {
    private String readme;
    private String attacks;

    @BeforeEach
    void read() throws IOException {
        // Lines are folded where they are full, figures or not.
        readme = (Files.readString(Path.of("README.md")) + Files.readString(Path.of("docs/guides/confinement.md")))
                .replaceAll("(?<=\\S)\\n(?=\\S)", " ");
        attacks = Files.readString(Path.of("ATTACKS.md"));
    }

    /** The groups of every place where the pattern is; there has to be one. */
    private static Set<List<String>> figures(String pattern, String text) {
        Set<List<String>> found = new HashSet<>();
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        while (matcher.find()) {
            found.add(java.util.stream.IntStream.rangeClosed(1, matcher.groupCount())
                    .mapToObj(matcher::group)
                    .toList());
        }
        assertTrue(!found.isEmpty(), "nothing in the text is like " + pattern);
        return found;
    }

    private static void assertFigures(String pattern, String text, Object... expected) {
        assertEquals(Set.of(Arrays.stream(expected).map(String::valueOf).toList()), figures(pattern, text), pattern);
    }

    @Test
    void systemCallsThatPass() {
        int passing = OutsideFigures.callsPassingUntrusted();
        int known = OutsideFigures.callsKnown();
        assertFigures("system calls +(\\d+) of (\\d+)", readme, passing, known);
        assertFigures("(\\d+) of (\\d+) calls", readme, passing, known);
    }

    @Test
    void attacksOfVerify() {
        int all = Attacks.all().size();
        assertFigures("(\\d+) contained, 0 exposed, 0 not applicable, 0 not attempted", readme, all);
        assertFigures("exposed of (\\d+):", readme, all);
    }

    @Test
    void attacksOfTheField() {
        long lines =
                attacks.lines().filter(line -> line.matches("[|] \\d+ [|].*")).count();
        assertFigures("lists the (\\d+) attacks of the field", readme, lines);
    }

    @Test
    void theComparison() {
        List<List<String>> rows = attacks.substring(attacks.indexOf("| attack | untrusted() |"))
                .lines()
                .takeWhile(line -> line.startsWith("|"))
                .map(ReadmeFiguresTest::cells)
                .toList();
        List<String> columns = rows.get(0);
        List<String> totals = rows.get(rows.size() - 1);
        List<List<String>> each = rows.subList(2, rows.size() - 1);
        assertEquals(
                Attacks.all().stream().map(Attacks.Attack::attack).collect(Collectors.toSet()),
                each.stream().map(row -> row.get(0)).collect(Collectors.toSet()),
                "src/test/scripts/compare-attacks prints the table");
        for (int column = 1; column < columns.size(); column++) {
            int at = column;
            long exposed =
                    each.stream().filter(row -> row.get(at).contains("exposed")).count();
            assertEquals(String.valueOf(exposed), totals.get(column), columns.get(column));
        }
        assertFigures(
                "untrusted\\(\\) (\\d+), bubblewrap with its usual flags (\\d+), no sandbox (\\d+)",
                readme,
                totals.get(columns.indexOf("untrusted()")),
                totals.get(columns.indexOf("bubblewrap")),
                totals.get(columns.indexOf("no sandbox")));
        assertFigures(
                "bring for it (\\d+), firejail with its default profile (\\d+)",
                readme,
                totals.get(columns.indexOf("bubblewrap and a filter")),
                totals.get(columns.indexOf("firejail")));
    }

    private static List<String> cells(String line) {
        return Arrays.stream(line.substring(1, line.lastIndexOf('|')).split("[|]", -1))
                .map(String::strip)
                .toList();
    }
}
