package dev.sandjar.programs;

import dev.sandjar.testing.Resources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Cases of CPython's test suite that are known to be lost in a sandbox, by category: the lines of a file, {@code category NAME MEANING}
 * or {@code NAME PATTERN [REGULAR EXPRESSION]}, with stars in the pattern of a case's name, and an expression that what the case
 * said has to contain.
 */
final class KnownLosses {
    private final Map<String, String> categories = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();

    private record Line(String category, Pattern name, Pattern why) {}

    static KnownLosses read(String resource) {
        return new KnownLosses(Resources.text(resource));
    }

    KnownLosses(String text) {
        text.lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty() && !l.startsWith("#"))
                .forEach(this::add);
    }

    private void add(String line) {
        String[] parts = line.split("\\s+", 3);
        if (parts[0].equals("category") && parts.length == 3) {
            categories.put(parts[1], parts[2]);
        } else if (parts.length >= 2 && categories.containsKey(parts[0])) {
            String name = "\\Q" + parts[1].replace("*", "\\E.*\\Q") + "\\E";
            lines.add(new Line(parts[0], Pattern.compile(name), Pattern.compile(parts.length == 3 ? parts[2] : "")));
        } else {
            throw new IllegalArgumentException("neither a category nor a case of one: " + line);
        }
    }

    Map<String, String> categories() {
        return categories;
    }

    Optional<String> categoryOf(String name, String why) {
        return lines.stream()
                .filter(line -> line.name().matcher(name).matches()
                        && line.why().matcher(why).find())
                .map(Line::category)
                .findFirst();
    }
}
