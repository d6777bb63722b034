package dev.sandjar.dependencies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Main;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other systems and processors, as far as a JVM on Linux can pass for one of theirs: one sentence, and no failure at class loading. */
class ElsewhereTest {
    @TempDir
    Path temporary;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Mac OS X   | aarch64 | isolation needs a Linux kernel, and this is Mac OS X
                    Windows 11 | amd64   | isolation needs a Linux kernel, and this is Windows 11
                    FreeBSD    | amd64   | isolation needs a Linux kernel, and this is FreeBSD
                    Linux      | riscv64 | isolation needs a 64-bit JVM for x86-64 or aarch64, and this one is for riscv64
                    Linux      | i386    | isolation needs a 64-bit JVM for x86-64 or aarch64, and this one is for i386
                    Linux      | OTHER   | this jar has no launcher for linux-OTHER
                    """)
    void everyCallSaysSo(String system, String processor, String sentence) throws Exception {
        String other = System.getProperty("os.arch").equals("aarch64") ? "x86-64" : "aarch64";
        assumeTrue(
                !processor.equals("OTHER") || Main.class.getResource("/linux-" + other + "/sandjar-launcher") == null,
                "this build is for every processor");
        String expected = sentence.replace("OTHER", other);
        String output = java(
                0,
                List.of(
                        "-Dos.name=" + system,
                        "-Dos.arch=" + processor.replace("OTHER", other.replace("x86-64", "amd64"))),
                ElsewhereMain.class,
                temporary.resolve("store").toString());
        List<String> lines = output.lines().toList();
        assertEquals("probe: false " + expected, lines.get(0), output);
        for (String line : lines.subList(1, lines.size())) {
            String what = line.substring(0, line.indexOf(':'));
            boolean harmless = what.equals("store") || what.equals("loaded");
            assertTrue(harmless || line.contains(expected), line);
        }
        assertTrue(output.contains("\nloaded: all\n"), output);
    }

    @Test
    void theDoctorSaysItInFewLines() throws Exception {
        String output = java(1, List.of("-Dos.name=Mac OS X"), Main.class, "doctor");
        assertTrue(output.contains("isolation needs a Linux kernel, and this is Mac OS X"), output);
        assertTrue(output.contains("in a Linux container"), output);
        assertTrue(output.lines().count() < 14, output);
    }

    @Test
    void theControl() throws Exception {
        String output = java(
                0, List.of(), ElsewhereMain.class, temporary.resolve("store").toString());
        assertTrue(!output.contains("Linux kernel"), output);
    }

    private static String java(int status, List<String> options, Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dslf4j.internal.verbosity=ERROR"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
        assertEquals(status, process.exitValue(), output);
        return output;
    }
}
