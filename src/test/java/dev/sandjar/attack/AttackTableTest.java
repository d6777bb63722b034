package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.verify.Attacks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every attack of ATTACKS.md has a line, and every test and probe that is named there exists. */
class AttackTableTest {
    private static final int ATTACKS = 91;
    private static final Pattern LINE = Pattern.compile("\\| ([a-z]?\\d+) \\|[^|]*\\|[^|]*\\|([^|]*)\\|");
    private static final Pattern PROBE = Pattern.compile("probe ([a-z0-9-]+)");
    private static final Pattern TEST = Pattern.compile("\\b([A-Z]\\w+(?:IT|Test|Props))(?:\\.(\\w+))?");

    @Test
    void everyLineIsTrue() throws IOException {
        Set<String> probes = Attacks.all().stream().map(Attacks.Attack::name).collect(Collectors.toSet());
        Set<String> unused = new TreeSet<>(probes);
        List<Integer> numbers = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("ATTACKS.md"))) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                continue;
            }
            if (Character.isDigit(matcher.group(1).charAt(0))) {
                numbers.add(Integer.valueOf(matcher.group(1)));
            }
            Matcher probe = PROBE.matcher(matcher.group(2));
            while (probe.find()) {
                assertTrue(probes.contains(probe.group(1)), line);
                unused.remove(probe.group(1));
            }
            Matcher test = TEST.matcher(matcher.group(2));
            while (test.find()) {
                assertTrue(exists(test.group(1), test.group(2)), test.group() + " in " + line);
            }
        }
        assertEquals(numbers.stream().sorted().distinct().toList(), numbers, "in order, each once");
        assertEquals(java.util.stream.IntStream.rangeClosed(1, ATTACKS).boxed().toList(), numbers.subList(0, ATTACKS));
        String guide = Files.readString(Path.of("docs/guides/confinement.md"));
        assertTrue(guide.contains("lists the " + numbers.size() + " attacks"), () -> "the guide: " + numbers.size());
        assertTrue(guide.contains("\n" + probes.size() + " contained, 0 exposed"), () -> "the guide: " + probes.size());
        // Those that are further ways of the same attacks.
        unused.removeAll(Set.of(
                "host-file",
                "working-directory",
                "write-system",
                "pivot-root",
                "chroot",
                "other-namespaces",
                "become-root",
                "unload-module",
                "io-ports",
                "modify-ldt",
                "fanotify",
                "memory-policy",
                "set-host-name"));
        assertEquals(Set.of(), unused);
    }

    private static boolean exists(String name, String method) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            List<Path> found = files.filter(f -> f.getFileName().toString().equals(name + ".java"))
                    .toList();
            return found.size() == 1
                    && (method == null || Files.readString(found.get(0)).contains("void " + method + "("));
        }
    }
}
