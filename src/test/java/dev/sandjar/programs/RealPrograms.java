package dev.sandjar.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.NeedsHostCondition;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/** Runs the rows of programs.txt inside {@code Sandbox.untrusted()}; what fails outside too is no fault of the sandbox's. */
public final class RealPrograms {
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private RealPrograms() {}

    /** A test for each row of the short form, or of the rest; {@code sandjar.test.programs} may choose among them. */
    public static Stream<DynamicTest> tests(boolean isShort) {
        List<String> chosen =
                List.of(System.getProperty("sandjar.test.programs", "").split(","));
        Predicate<Program> wanted = program ->
                program.isShort() == isShort && (chosen.equals(List.of("")) || chosen.contains(program.name()));
        return Program.all().stream()
                .filter(wanted)
                .map(program -> DynamicTest.dynamicTest(program.name(), () -> run(program)));
    }

    private static void run(Program program) throws Exception {
        Path missing = program.missing().orElse(null);
        if (missing != null) {
            skip(program, missing + " is not there");
        }
        RunResult result = sandbox(program.with()).run(Command.of("/bin/sh", "-euc", program.script()));
        if (good(program, result.exitValue(), result.stdout())) {
            return;
        }
        String outside = outside(program);
        if (!outside.isEmpty()) {
            skip(program, "it fails outside: " + outside);
        }
        if (!program.known().isEmpty()) {
            skip(program, "known to fail inside: " + program.known());
        }
        assertEquals(
                program.expect(),
                lastLine(result.stdout()),
                () -> program.name() + " works outside; inside: " + result.report() + "\n" + result.stdout()
                        + result.stderr());
        assertEquals(0, result.exitValue(), () -> program.name() + "\n" + result.stdout() + result.stderr());
    }

    private static void skip(Program program, String reason) {
        if (NeedsHostCondition.mustWork("programs")) {
            throw new AssertionError(program.name() + ": " + reason + " (sandjar.mustWork forbids to skip)");
        }
        System.out.println("SKIPPED program " + program.name() + ": " + reason);
        throw new TestAbortedException(program.name() + ": " + reason);
    }

    private static boolean good(Program program, int exit, String out) {
        return exit == 0 && lastLine(out).equals(program.expect());
    }

    private static Sandbox sandbox(Map<String, Integer> with) {
        SandboxBuilder builder = Sandbox.untrusted()
                .timeout(LONGEST)
                .bounds(b -> b.cpuTime(LONGEST))
                .cpuLimit(2)
                .allowDegraded(Isolation.CGROUP_LIMITS);
        with.forEach((word, value) -> {
            switch (word) {
                case "memory" -> builder.memoryLimit(DataSize.mebibytes(value));
                case "tmp" -> builder.tmpfs("/tmp", DataSize.mebibytes(value));
                case "processes" -> builder.pidsLimit(value);
                default -> throw new IllegalArgumentException(word);
            }
        });
        return builder.build();
    }

    /** What went wrong there; empty if nothing did. */
    private static String outside(Program program) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("sandjar-program");
        try {
            ProcessBuilder builder = new ProcessBuilder("setsid", "--wait", "/bin/sh", "-euc", program.script());
            builder.directory(directory.toFile())
                    .redirectError(directory.resolve(".err").toFile());
            builder.environment().clear();
            builder.environment()
                    .putAll(Map.of(
                            "PATH", "/usr/local/bin:/usr/bin:/bin", "HOME", directory.toString(), "LANG", "C.UTF-8"));
            Process process = builder.start();
            process.getOutputStream().close();
            String out = text(process.getInputStream());
            if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            int exit = process.waitFor();
            return good(program, exit, out)
                    ? ""
                    : exit + " " + lastLine(out) + " " + lastLine(Files.readString(directory.resolve(".err")));
        } finally {
            new ProcessBuilder("sh", "-c", "chmod -R u+rwX \"$0\"; rm -rf \"$0\"", directory.toString())
                    .start()
                    .waitFor();
        }
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String lastLine(String text) {
        List<String> lines = text.strip().lines().toList();
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1).strip();
    }
}
