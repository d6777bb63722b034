package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How the runtime command comes to its plans: by an archive of classes that the first makes, and by a compiler that stays. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.ROOT, Feature.BUSYBOX})
class OciCompilerIT extends RuntimeFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    OciCompilerIT() {
        super("one");
    }

    @BeforeEach
    void begin() throws Exception {
        bundle.script("echo it ran");
    }

    private String run(Map<String, String> environment) throws Exception {
        RuntimeCommand.Result result =
                runtime.run(environment, "run", "--bundle", bundle.written().toString(), "one");
        assertEquals(0, result.exit(), result.err());
        assertEquals("it ran\n", result.out());
        return result.err();
    }

    private static List<Path> archives(Path cache) throws Exception {
        try (Stream<Path> files = Files.list(cache)) {
            return files.filter(file -> file.toString().endsWith(".jsa"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theFirstRunMakesAnArchiveOfClassesForThisJavaAndTheseWords() throws Exception {
        // Jars alone can be in one.
        Path jar = directory.resolve("all.jar");
        String classes = RuntimeCommand.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        Path main = Path.of(classes).resolveSibling("classes");
        HostProgram.sh(
                "\"$1\" --create --file \"$2\" -C \"$3\" .",
                Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                jar.toString(),
                main.toString());
        String libraries = Stream.of(System.getProperty("java.class.path").split(":"))
                .filter(entry -> entry.endsWith(".jar"))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .filter(entry -> entry.contains("jackson") || entry.contains("jna") || entry.contains("slf4j-api"))
                .reduce(jar.toString(), (a, b) -> a + ":" + b);
        List<String> words = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "@archive",
                "-cp",
                libraries,
                RuntimeCompiler.class.getName());
        runtime.compiledBy(words);
        Path cache = directory.resolve("cache");
        Map<String, String> environment = Map.of("SANDJAR_OCI_CACHE", cache.toString());
        run(environment);
        List<Path> made = archives(cache);
        assertEquals(1, made.size());
        assertTrue(Files.size(made.get(0)) > 1 << 20, "it has classes");
        var time = Files.getLastModifiedTime(made.get(0));
        run(environment);
        assertEquals(made, archives(cache));
        assertEquals(time, Files.getLastModifiedTime(made.get(0)), "it is used, and not made again");

        // Classes come from it: with another that Java can't use, more of them come from the jars.
        String shared = classes(words, made.get(0), libraries);
        assertNotEquals("0", shared);

        Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
        run(environment);
        assertEquals(2, archives(cache).size(), "another jar, another archive");

        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.delete(archives(cache).get(0));
        run(environment);
        assertEquals(1, archives(cache).size(), "none is made where others may write");
    }

    private static String classes(List<String> words, Path archive, String libraries) {
        return HostProgram.sh(
                "\"$1\" -XX:SharedArchiveFile=\"$2\" -Xlog:class+load -cp \"$3\" dev.sandjar.oci.RuntimeCompiler 2>/dev/null"
                        + " | grep -c 'dev.sandjar.*shared objects file' || true",
                words.get(0),
                archive.toString(),
                libraries);
    }

    @Test
    void aCompilerThatStaysAnswersWhoSeesTheSameHost() throws Exception {
        Path socket = directory.resolve("compiler/socket");
        Map<String, String> environment = Map.of("SANDJAR_OCI_COMPILER", socket.toString());
        ProcessBuilder builder = runtime.builder(runtime.words("compiler"));
        builder.environment().putAll(environment);
        Process compiler = builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("compiler.log").toFile())
                .start();
        try {
            assertTrue(Await.within(PATIENCE, () -> Files.exists(socket)), "it listens");
            // Nothing else could answer.
            runtime.compiledBy(List.of("/no/such/java"));
            run(environment);
            run(environment);
            // What depends on the cgroup of who asks is left to it, and so is what sees other mounts.
            bundle.linux().remove("cgroupsPath");
            assertTrue(
                    runtime.run(environment, "run", "--bundle", bundle.written().toString(), "one")
                            .err()
                            .contains("/no/such/java"));
            bundle.linux().put("cgroupsPath", parent() + "/one");
            bundle.written();
            List<String> words = new ArrayList<>(List.of("unshare", "--mount"));
            words.addAll(runtime.words("run", "--bundle", bundle.written().toString(), "one"));
            ProcessBuilder elsewhere = runtime.builder(words);
            elsewhere.environment().putAll(environment);
            Process other = elsewhere.redirectErrorStream(true).start();
            assertTrue(new String(other.getInputStream().readAllBytes()).contains("/no/such/java"));
            assertEquals(1, other.waitFor());

            // A mistake is told as it is without.
            bundle.linux().put("cgroupsPath", 7);
            assertTrue(
                    runtime.run(environment, "run", "--bundle", bundle.written().toString(), "one")
                            .err()
                            .contains("/linux/cgroupsPath"));
        } finally {
            compiler.destroy();
            compiler.waitFor();
        }
        bundle.linux().put("cgroupsPath", parent() + "/one");
        assertTrue(runtime.run(environment, "run", "--bundle", bundle.written().toString(), "one")
                .err()
                .contains("/no/such/java"));
        RuntimeCommand.in(directory);
        run(environment);
    }
}
