package dev.sandjar.internal.process;

import dev.sandjar.ProcessTree;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads processes of a sandbox from /proc: a picture of one moment, in which they may come and go. */
final class ProcessTrees {
    private static final Path PROC = Path.of("/proc");
    private static final int NAME_MAX = 15;
    /** A process says itself where its command line ends: it may have the size of its address space. */
    private static final int COMMAND_LINE_MAX = 128 << 10;

    private static final int COMMAND_LINES_MAX = 4 << 20;
    private static final int PROCESSES_MAX = 65_536;
    /** With the longest list of groups. */
    private static final int STATUS_MAX = 1 << 20;

    private ProcessTrees() {}

    /** The main process and everything below its supervisor, orphans below the main process. */
    static ProcessTree ofSandbox(long main, long inside, long supervisor, String program) throws IOException {
        Map<Long, List<Long>> children = children();
        List<Long> orphans = new ArrayList<>(children.getOrDefault(supervisor, List.of()));
        orphans.remove(main);
        children.computeIfAbsent(main, pid -> new ArrayList<>()).addAll(orphans);
        return tree(main, inside, program, children);
    }

    /** One process and everything below it. */
    static ProcessTree of(long main, long inside, String program) throws IOException {
        return tree(main, inside, program, children());
    }

    /** What is left to say of a process that is gone. */
    static ProcessTree ended(long main, long inside, String program) {
        String name = program.substring(program.lastIndexOf('/') + 1);
        String comm = name.substring(0, Math.min(name.length(), NAME_MAX));
        return new ProcessTree(main, inside, comm, List.of(), List.of());
    }

    private static Map<Long, List<Long>> children() throws IOException {
        Map<Long, List<Long>> children = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path entry : entries) {
                long parent = parent(text(entry.resolve("stat"), STATUS_MAX));
                if (parent > 0) {
                    long pid = Long.parseLong(entry.getFileName().toString());
                    children.computeIfAbsent(parent, key -> new ArrayList<>()).add(pid);
                }
            }
        }
        return children;
    }

    /** Not recursive, because a sandbox decides how deep its tree is. */
    private static ProcessTree tree(long main, long inside, String program, Map<Long, List<Long>> children) {
        List<Long> order = new ArrayList<>(List.of(main));
        Map<Long, Long> parents = new HashMap<>();
        for (int i = 0; i < order.size() && order.size() < PROCESSES_MAX; i++) {
            long parent = order.get(i);
            for (long child : children.getOrDefault(parent, List.of())) {
                // /proc was not read at one instant: a number that was reused meanwhile could close a circle.
                if (child != main && parents.putIfAbsent(child, parent) == null) {
                    order.add(child);
                }
            }
        }
        int level = namespaceIds(main).length - 1;
        Map<Long, List<String>> lines = commandLines(order);
        Map<Long, List<ProcessTree>> below = new HashMap<>();
        for (int i = order.size() - 1; i > 0; i--) {
            long pid = order.get(i);
            ProcessTree node = node(pid, level, lines, below.get(pid));
            if (node != null) {
                below.computeIfAbsent(parents.get(pid), key -> new ArrayList<>())
                        .add(node);
            }
        }
        ProcessTree root = node(main, level, lines, below.get(main));
        if (root != null) {
            return root;
        }
        ProcessTree end = ended(main, inside, program);
        return new ProcessTree(main, inside, end.name(), List.of(), sorted(below.get(main)));
    }

    /** Null for a process that has gone without leaving children. */
    private static @Nullable ProcessTree node(
            long pid, int level, Map<Long, List<String>> lines, @Nullable List<ProcessTree> below) {
        long[] ids = namespaceIds(pid);
        if (ids.length == 0 && below == null) {
            return null;
        }
        Path directory = PROC.resolve(Long.toString(pid));
        long inside = ids.length == 0 ? pid : ids[Math.min(Math.max(level, 0), ids.length - 1)];
        return new ProcessTree(
                pid,
                inside,
                text(directory.resolve("comm"), STATUS_MAX).strip(),
                lines.getOrDefault(pid, List.of()),
                sorted(below));
    }

    private static List<ProcessTree> sorted(@Nullable List<ProcessTree> below) {
        return below == null
                ? List.of()
                : below.stream()
                        .sorted(Comparator.comparingLong(ProcessTree::pid))
                        .toList();
    }

    private static long parent(String stat) {
        // The name in parentheses may hold anything, parentheses too.
        String[] rest = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", 3);
        return rest.length > 1 ? Long.parseLong(rest[1]) : -1;
    }

    /** The numbers of a process from the namespace of /proc inwards; none for a process that is gone. */
    private static long[] namespaceIds(long pid) {
        String status = text(PROC.resolve(Long.toString(pid)).resolve("status"), STATUS_MAX);
        for (String line : status.lines().toList()) {
            if (line.startsWith("NSpid:")) {
                String[] numbers = line.substring("NSpid:".length()).strip().split("\\s+", -1);
                long[] ids = new long[numbers.length];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = Long.parseLong(numbers[i]);
                }
                return ids;
            }
        }
        return status.isEmpty() ? new long[0] : new long[] {pid};
    }

    /** In this order, as long as there is room for them. */
    private static Map<Long, List<String>> commandLines(List<Long> pids) {
        Map<Long, List<String>> lines = new HashMap<>();
        int left = COMMAND_LINES_MAX;
        for (long pid : pids) {
            String text = text(PROC.resolve(Long.toString(pid)).resolve("cmdline"), Math.min(COMMAND_LINE_MAX, left));
            left -= text.length();
            lines.put(pid, words(text));
        }
        return lines;
    }

    private static List<String> words(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        String words = text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
        return List.of(words.split("\0", -1));
    }

    /** The beginning of a file; empty for a process that is gone. */
    private static String text(Path file, int max) {
        try {
            return new String(BoundedReads.beginning(file, max), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
