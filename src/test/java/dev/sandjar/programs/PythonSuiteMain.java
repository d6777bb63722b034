package dev.sandjar.programs;

import dev.sandjar.programs.PythonCases.Outcome;
import dev.sandjar.programs.PythonCases.Run;
import dev.sandjar.testing.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Runs CPython's own test suite outside and inside of {@code Sandbox.untrusted()}, and says which cases pass outside and are lost
 * inside, each with the category that python-losses.txt puts it into. What is in none is a failure.
 */
final class PythonSuiteMain {
    private static final Path SUITE = Path.of("/usr/lib");
    /** What is lost once may be lost by chance. */
    private static final int ATTEMPTS = Integer.getInteger("attempts", 3);

    private final PythonCases cases = new PythonCases(lines("left-out-case"));
    private final KnownLosses known = KnownLosses.read("/programs/python-losses.txt");
    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> unexplained = new ArrayList<>();
    private final Path directory;
    private long outside;
    private long inside;

    private PythonSuiteMain(Path directory) {
        this.directory = directory;
    }

    /**
     * What was lost of a module.
     *
     * @param cases why each did not pass inside
     * @param seconds that it took, outside and inside
     */
    private record Lost(String module, long outside, long inside, Map<String, Outcome> cases, long seconds) {}

    public static void main(String[] args) throws Exception {
        List<String> modules = modules(args);
        Path directory = Files.createTempDirectory("sandjar-cpython");
        boolean good;
        try {
            good = new PythonSuiteMain(directory).run(modules);
        } finally {
            remove(directory);
        }
        System.exit(good ? 0 : 1);
    }

    private static List<String> modules(String[] args) throws IOException {
        if (args.length == 1 && args[0].equals("--short")) {
            return lines("short");
        }
        if (args.length == 0) {
            return Stream.concat(lines("short").stream(), lines("system").stream())
                    .toList();
        }
        if (args.length != 1 || !args[0].equals("--all")) {
            return List.of(args);
        }
        Set<String> left = Set.copyOf(lines("left-out"));
        try (Stream<Path> versions = Files.list(SUITE)) {
            Path suite = versions.filter(path -> Files.exists(path.resolve("test/test_os.py")))
                    .findFirst()
                    .orElseThrow(() ->
                            new IOException("the package with the test suite of /usr/bin/python3 is not installed"))
                    .resolve("test");
            try (Stream<Path> files = Files.list(suite)) {
                return files.map(path -> path.getFileName().toString())
                        .filter(name -> name.startsWith("test_") && (name.endsWith(".py") || !name.contains(".")))
                        .map(name -> name.replaceFirst("[.]py$", ""))
                        .filter(name -> !left.contains(name))
                        .sorted()
                        .toList();
            }
        }
    }

    private static List<String> lines(String word) {
        return Resources.text("/programs/python-modules.txt")
                .lines()
                .filter(line -> line.startsWith(word + " "))
                .flatMap(line ->
                        Stream.of(line.split("#")[0].strip().split("\\s+")).skip(1))
                .toList();
    }

    private boolean run(List<String> modules) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(
                Integer.getInteger("jobs", Runtime.getRuntime().availableProcessors()));
        try {
            Map<String, Future<Lost>> results = new LinkedHashMap<>();
            for (String module : modules) {
                results.put(module, pool.submit(() -> module(module)));
            }
            for (Future<Lost> result : results.values()) {
                report(result.get());
            }
        } finally {
            pool.shutdownNow();
        }
        System.out.println();
        System.out.println(modules.size() + " modules: " + outside + " cases pass outside, " + inside
                + " inside; lost by category:");
        known.categories()
                .forEach((name, meaning) ->
                        System.out.printf("%5d  %s: %s%n", counts.getOrDefault(name, 0), name, meaning));
        System.out.printf("%5d  UNEXPLAINED%n", unexplained.size());
        unexplained.forEach(line -> System.out.println("       " + line));
        return unexplained.isEmpty();
    }

    private void report(Lost lost) {
        outside += lost.outside();
        inside += lost.inside();
        System.out.println(lost.module() + ": " + lost.outside() + " outside, " + lost.inside() + " inside, "
                + lost.seconds() + " s");
        lost.cases().forEach((name, outcome) -> {
            String category = known.categoryOf(name, outcome.why()).orElse("UNEXPLAINED");
            counts.merge(category, 1, Integer::sum);
            String line = name + ": " + outcome.word() + ": " + outcome.why();
            System.out.println("    " + category + " " + line);
            if (category.equals("UNEXPLAINED")) {
                unexplained.add(line);
            }
        });
    }

    private Lost module(String module) throws Exception {
        long began = System.nanoTime();
        Run without = cases.outside(module, directory);
        Run within = cases.inside(module);
        Map<String, Outcome> lost = lost(module, without, within);
        long passedOutside = without.passed();
        long passedInside = within.passed();
        for (int attempt = 1; attempt < ATTEMPTS && lost.entrySet().stream().anyMatch(this::isUnknown); attempt++) {
            Map<String, Outcome> again = lost(module, cases.outside(module, directory), cases.inside(module));
            lost.keySet().retainAll(again.keySet());
            passedInside = passedOutside - lost.size();
        }
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        return new Lost(module, passedOutside, passedInside, lost, seconds);
    }

    private boolean isUnknown(Map.Entry<String, Outcome> lost) {
        return known.categoryOf(lost.getKey(), lost.getValue().why()).isEmpty();
    }

    private static Map<String, Outcome> lost(String module, Run without, Run within) {
        Map<String, Outcome> lost = new TreeMap<>();
        without.cases().forEach((name, outcome) -> {
            Outcome now = within.of(name, module);
            if (outcome.passed() && !now.passed()) {
                lost.put(name, now);
            }
        });
        return lost;
    }

    private static void remove(Path directory) throws IOException, InterruptedException {
        // Some tests leave what can't be listed.
        new ProcessBuilder("sh", "-c", "chmod -R u+rwx \"$0\"; rm -rf \"$0\"", directory.toString())
                .inheritIO()
                .start()
                .waitFor();
    }
}
