package dev.sandjar.oci;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.HostProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code sandjar-oci} as engines call it: processes, and directories of this test's own. */
final class RuntimeCommand {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long SECONDS = 60;

    private final Path directory;
    private final Path program;
    final Path root;
    final Path log;

    /** What a command has written, and its exit status. */
    record Result(int exit, String out, String err) {}

    private RuntimeCommand(Path directory, Path program) {
        this.directory = directory;
        this.program = program;
        this.root = directory.resolve("root");
        this.log = directory.resolve("log.json");
    }

    static RuntimeCommand in(Path directory) throws IOException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> java = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                classPath,
                RuntimeCompiler.class.getName());
        return new RuntimeCommand(directory, nativeProgram("sandjar-oci")).compiledBy(java);
    }

    static Path nativeProgram(String name) {
        return Path.of(System.getProperty("sandjar.test.faultLauncher"))
                .toAbsolutePath()
                .resolveSibling(name);
    }

    /** The same with another compiler. */
    RuntimeCommand compiledBy(List<String> words) throws IOException {
        Files.writeString(directory.resolve("java.args"), String.join("\n", words) + "\n");
        return this;
    }

    /** The same, but it ends by itself where {@code SANDJAR_FAULT} says so. */
    RuntimeCommand mortal() {
        return new RuntimeCommand(directory, nativeProgram("sandjar-oci-fault"));
    }

    /** A file of its own, with java.args beside it, by which alone it finds Java. */
    RuntimeCommand copied() throws IOException {
        Path copy = directory.resolve("sandjar-oci");
        Files.copy(program, copy, StandardCopyOption.COPY_ATTRIBUTES);
        return new RuntimeCommand(directory, copy);
    }

    List<String> words(String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                program.toString(), "--root", root.toString(), "--log", log.toString(), "--log-format", "json"));
        words.addAll(List.of(arguments));
        return words;
    }

    ProcessBuilder builder(List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words);
        if (program.startsWith(directory)) {
            builder.environment().remove("SANDJAR_OCI_JAVA_ARGS");
        } else {
            builder.environment()
                    .put("SANDJAR_OCI_JAVA_ARGS", directory.resolve("java.args").toString());
        }
        return builder;
    }

    Result run(String... arguments) throws Exception {
        return run(Map.of(), arguments);
    }

    /** Its output goes to files, which containers may hold for longer than the command lives. */
    Result run(Map<String, String> environment, String... arguments) throws Exception {
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        ProcessBuilder builder = builder(words(arguments));
        builder.environment().putAll(environment);
        Process process = builder.redirectInput(new File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(List.of(arguments) + " does not end");
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** What has to succeed. */
    String good(String... arguments) throws Exception {
        Result result = run(arguments);
        if (result.exit() != 0) {
            throw new AssertionError(List.of(arguments) + " ended with " + result);
        }
        return result.out();
    }

    /** The message of what has to fail. */
    String refused(String... arguments) throws Exception {
        Files.deleteIfExists(log);
        Result result = run(arguments);
        if (result.exit() == 0) {
            throw new AssertionError(List.of(arguments) + " ended well: " + result);
        }
        List<String> lines = Files.readAllLines(log);
        JsonNode last = Schema.tree(lines.get(lines.size() - 1));
        if (!last.get("level").asText().equals("error")) {
            throw new AssertionError(lines.toString());
        }
        return last.get("msg").asText();
    }

    JsonNode state(String id) throws Exception {
        return Schema.tree(good("state", id));
    }

    String status(String id) throws Exception {
        return state(id).get("status").asText();
    }

    void awaitStatus(String id, String status) throws Exception {
        if (!Await.within(PATIENCE, () -> status.equals(statusNow(id)))) {
            throw new AssertionError(id + " is " + status(id) + ", and does not become " + status);
        }
    }

    private String statusNow(String id) {
        try {
            return status(id);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Directories of containers. */
    List<String> left() throws IOException {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(root)) {
            return entries.map(path -> path.getFileName().toString()).toList();
        }
    }

    /** Cgroups of that name, anywhere. */
    static List<String> cgroups(String name) {
        return HostProgram.sh("find /sys/fs/cgroup -type d -name \"$1\" 2>/dev/null", name)
                .lines()
                .toList();
    }
}
