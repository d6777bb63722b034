package dev.sandjar.life;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A further JVM with this one's class path, made for a quick start. */
final class ChildJvm {
    private ChildJvm() {}

    private static ProcessBuilder builder(Class<?> main, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-XX:-UsePerfData",
                "-Xmx64m"));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    static Process start(Class<?> main, List<String> options, String... arguments) throws IOException {
        return builder(main, options, arguments).start();
    }

    static Process startIn(Map<String, String> environment, Class<?> main) throws IOException {
        ProcessBuilder builder = builder(main, List.of());
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Everything it writes, complete when the last process that has its output ends. */
    static CompletableFuture<String> output(Process process) {
        CompletableFuture<String> all = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try (var stream = process.getInputStream()) {
                        all.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
                    } catch (IOException e) {
                        all.completeExceptionally(e);
                    }
                },
                "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
        return all;
    }

    static List<String> withFaultLauncher() {
        return List.of("-Dsandjar.launcher=" + System.getProperty("sandjar.test.faultLauncher"));
    }
}
