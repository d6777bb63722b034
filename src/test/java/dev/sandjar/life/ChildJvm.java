package dev.sandjar.life;

import dev.sandjar.testing.Jvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A further JVM with this one's class path, made for a quick start. */
final class ChildJvm {
    private ChildJvm() {}

    private static ProcessBuilder builder(Class<?> main, List<String> options, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-Xshare:auto", "-XX:-UsePerfData", "-Xmx64m"));
        all.addAll(options);
        return Jvm.builder(main, all, arguments);
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
