import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.changes.ChangeSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A judge of programming contests: compiles and runs what contestants have sent, in C, Java and Python, against test cases. Compilers
 * are attacked too, so they run in a sandbox as well, and what they have made comes back as a change set. A run sees its program, its
 * input and the language's tools; the expected output never enters a sandbox.
 */
public final class CodeJudge {
    private static final Path SUBMISSIONS = Path.of(System.getProperty("example.directory"), "submissions");
    /** The sum of the numbers of the input. */
    private static final Map<String, String> CASES =
            new TreeMap<>(Map.of("1 2 3", "6", "10 -10", "0", "1000000 7", "1000007"));

    private static boolean wrong;

    /** What a contestant is told. */
    private enum Judgement {
        ACCEPTED,
        WRONG_ANSWER,
        TIME_LIMIT,
        MEMORY_LIMIT,
        OUTPUT_LIMIT,
        RUNTIME_ERROR,
        FORBIDDEN_CALL,
        COMPILE_ERROR
    }

    private enum Language {
        C("main.c", List.of("gcc", "-O2", "-o", "program", "main.c"), List.of("/work/program")),
        JAVA(
                "Main.java",
                List.of("javac", "-J-Xmx256m", "-J-XX:+UseSerialGC", "-d", ".", "Main.java"),
                List.of(
                        "java",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx32m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:-UsePerfData",
                        "-cp",
                        "/work",
                        "Main")),
        PYTHON(
                "main.py",
                List.of("python3", "-c", "compile(open('main.py').read(), 'main.py', 'exec')"),
                List.of("python3", "/work/main.py"));

        final String source;
        final List<String> compile;
        final List<String> run;

        Language(String source, List<String> compile, List<String> run) {
            this.source = source;
            this.compile = compile;
            this.run = run;
        }

        /** A Java machine takes memory of its own, which is not the contestant's; what fork() leaves is freed a moment later than it ends. */
        DataSize memory() {
            return DataSize.mebibytes(this == JAVA ? 160 : 96);
        }
    }

    private record Result(Judgement judgement, String detail) {}

    private CodeJudge() {}

    public static void main(String[] args) throws Exception {
        System.out.printf("%-28s %-15s %s%n", "submission", "judgement", "");
        try {
            judge("sum.c", Language.C, Judgement.ACCEPTED);
            judge("Sum.java", Language.JAVA, Judgement.ACCEPTED);
            judge("sum.py", Language.PYTHON, Judgement.ACCEPTED);
            judge("off-by-one.c", Language.C, Judgement.WRONG_ANSWER);
            judge("endless.c", Language.C, Judgement.TIME_LIMIT);
            judge("sleeper.py", Language.PYTHON, Judgement.TIME_LIMIT);
            judge("hog.c", Language.C, Judgement.MEMORY_LIMIT);
            judge("hog.py", Language.PYTHON, Judgement.MEMORY_LIMIT);
            judge("Hog.java", Language.JAVA, Judgement.MEMORY_LIMIT);
            judge("Thrower.java", Language.JAVA, Judgement.RUNTIME_ERROR);
            judge("null-pointer.c", Language.C, Judgement.RUNTIME_ERROR);
            judge("chatter.py", Language.PYTHON, Judgement.OUTPUT_LIMIT);
            judge("broken.c", Language.C, Judgement.COMPILE_ERROR);
            judge("broken.py", Language.PYTHON, Judgement.COMPILE_ERROR);
            judge("include-bomb.c", Language.C, Judgement.COMPILE_ERROR);
            judge("fork-bomb.c", Language.C, Judgement.TIME_LIMIT);
            judge("tracer.c", Language.C, Judgement.WRONG_ANSWER);
            judge("cheat.py", Language.PYTHON, Judgement.WRONG_ANSWER);
            judge("caller-home.py", Language.PYTHON, Judgement.WRONG_ANSWER);
        } catch (UnsupportedIsolationException e) {
            System.out.println("This host can't judge: " + e.reason() + "\nWhat helps: " + e.remedy());
            System.exit(wrong ? 1 : 0);
        }
        System.exit(wrong ? 1 : 0);
    }

    private static void judge(String submission, Language language, Judgement expected) throws Exception {
        Result result = compileAndRun(Files.readAllBytes(SUBMISSIONS.resolve(submission)), language);
        System.out.printf("%-28s %-15s %s%n", submission, result.judgement(), result.detail());
        if (result.judgement() != expected) {
            System.out.println("NOT  " + expected);
            wrong = true;
        }
    }

    private static Result compileAndRun(byte[] source, Language language) throws IOException, InterruptedException {
        Sandbox compiler = Sandbox.hermetic()
                .hostPrograms()
                .memoryLimit(DataSize.mebibytes(512))
                .timeout(Duration.ofSeconds(20))
                .outputLimit(DataSize.kibibytes(256))
                .file("/work/" + language.source, source, 0644)
                .build();
        RunResult compiled = compiler.run(Command.of(language.compile));
        if (!compiled.report().isSuccess()) {
            compiled.discardChanges();
            String first = compiled.stderr()
                    .strip()
                    .lines()
                    .filter(line -> line.contains("rror"))
                    .findFirst()
                    .orElse("");
            return new Result(Judgement.COMPILE_ERROR, compiled.report().verdict() + " " + first.strip());
        }
        try (ChangeSet made = compiled.changes().orElseThrow()) {
            return run(program(made, source, language), language);
        }
    }

    /** What the compiler made, for others to read and execute. */
    private static Sandbox program(ChangeSet made, byte[] source, Language language) throws IOException {
        var builder = Sandbox.hermetic()
                .hostPrograms()
                .memoryLimit(language.memory())
                .pidsLimit(32)
                .bounds(b -> b.cpuTime(Duration.ofSeconds(3)))
                .timeout(Duration.ofSeconds(20))
                .outputLimit(DataSize.kibibytes(64))
                .confinement(c -> c.recordDenials(true))
                .file("/work/" + language.source, source, 0444);
        for (ChangeSet.Change change : made.created()) {
            if (change.type() == ChangeSet.FileType.FILE
                    && change.path().startsWith("/work/")
                    && change.size() < 4 << 20) {
                try (InputStream content = made.content(change.path())) {
                    builder.file(change.path(), content.readAllBytes(), 0555);
                }
            }
        }
        return builder.build();
    }

    private static Result run(Sandbox sandbox, Language language) throws IOException, InterruptedException {
        long most = 0;
        for (Map.Entry<String, String> test : CASES.entrySet()) {
            RunResult result = sandbox.run(Command.of(language.run).input(test.getKey() + "\n"));
            result.discardChanges();
            String cost = String.format(
                    Locale.ROOT,
                    "%d ms, %d KiB",
                    result.report().usage().cpuTime().toMillis(),
                    result.report().usage().peakMemory().toBytes() / 1024);
            Result failed = failure(result, cost);
            if (failed != null) {
                return failed;
            }
            if (!result.stdout().strip().equals(test.getValue())) {
                String refused = result.report().denials().isEmpty()
                        ? ""
                        : "; refused: " + result.report().denials().get(0);
                return new Result(Judgement.WRONG_ANSWER, "case \"" + test.getKey() + "\"" + refused);
            }
            most = Math.max(most, result.report().usage().cpuTime().toMillis());
        }
        return new Result(Judgement.ACCEPTED, CASES.size() + " cases, at most " + most + " ms");
    }

    private static Result failure(RunResult result, String cost) {
        Verdict verdict = result.report().verdict();
        return switch (verdict) {
            case EXITED ->
                result.exitValue() == 0
                        ? null
                        : result.stderr().contains("MemoryError")
                                        || result.stdout().contains("OutOfMemoryError")
                                ? new Result(Judgement.MEMORY_LIMIT, cost)
                                : new Result(Judgement.RUNTIME_ERROR, "exit code " + result.exitValue());
            case SIGNALED ->
                new Result(
                        Judgement.RUNTIME_ERROR,
                        "signal " + result.report().signal().orElse(null));
            case OOM_KILLED -> new Result(Judgement.MEMORY_LIMIT, cost);
            case TIMED_OUT, CPU_TIME_EXCEEDED -> new Result(Judgement.TIME_LIMIT, verdict + ", " + cost);
            case OUTPUT_LIMIT_EXCEEDED -> new Result(Judgement.OUTPUT_LIMIT, cost);
            case SECCOMP_VIOLATION -> new Result(Judgement.FORBIDDEN_CALL, cost);
            default -> throw new IllegalStateException("the judge itself has failed: " + result.report());
        };
    }
}
