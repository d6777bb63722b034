package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Java blocks of the pages are those of sources that are compiled, links lead somewhere, and the README stays short. */
class DocsTest {
    private static final Set<String> CALLS_OF_THE_JDK = Set.of("inheritIO", "toRealPath");
    private static final int README_LINES = 200;
    private static final int RECIPES = 30;
    private static final int RECIPE_LINES = 15;
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("#{1,6} (.*)");
    private static final Pattern MARK = Pattern.compile("\\s*// tag::([\\w-]+)");

    @Test
    void everyJavaBlockIsWhatItsSourceHas() throws IOException {
        for (Path page : Blocks.pages()) {
            String text = Files.readString(page);
            assertEquals(
                    String.join("\n", Blocks.copied(page, text.lines().toList())),
                    String.join("\n", text.lines().toList()),
                    page + ": java " + Blocks.SOURCES + "/Blocks.java copies the sources");
        }
    }

    @Test
    void everyRegionOfASourceIsShownSomewhere() throws IOException {
        Set<String> marked = new TreeSet<>();
        for (Path file : Blocks.sources()) {
            Files.readAllLines(file).stream()
                    .map(MARK::matcher)
                    .filter(Matcher::matches)
                    .forEach(mark -> marked.add(file.getFileName() + "#" + mark.group(1)));
        }
        assertTrue(!marked.isEmpty());
        StringBuilder all = new StringBuilder();
        for (Path page : Blocks.pages()) {
            all.append(Files.readString(page));
        }
        marked.removeIf(mark -> all.indexOf("<!-- source: " + mark + " -->") >= 0);
        assertEquals(Set.of(), marked);
    }

    @Test
    void everyRelativeLinkLeadsSomewhere() throws IOException {
        List<Path> pages = new ArrayList<>(Blocks.pages());
        for (String name : List.of("ATTACKS.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")) {
            pages.add(Path.of(name));
        }
        int links = 0;
        for (Path page : pages) {
            Matcher matcher = LINK.matcher(withoutCode(Files.readAllLines(page)));
            while (matcher.find()) {
                if (matcher.group(1).contains("://")) {
                    continue;
                }
                links++;
                String[] parts = matcher.group(1).split("#", 2);
                Path target = parts[0].isEmpty()
                        ? page
                        : page.resolveSibling(parts[0]).normalize();
                assertTrue(Files.exists(target), () -> page + ": " + matcher.group(1));
                if (parts.length == 2) {
                    assertTrue(anchors(target).contains(parts[1]), () -> page + ": no heading for " + matcher.group(1));
                }
            }
        }
        assertTrue(links > 0);
    }

    @Test
    void everyPageIsReachedFromTheReadme() throws IOException {
        Set<Path> left = new TreeSet<>(Blocks.pages());
        List<Path> next = new ArrayList<>(List.of(Path.of("README.md")));
        while (!next.isEmpty()) {
            Path page = next.remove(0);
            if (!left.remove(page)) {
                continue;
            }
            Matcher matcher = LINK.matcher(withoutCode(Files.readAllLines(page)));
            while (matcher.find()) {
                next.add(page.resolveSibling(matcher.group(1).split("#", 2)[0]).normalize());
            }
        }
        assertEquals(Set.of(), left);
    }

    @Test
    void everyPageIsInTheMenuOfTheSite() throws IOException {
        String menu = Files.readString(Path.of("src/site/mkdocs.yml"));
        for (Path page : Blocks.pages()) {
            assertTrue(menu.contains(": " + page + "\n"), () -> page + " is not in src/site/mkdocs.yml");
        }
    }

    @Test
    void recipesAreManyAndShort() throws IOException {
        List<List<String>> recipes = blocks(Path.of("docs/cookbook.md"));
        assertTrue(recipes.size() >= RECIPES, () -> recipes.size() + " recipes");
        for (List<String> recipe : recipes) {
            assertTrue(recipe.size() <= RECIPE_LINES, () -> String.join("\n", recipe));
        }
    }

    /** What troubleshooting.md is sorted by is what the library says. */
    @Test
    void everyErrorTextIsOneOfTheLibrarys() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                sources.append(Files.readString(file));
            }
        }
        String joined = sources.toString().replaceAll("\"\\s*\\+\\s*\"", "");
        List<List<String>> texts = rows(Path.of("docs/troubleshooting.md"), "| text |");
        assertTrue(!texts.isEmpty());
        for (List<String> cells : texts) {
            String text = cells.get(0).replace("`", "").strip();
            assertTrue(joined.contains(text), () -> "no source has the text " + text);
        }
    }

    @Test
    void theReadmeIsShort() throws IOException {
        int lines = Files.readAllLines(Path.of("README.md")).size();
        assertTrue(lines <= README_LINES, () -> "README.md has " + lines + " lines, and may have " + README_LINES);
    }

    @Test
    void versionsInTheReadmeAreThoseOfTheBuild() throws IOException {
        String build = Files.readString(Path.of("pom.xml"));
        String readme = Files.readString(Path.of("README.md"));
        for (String name : List.of("jackson", "compress", "zstd", "junit")) {
            Matcher version =
                    Pattern.compile("<" + name + "\\.version>([^<]+)<").matcher(build);
            assertTrue(version.find(), name);
            assertTrue(readme.contains(" " + version.group(1)), () -> name + " " + version.group(1));
        }
    }

    /** The README's table of speed is a part of the one that benchmarks/run writes. */
    @Test
    void figuresOfSpeedAreThoseOfTheLastRun() throws IOException {
        Set<String> measured = rows(Path.of("docs/performance.md"), "to ProcessBuilder").stream()
                .map(cells -> cells.get(0) + "|" + cells.get(2) + "|" + cells.get(3))
                .collect(Collectors.toSet());
        List<List<String>> shown = rows(Path.of("README.md"), "to ProcessBuilder");
        assertTrue(shown.size() > 2);
        for (List<String> cells : shown) {
            String row = cells.get(0) + "|" + cells.get(1) + "|" + cells.get(2);
            assertTrue(measured.contains(row), () -> "docs/performance.md has no row with " + row);
        }
        List<String> untrusted = rows(Path.of("docs/performance.md"), "to ProcessBuilder").stream()
                .filter(cells -> cells.get(0).equals("untrusted()"))
                .findFirst()
                .orElseThrow();
        Matcher starts =
                Pattern.compile("(\\d+) starts each").matcher(Files.readString(Path.of("docs/performance.md")));
        assertTrue(starts.find());
        String text = Files.readString(Path.of("README.md")).replace('\n', ' ');
        assertTrue(text.contains("medians of " + starts.group(1) + " starts"));
        assertTrue(
                text.contains("without pauses `untrusted()` takes " + untrusted.get(untrusted.size() - 1) + " times"));
    }

    /** What a page calls as {@code name(...)} or {@code Type.name} is in the API; {@code name(2)} is a page of the manual. */
    @Test
    void everyCallInTheTextIsOneOfTheApi() throws IOException {
        Map<String, String> types = new HashMap<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/sandjar"))) {
            for (Path file : files.filter(
                            f -> f.toString().endsWith(".java") && !f.toString().contains("/internal/"))
                    .toList()) {
                types.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
        String all = String.join("\n", types.values());
        Map<String, Boolean> known = new HashMap<>();
        int calls = 0;
        for (Path page : Blocks.pages()) {
            if (page.endsWith("renamed.md")) {
                continue;
            }
            Matcher code = Pattern.compile("`([^`\n]+)`").matcher(withoutBlocks(Files.readAllLines(page)));
            while (code.find()) {
                Matcher call = Pattern.compile("\\b([a-z]\\w*)[(](?!\\d[)])").matcher(code.group(1));
                while (call.find()) {
                    calls++;
                    String name = call.group(1);
                    assertTrue(
                            CALLS_OF_THE_JDK.contains(name)
                                    || known.computeIfAbsent(
                                            name, key -> Pattern.compile("[ .]" + key + "[(]|[\\w>\\]] " + key + "[,)]")
                                                    .matcher(all)
                                                    .find()),
                            () -> page + ": " + code.group(1) + ": there is no " + name);
                }
                Matcher member =
                        Pattern.compile("\\b([A-Z]\\w+)[.]([a-z]\\w*)\\b").matcher(code.group(1));
                while (member.find()) {
                    String type = types.getOrDefault(member.group(1), member.group(2) + " values");
                    assertTrue(
                            (type + " values").contains(member.group(2)),
                            () -> page + ": " + code.group(1) + ": there is no " + member.group());
                }
            }
        }
        assertTrue(calls > 100, calls + " calls");
    }

    private static String withoutBlocks(List<String> lines) {
        StringBuilder text = new StringBuilder();
        boolean block = false;
        for (String line : lines) {
            if (line.startsWith("```")) {
                block = !block;
            } else if (!block) {
                text.append(line).append('\n');
            }
        }
        return text.toString();
    }

    private static List<List<String>> blocks(Path page) throws IOException {
        List<List<String>> blocks = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(page)) {
            if (line.equals("```java")) {
                inside = true;
                blocks.add(new ArrayList<>());
            } else if (line.equals("```")) {
                inside = false;
            } else if (inside) {
                blocks.get(blocks.size() - 1).add(line);
            }
        }
        return blocks;
    }

    /** The cells of the rows below a head that has the given word, in all tables of a page. */
    private static List<List<String>> rows(Path page, String head) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(page)) {
            if (!line.startsWith("|")) {
                inside = false;
            } else if (line.contains(head)) {
                inside = true;
            } else if (inside && !line.startsWith("| ---")) {
                rows.add(List.of(line.substring(1).split("\\|")).stream()
                        .map(String::strip)
                        .toList());
            }
        }
        return rows;
    }

    private static String withoutCode(List<String> lines) {
        StringBuilder text = new StringBuilder();
        boolean code = false;
        for (String line : lines) {
            if (line.startsWith("```")) {
                code = !code;
            } else if (!code) {
                text.append(line.replaceAll("`[^`]*`", "")).append('\n');
            }
        }
        return text.toString();
    }

    /** The anchors that GitHub makes of the headings of a page. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new TreeSet<>();
        boolean code = false;
        for (String line : Files.readAllLines(page)) {
            code ^= line.startsWith("```");
            Matcher heading = HEADING.matcher(line);
            if (!code && heading.matches()) {
                anchors.add(heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'));
            }
        }
        return anchors;
    }
}
