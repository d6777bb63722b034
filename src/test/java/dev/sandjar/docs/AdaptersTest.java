package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/adapters.md has every adapter, the versions that the build tests them with, and no long example. */
class AdaptersTest {
    private static final Path PAGE = Path.of("docs/adapters.md");
    private static final int LINES = 10;
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `dev\\.sandjar:([\\w-]+)` \\| (.*) \\|$");
    private static final Pattern TESTED = Pattern.compile("`([\\w.-]+:[\\w.-]+:[\\w.-]+)`");
    private static final Pattern DEPENDENCY = Pattern.compile(
            "<groupId>([^<]+)</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*<version>\\$\\{([\\w.-]+)}</version>\\s*(?:<optional>true</optional>\\s*)?</dependency>");

    @Test
    void theTableHasTheVersionsOfTheBuild() throws IOException {
        String build = Files.readString(Path.of("adapters/pom.xml"));
        Set<String> expected = new TreeSet<>();
        Matcher modules = Pattern.compile("<module>([^<]+)</module>").matcher(build);
        while (modules.find()) {
            String module = Files.readString(Path.of("adapters", modules.group(1), "pom.xml"));
            Matcher dependencies = DEPENDENCY.matcher(module);
            assertTrue(dependencies.find(), () -> modules.group(1) + " is for nothing");
            do {
                Matcher version = Pattern.compile("<" + dependencies.group(3) + ">([^<]+)<")
                        .matcher(build);
                assertTrue(version.find(), dependencies.group(3));
                expected.add("sandjar-" + modules.group(1) + " " + dependencies.group(1) + ":" + dependencies.group(2)
                        + ":" + version.group(1));
            } while (dependencies.find());
        }
        Set<String> shown = new TreeSet<>();
        Matcher rows = ROW.matcher(Files.readString(PAGE));
        while (rows.find()) {
            Matcher tested = TESTED.matcher(rows.group(2));
            while (tested.find()) {
                shown.add(rows.group(1) + " " + tested.group(1));
            }
        }
        assertEquals(expected, shown);
    }

    @Test
    void examplesAreShort() throws IOException {
        Matcher blocks = Pattern.compile("(?s)```java\n(.*?)\n```").matcher(Files.readString(PAGE));
        int count = 0;
        while (blocks.find()) {
            count++;
            String block = blocks.group(1);
            assertTrue(block.lines().count() <= LINES, block);
        }
        assertTrue(count > 0);
    }
}
