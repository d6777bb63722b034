package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.testing.Jvm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * JVMs whose network namespace is a host that a test has made ({@code with_outside.py}), with one outside of it. Whoever has no rights over
 * namespaces has them in a user namespace, over those that are made there.
 */
final class PrivateHost {
    private PrivateHost() {}

    /** What it said: NAME=VALUE, and at the end what is left in its network, and its status. */
    static Map<String, String> run(Path directory, Class<?> main, String forwarding, String scenario)
            throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/sbin/ip")) || Files.exists(Path.of("/usr/sbin/ip")), "no iproute2");
        List<String> command = new ArrayList<>(List.of("unshare", "--net"));
        if (!canUnshare()) {
            command.add("--map-root-user");
        }
        command.addAll(List.of("/usr/bin/python3", "-I", script(directory).toString(), forwarding));
        command.addAll(Jvm.builder(main, List.of("-Xmx64m"), scenario).command());
        Path output = directory.resolve(scenario);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "it does not end");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String all = Files.readString(output);
        Map<String, String> said = new LinkedHashMap<>();
        for (String line : all.lines().toList()) {
            int at = line.matches("(left|door|status): .*") ? line.indexOf(':') : line.indexOf('=');
            if (at > 0) {
                said.put(line.substring(0, at), line.substring(at + 1).strip());
            }
        }
        assertTrue(said.containsKey("status"), all);
        said.put("all", all);
        return said;
    }

    private static Path script(Path directory) throws IOException {
        Path script = directory.resolve("with_outside.py");
        try (InputStream in =
                Objects.requireNonNull(PrivateHost.class.getResourceAsStream("/network/with_outside.py"))) {
            Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
        }
        return script;
    }

    private static boolean canUnshare() throws IOException, InterruptedException {
        return new ProcessBuilder("unshare", "--net", "true").start().waitFor() == 0;
    }

    static void assertSaid(Map<String, String> said, String name, String value) {
        assertEquals(value, said.get(name), () -> name + " in\n" + said.get("all"));
    }
}
