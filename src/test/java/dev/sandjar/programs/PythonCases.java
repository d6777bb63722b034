package dev.sandjar.programs;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a module of CPython's own test suite, outside of any sandbox or inside one, and says what became of each case. */
final class PythonCases {
    private static final String PYTHON = "/usr/bin/python3";
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final DataSize OUTPUT = DataSize.mebibytes(32);

    private final String runner = Resources.text("/programs/python-cases.py");

    private final List<String> leftOut;

    /** @param leftOut parts of names of cases that are not run */
    PythonCases(List<String> leftOut) {
        this.leftOut = List.copyOf(leftOut);
    }

    private List<String> command(String module) {
        List<String> command = new ArrayList<>(List.of(PYTHON, "-c", runner, module));
        command.addAll(leftOut);
        return command;
    }

    /** @param why what the case said if it did not pass */
    record Outcome(String word, String why) {
        boolean passed() {
            return word.equals("pass");
        }
    }

    /**
     * What came of a module.
     *
     * @param cases what became of each, by name; the module itself is one too
     * @param end how the interpreter ended
     */
    record Run(Map<String, Outcome> cases, String end) {
        long passed() {
            return cases.values().stream().filter(Outcome::passed).count();
        }

        /** What became of a case; if nothing is known of it, what may be the reason. */
        Outcome of(String name, String module) {
            Outcome outcome = cases.get(name);
            if (outcome != null) {
                return outcome;
            }
            Outcome whole = cases.get(module);
            return new Outcome("absent", whole == null || whole.passed() ? end : whole.why());
        }
    }

    Run outside(String module, Path directory) throws IOException, InterruptedException {
        Path own = Files.createTempDirectory(directory, module);
        List<String> command = new ArrayList<>(List.of("setsid", "--wait"));
        command.addAll(command(module));
        ProcessBuilder builder = new ProcessBuilder(command).directory(own.toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "PATH",
                        "/usr/local/bin:/usr/bin:/bin",
                        "HOME",
                        own.toString(),
                        "TMPDIR",
                        own.toString(),
                        "LANG",
                        "C.UTF-8"));
        Process process = builder.start();
        process.getOutputStream().close();
        CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
        CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
        if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Run(outcomes(out.join()), "ended with " + process.waitFor() + ": " + lastLine(err.join()));
    }

    /** In what {@code untrusted()} is, but for the time. */
    Run inside(String module) throws IOException, InterruptedException {
        Sandbox sandbox = Sandbox.untrusted()
                .timeout(LONGEST)
                .bounds(b -> b.cpuTime(LONGEST))
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .build();
        RunResult result =
                sandbox.run(Command.of(PYTHON, command(module).stream().skip(1).toArray(String[]::new)), OUTPUT);
        String end = result.report().verdict() + " with " + result.exitValue() + ": " + lastLine(result.stderr());
        return new Run(outcomes(result.stdout()), end);
    }

    /** The worst that was said of each: a name may stand for several cases, and a case has parts. */
    private static Map<String, Outcome> outcomes(String answers) {
        Map<String, Outcome> outcomes = new TreeMap<>();
        for (String line : answers.split("\n")) {
            String[] parts = line.split("\t", 3);
            if (parts.length < 3) {
                continue;
            }
            Outcome next = parts[1].equals("begin")
                    ? new Outcome("begin", "it ended the interpreter")
                    : new Outcome(parts[1], parts[2]);
            outcomes.merge(parts[0], next, (a, b) -> rank(a) > rank(b) ? a : b);
        }
        return outcomes;
    }

    private static int rank(Outcome outcome) {
        return switch (outcome.word()) {
            case "begin" -> 0;
            case "skip" -> 1;
            case "pass" -> 2;
            default -> 3;
        };
    }

    private static String lastLine(String text) {
        return text.strip().lines().reduce("", (a, b) -> b);
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
