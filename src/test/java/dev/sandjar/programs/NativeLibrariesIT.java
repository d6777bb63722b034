package dev.sandjar.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Command;
import dev.sandjar.Isolation;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.NeedsHostCondition;
import dev.sandjar.testing.Resources;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** Java libraries that unpack native code and load it, with the defaults of {@code Sandbox.untrusted()} and of a {@link PluginPool}. */
@KernelTest
@Tag("programs")
@NeedsHost({Feature.USERNS, Feature.PROC})
class NativeLibrariesIT {
    private static final Path LIBRARIES =
            Path.of(System.getProperty("sandjar.test.nativeLibraries", "target/native-libraries"));
    private static final List<String> GOOD = Stream.of("sqlite-jdbc", "jna", "snappy", "zstd-jni", "lz4", "netty-epoll")
            .map(name -> name + " ok")
            .toList();

    @TempDir
    Path directory;

    private final List<Path> classPath = new ArrayList<>();

    @BeforeEach
    void compile() throws IOException {
        if (!Files.exists(LIBRARIES.resolve(".done"))) {
            String reason = LIBRARIES + " is not there: run src/test/scripts/native-libraries";
            if (NeedsHostCondition.mustWork("programs")) {
                throw new AssertionError(reason + " (sandjar.mustWork forbids to skip)");
            }
            System.out.println("SKIPPED " + getClass().getSimpleName() + ": " + reason);
            throw new TestAbortedException(reason);
        }
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Stream<Path> files = Files.list(LIBRARIES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jar")).toList()) {
                classPath.add(
                        Files.copy(file, directory.resolve(file.getFileName().toString())));
            }
        }
        Path source = Files.writeString(
                directory.resolve("NativeLibraries.java"), Resources.text("/programs/NativeLibraries.java"));
        Path classes = Files.createDirectory(directory.resolve("classes"));
        int exit = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-nowarn",
                        "-cp",
                        String.join(":", classPath.stream().map(Path::toString).toList()) + ":"
                                + System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        source.toString());
        assertEquals(0, exit, "javac");
        Path contract = classes.resolve("dev/sandjar/programs/Uses.class");
        Files.createDirectories(contract.getParent());
        try (var in = Uses.class.getResourceAsStream("Uses.class")) {
            Files.copy(in, contract);
        }
        classPath.add(jar(classes));
    }

    private Path jar(Path classes) throws IOException {
        Path jar = directory.resolve("native-libraries.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        return jar;
    }

    @Test
    @Timeout(240)
    void inUntrusted() throws Exception {
        Path home = Path.of(System.getProperty("java.home")).toRealPath();
        SandboxBuilder builder = Sandbox.untrusted()
                .timeout(Duration.ofMinutes(3))
                .bounds(b -> b.cpuTime(Duration.ofMinutes(3)))
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bindReadOnly(directory, "/libraries");
        if (!home.startsWith("/usr")) {
            builder.bindReadOnly(home, home.toString());
        }
        RunResult result =
                builder.build().run(Command.of(home + "/bin/java", "-cp", "/libraries/*", "NativeLibraries"));
        assertEquals(GOOD, result.stdout().lines().toList(), result::stderr);
    }

    @Test
    @Timeout(240)
    void inAPluginPool() throws Exception {
        try (PluginPool<Uses> pool = PluginPool.builder(Uses.class, "NativeLibraries")
                .classPath(classPath.toArray(Path[]::new))
                .classDataArchive(false)
                .startTimeout(Duration.ofMinutes(2))
                .callTimeout(Duration.ofMinutes(2))
                .build()) {
            assertEquals(GOOD, pool.get().use());
        }
    }
}
