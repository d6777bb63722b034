package dev.sandjar.programs;

import dev.sandjar.testing.Resources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A row of programs.txt, which says what they mean.
 *
 * @param needs files of the host
 * @param kind "short", "big" or empty
 * @param with what of {@code untrusted()} is changed
 * @param expect the last line of the output
 * @param known why it may fail inside; empty if it may not
 * @param script for a shell
 */
record Program(
        String name,
        List<Path> needs,
        String kind,
        Map<String, Integer> with,
        String expect,
        String known,
        String script) {
    static List<Program> all() {
        List<Program> programs = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        Resources.text("/programs/programs.txt").lines().forEach(line -> {
            if (line.matches("\\[.+\\]") && !line.contains(" ")) {
                if (!lines.isEmpty()) {
                    programs.add(read(lines));
                    lines.clear();
                }
                lines.add(line);
            } else if (!lines.isEmpty()) {
                lines.add(line);
            }
        });
        programs.add(read(lines));
        return programs;
    }

    private static Program read(List<String> lines) {
        String name = lines.get(0).substring(1, lines.get(0).length() - 1);
        Map<String, String> heads = new HashMap<>();
        int at = 1;
        for (; at < lines.size() && lines.get(at).matches("(packages|needs|kind|with|known|expect): .*"); at++) {
            String[] parts = lines.get(at).split(": ", 2);
            heads.put(parts[0], parts[1]);
        }
        StringBuilder script = new StringBuilder();
        // Comments between rows belong to none.
        lines.subList(at, lines.size()).stream()
                .filter(line -> !line.startsWith("# "))
                .forEach(line -> script.append(line).append('\n'));
        Map<String, Integer> with = new HashMap<>();
        for (String option : words(heads.get("with"))) {
            with.put(option.replaceFirst("=.*", ""), Integer.valueOf(option.replaceFirst(".*=", "")));
        }
        if (!heads.containsKey("expect") || !heads.containsKey("packages")) {
            throw new IllegalArgumentException(name + " says neither what it expects nor where it comes from");
        }
        return new Program(
                name,
                words(heads.getOrDefault("needs", "/usr/bin/" + name)).stream()
                        .map(Path::of)
                        .toList(),
                heads.getOrDefault("kind", ""),
                with,
                heads.get("expect"),
                heads.getOrDefault("known", ""),
                script.toString().strip());
    }

    private static List<String> words(@Nullable String text) {
        return text == null ? List.of() : List.of(text.split(" +"));
    }

    boolean isShort() {
        return kind.equals("short");
    }

    Optional<Path> missing() {
        return needs.stream().filter(path -> !Files.exists(path)).findFirst();
    }
}
