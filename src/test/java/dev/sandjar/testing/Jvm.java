package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A further JVM with this one's class path, made for a quick start. */
public final class Jvm {
    private Jvm() {}

    /** Its command, to be started by whoever knows where its output goes. */
    public static ProcessBuilder builder(Class<?> main, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                // Not the directory that all share.
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir")));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    /** Runs one whose virtual threads all have to go over one thread of the system, and returns what it said; it has to succeed. */
    public static String onOneCarrier(Class<?> main, Path directory, String... arguments)
            throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process jvm = builder(
                        main,
                        List.of(
                                "-Djava.io.tmpdir=" + directory,
                                "-Djdk.virtualThreadScheduler.parallelism=1",
                                "-Djdk.virtualThreadScheduler.maxPoolSize=1"),
                        arguments)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(jvm.waitFor(5, TimeUnit.MINUTES), "it goes on and on");
            String said = Files.readString(output);
            assertEquals(0, jvm.exitValue(), said);
            return said;
        } finally {
            jvm.destroyForcibly();
        }
    }
}
