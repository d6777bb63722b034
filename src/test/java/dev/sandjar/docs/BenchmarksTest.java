package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing but {@code benchmarks/run} compiles the benchmarks, which is run seldom: each folder has to fit the library all the time. */
class BenchmarksTest {
    private static final Path BENCHMARKS = Path.of("benchmarks");

    @TempDir
    Path classes;

    @Test
    void eachFolderIsCompiledWithoutAWarning() throws IOException {
        int folders = 0;
        for (Path folder : folders()) {
            assertEquals("", compile(folder), folder + " is not compiled");
            folders++;
        }
        assertTrue(folders > 5, "folders: " + folders);
    }

    /** Those with a project of their own need libraries that this one has not; {@code .ci/run} compiles them. */
    private static List<Path> folders() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(BENCHMARKS)) {
            for (Path each : all.filter(Files::isDirectory).sorted().toList()) {
                if (!Files.exists(each.resolve("pom.xml")) && !sources(each).isEmpty()) {
                    found.add(each);
                }
            }
        }
        return found;
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    /** What the compiler says. */
    private String compile(Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertNotNull(compiler, "no compiler: the tests need a JDK");
        StringWriter said = new StringWriter();
        List<String> options = List.of(
                "-proc:none",
                "-Xlint:all,-classfile,-path",
                "--release",
                "17",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                Files.createDirectories(classes.resolve(folder)).toString());
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            compiler.getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(sources(folder)))
                    .call();
        }
        return said.toString();
    }
}
