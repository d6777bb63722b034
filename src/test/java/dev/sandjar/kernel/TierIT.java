package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Sandbox;
import dev.sandjar.Tier;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tier without namespaces, on a host that is told to refuse them, and the first one where it refuses none. */
@KernelTest
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class TierIT {
    private Path scratch = Path.of("/");

    /** Programs of root are another user, who has to get there. */
    @BeforeEach
    void make() throws IOException {
        scratch = Files.createTempDirectory(
                Path.of("/tmp"),
                "sandjar-tier",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    @AfterEach
    void remove() throws IOException {
        try (Stream<Path> all = Files.walk(scratch)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void theCallersWordLetsItServe() throws Exception {
        Map<String, String> said = java(scratch);
        String refused = String.valueOf(said.get("strict"));
        assertTrue(
                refused.contains("; or minimumTier(Tier.CONTAINER) lets it start here without namespaces, and loses"),
                refused);
        assertEquals("CONTAINER", said.get("explained"));
        String run = String.valueOf(said.get("run"));
        String[] parts = run.split("\\|");
        assertEquals("CONTAINER kept", parts[0], run);
        assertEquals(parts[1], parts[2], run);
        assertTrue(parts[1].startsWith(scratch.toRealPath() + "/sandjar-scratch-"), run);
        assertTrue(parts[3].startsWith("700 "), run);
        assertTrue(run.contains("Permission denied"), run);
        assertEquals("true", said.get("told"), said::toString);
        assertEquals("true", said.get("removed"), said::toString);
        assertEquals("true", said.get("different"), said::toString);
        assertTrue(String.valueOf(said.get("spy")).matches("[12]  false"), said::toString);
        assertEquals("true true true", said.get("exec"), said::toString);
        assertEquals("CONTAINER false true true", said.get("doctor"), said::toString);
        bounds(said);
        assertEquals(List.of(), left(scratch));
    }

    /** Where there are cgroups they count; elsewhere all processes together are looked at. */
    private static void bounds(Map<String, String> said) {
        boolean groups = "true".equals(said.get("cgroups"));
        assertEquals(groups ? "OOM_KILLED" : "MEMORY_LIMIT_EXCEEDED", said.get("memory"), said::toString);
        assertEquals("EXITED", said.get("control"), said::toString);
        // A cgroup or RLIMIT_NPROC refuses, and where neither holds the watch ends.
        String processes = String.valueOf(said.get("processes"));
        assertTrue(
                processes.matches(
                        groups ? "EXITED OptionalInt\\[[12]]" : "PROCESS_LIMIT_EXCEEDED .*|EXITED OptionalInt\\[[12]]"),
                processes);
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void withoutLandlockItIsRefusedWithBothReasons() throws Exception {
        Path output = scratch.resolve("output");
        Process jvm = Jvm.builder(
                        TierMain.class, List.of("-Dsandjar.withoutNamespaces=true", "-Dsandjar.landlockVersion=0"))
                .redirectOutput(output.toFile())
                .start();
        assertTrue(jvm.waitFor(1, TimeUnit.MINUTES));
        String said = Files.readString(output);
        assertTrue(said.contains("and the tier CONTAINER, which may serve in its place, is not complete here"), said);
        assertTrue(said.contains("Landlock needs Linux 5.13"), said);
        assertTrue(!said.contains("lets it start here"), said);
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void theStrongestServes() throws Exception {
        Sandbox sandbox = Sandbox.untrusted().minimumTier(Tier.NONE).build();
        assertEquals(Tier.NAMESPACES, sandbox.explain().tier());
        assertEquals(Tier.NAMESPACES, sandbox.run("true").report().tier());
    }

    private static Map<String, String> java(Path scratch) throws Exception {
        Path output = Files.createTempFile("tier", ".txt");
        try {
            Process jvm = Jvm.builder(
                            TierMain.class, List.of("-Dsandjar.withoutNamespaces=true", "-Djava.io.tmpdir=" + scratch))
                    .redirectOutput(output.toFile())
                    .start();
            assertTrue(jvm.waitFor(90, TimeUnit.SECONDS), "it goes on and on");
            String said = Files.readString(output, StandardCharsets.UTF_8);
            assertEquals(0, jvm.exitValue(), said);
            Map<String, String> lines = new HashMap<>();
            said.lines().forEach(line -> {
                String[] words = line.split(" ", 2);
                lines.put(words[0], words.length > 1 ? words[1] : "");
            });
            return lines;
        } finally {
            Files.delete(output);
        }
    }

    private static List<Path> left(Path scratch) throws Exception {
        try (var entries = Files.list(scratch)) {
            return entries.filter(path -> String.valueOf(path.getFileName()).startsWith("sandjar-scratch"))
                    .toList();
        }
    }
}
