package dev.sandjar.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Resources;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a JDK asks of a system, inside {@code Sandbox.untrusted()} as outside: the pieces of JavaProbes.java. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PROC})
@Tag("heavy")
class JavaProbesIT {
    private static final Duration LONGEST = Duration.ofMinutes(4);
    private static final String SOURCE = "JavaProbes.java";

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void eachPieceWorksInsideAsOutside() throws Exception {
        Path home = Path.of(System.getProperty("java.home")).toRealPath();
        String text = Resources.text("/programs/" + SOURCE);
        SandboxBuilder builder = Sandbox.untrusted()
                .timeout(LONGEST)
                .bounds(b -> b.cpuTime(LONGEST))
                .cpuLimit(2)
                .allowDegraded(Isolation.CGROUP_LIMITS)
                // Without cgroups a JVM sizes itself by the whole machine, and its data is bounded all the same.
                .env("JDK_JAVA_OPTIONS", "-Xmx192m")
                .file("/probes/" + SOURCE, text);
        if (!home.startsWith("/usr")) {
            builder.bindReadOnly(home, home.toString());
        }
        RunResult result = builder.build().run(Command.of(java(home), arguments("/probes/" + SOURCE)));
        Map<String, String> inside = words(result.stdout());
        List<String> failed = new ArrayList<>(words(text, "PROBES.put(\"", "\"").stream()
                .filter(name -> !"ok".equals(inside.get(name)))
                .toList());
        if (!failed.isEmpty()) {
            Map<String, String> outside = outside(home, text);
            failed.removeIf(name -> !"ok".equals(outside.get(name)));
        }
        failed.replaceAll(name -> name + ": " + inside.get(name));
        assertEquals(List.of(), failed, () -> result.report() + "\n" + result.stdout() + result.stderr());
    }

    private Map<String, String> outside(Path home, String text) throws Exception {
        Path source = Files.writeString(directory.resolve(SOURCE), text);
        List<String> command = new ArrayList<>(List.of(java(home), "-Djava.io.tmpdir=" + directory));
        command.addAll(List.of(arguments(source.toString())));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return words(out);
    }

    private static String java(Path home) {
        return home.resolve("bin/java").toString();
    }

    private static String[] arguments(String source) {
        return new String[] {"--add-modules", "jdk.attach,jdk.jfr,jdk.jshell,jdk.httpserver", source};
    }

    private static Map<String, String> words(String out) {
        Map<String, String> words = new TreeMap<>();
        out.lines().map(line -> line.split("\t", 2)).filter(p -> p.length == 2).forEach(p -> words.put(p[0], p[1]));
        return words;
    }

    /** What stands between two texts, each time. */
    private static List<String> words(String text, String before, String after) {
        List<String> words = new ArrayList<>();
        for (int at = text.indexOf(before); at >= 0; at = text.indexOf(before, at + 1)) {
            int from = at + before.length();
            words.add(text.substring(from, text.indexOf(after, from)));
        }
        return words;
    }
}
