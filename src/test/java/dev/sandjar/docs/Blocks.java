package dev.sandjar.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The Java blocks of the documentation and the sources that they are taken from. A block follows a line {@code <!-- source: File.java#name
 * -->}; its text is what lies in that file of this folder, or of the tests of an adapter, between {@code // tag::name} and {@code //
 * end::name}. {@code java src/test/java/dev/sandjar/docs/Blocks.java} copies the sources into the pages; {@link DocsTest} fails where they
 * differ.
 */
final class Blocks {
    static final Path SOURCES = Path.of("src/test/java/dev/sandjar/docs");
    private static final Pattern SOURCE = Pattern.compile("<!-- source: (\\w+\\.java)#([\\w-]+) -->");
    private static final Pattern MARK = Pattern.compile("\\s*// (tag|end)::([\\w-]+)");

    private Blocks() {}

    /** Copies every source into the pages that name it. */
    public static void main(String[] args) throws IOException {
        for (Path page : pages()) {
            List<String> lines = Files.readAllLines(page);
            List<String> copied = copied(page, lines);
            if (!copied.equals(lines)) {
                Files.write(page, copied);
                System.out.println(page);
            }
        }
    }

    /** All sources that may have regions; no two have one name. */
    static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
        }
        try (Stream<Path> files = Files.walk(Path.of("adapters"))) {
            files.filter(file ->
                            file.toString().endsWith(".java") && file.toString().contains("/src/test/"))
                    .sorted()
                    .forEach(sources::add);
        }
        return sources;
    }

    /** README.md and all pages below docs. */
    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    /** The page with every Java block as its source has it. A Java block that names no source is refused. */
    static List<String> copied(Path page, List<String> lines) throws IOException {
        List<String> result = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            result.add(lines.get(i));
            if (!lines.get(i).equals("```java")) {
                continue;
            }
            Matcher source = SOURCE.matcher(i == 0 ? "" : lines.get(i - 1));
            if (!source.matches()) {
                throw new IllegalStateException(
                        page + ":" + (i + 1) + ": a Java block without a line <!-- source: ... -->");
            }
            result.addAll(region(source.group(1), source.group(2)));
            do {
                i++;
            } while (!lines.get(i).equals("```"));
            result.add("```");
        }
        return result;
    }

    /** What lies between the marks of a name, without those of others, moved to the left as far as it goes. */
    static List<String> region(String file, String name) throws IOException {
        List<String> region = new ArrayList<>();
        boolean inside = false;
        boolean ended = false;
        List<Path> found =
                sources().stream().filter(source -> source.endsWith(file)).toList();
        if (found.size() != 1) {
            throw new IllegalStateException(file + " is the name of " + found);
        }
        for (String line : Files.readAllLines(found.get(0))) {
            Matcher mark = MARK.matcher(line);
            if (!mark.matches()) {
                if (inside) {
                    region.add(line);
                }
            } else if (mark.group(2).equals(name)) {
                inside = mark.group(1).equals("tag");
                ended |= !inside;
            }
        }
        if (!ended || inside) {
            throw new IllegalStateException(file + " has no region " + name);
        }
        return String.join("\n", region).stripIndent().strip().lines().toList();
    }
}
