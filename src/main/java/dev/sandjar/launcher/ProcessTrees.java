package dev.sandjar.launcher;

import dev.sandjar.ProcessTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the tree below a process from /proc: a picture of one moment, in which processes may come and go. */
final class ProcessTrees {
    private ProcessTrees() {}

    static ProcessTree below(long top) throws IOException {
        Map<Long, List<Long>> children = new HashMap<>();
        try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path entry : entries) {
                long parent = parent(entry);
                if (parent > 0) {
                    children.computeIfAbsent(parent, p -> new ArrayList<>())
                            .add(Long.parseLong(entry.getFileName().toString()));
                }
            }
        }
        return node(top, children);
    }

    private static ProcessTree node(long pid, Map<Long, List<Long>> children) {
        List<ProcessTree> below = new ArrayList<>();
        for (long child : children.getOrDefault(pid, List.of()).stream().sorted().toList()) {
            below.add(node(child, children));
        }
        Path directory = Path.of("/proc", Long.toString(pid));
        return new ProcessTree(
                pid, inside(pid, directory), text(directory.resolve("comm")).strip(), commandLine(directory), below);
    }

    private static long parent(Path directory) {
        String stat = text(directory.resolve("stat"));
        // The name in parentheses may hold anything, parentheses too.
        String[] rest = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        return rest.length > 1 ? Long.parseLong(rest[1]) : -1;
    }

    /** The last number of NSpid is the one in the innermost namespace. */
    private static long inside(long pid, Path directory) {
        for (String line : text(directory.resolve("status")).split("\n")) {
            if (line.startsWith("NSpid:")) {
                String[] numbers = line.substring(6).strip().split("\\s+");
                return Long.parseLong(numbers[numbers.length - 1]);
            }
        }
        return pid;
    }

    private static List<String> commandLine(Path directory) {
        String text = text(directory.resolve("cmdline"));
        return text.isEmpty() ? List.of() : List.of(text.split("\0"));
    }

    /** Empty for a process that is gone. */
    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
