package dev.sandjar.dependencies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Sandbox;
import dev.sandjar.testing.KernelTest;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JNA and SLF4J are enough for the core; what needs more says of which artifact. */
@KernelTest
@Tag("once")
class CoreAloneIT {
    private static final String JACKSON =
            " needs com.fasterxml.jackson.core:jackson-databind, which is not there: add that"
                    + " artifact to the class path, or to the module path with --add-modules com.fasterxml.jackson.databind\n";
    private static final String EXPECTED = "ran\n"
            + ("A seccomp profile as JSON" + JACKSON).repeat(2)
            + "A host as JSON" + JACKSON
            + ("A network of CNI" + JACKSON).repeat(2)
            + ("A policy as JSON" + JACKSON).repeat(2)
            + ("An OCI bundle" + JACKSON).repeat(2)
            + "A store of images" + JACKSON
            + "A rule whose requests are read needs org.bouncycastle:bcpkix-jdk18on, which is not there: add that artifact to the"
            + " class path, or to the module path with --add-modules org.bouncycastle.pkix\n";

    @TempDir
    Path temporary;

    @Test
    void onTheClassPath() throws Exception {
        assertEquals(EXPECTED, run("-cp", core() + File.pathSeparator + tests(), CoreMain.class.getName()));
        List<String> errors = text(temporary.resolve("errors"))
                .lines()
                .filter(line -> line.startsWith("SLF4J"))
                .toList();
        assertEquals(3, errors.size(), "what the README says of a program without a logging back end: " + errors);
    }

    @Test
    void onTheModulePath() throws Exception {
        assertEquals(
                EXPECTED,
                run("-p", core(), "--add-modules", "dev.sandjar", "-cp", tests().toString(), CoreMain.class.getName()));
    }

    /** With everything there, nothing is missed: what is told is told of what is absent. */
    @Test
    void nothingIsMissedWhereItIsThere() throws Exception {
        String output = run("-cp", System.getProperty("java.class.path"), CoreMain.class.getName());
        assertEquals(
                0,
                output.lines()
                        .filter(line -> line.contains("which is not there"))
                        .count(),
                output);
    }

    private static String core() {
        return String.join(
                File.pathSeparator, place(Sandbox.class), place("com.sun.jna.Native"), place("org.slf4j.Logger"));
    }

    private static String tests() {
        return place(CoreMain.class);
    }

    private static String place(String type) {
        try {
            return place(Class.forName(type));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static String place(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("-Djava.io.tmpdir=" + temporary);
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(arguments));
        Path output = temporary.resolve("output");
        Path errors = temporary.resolve("errors");
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertEquals(true, ended, "it did not end");
        assertEquals(0, process.exitValue(), () -> text(errors));
        return text(output);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
