package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits that change while a container runs, and what it tells of its use. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.ROOT, Feature.BUSYBOX})
class OciUpdateIT extends RuntimeFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MEBIBYTE = 1 << 20;

    OciUpdateIT() {
        super("up");
    }

    @BeforeEach
    void begin() throws Exception {
        ObjectNode resources = bundle.linux().putObject("resources");
        resources.putObject("memory").put("limit", 64 * MEBIBYTE);
        resources.putObject("pids").put("limit", 20);
    }

    private void running(String script) throws Exception {
        bundle.script(script);
        runtime.good("create", "--bundle", bundle.written().toString(), "up");
        runtime.good("start", "up");
    }

    /** The content of the first of these files that one of its cgroups has. */
    private static String value(String... files) throws Exception {
        for (String group : RuntimeCommand.cgroups("up")) {
            for (String file : files) {
                if (Files.exists(Path.of(group, file))) {
                    return Files.readString(Path.of(group, file)).strip();
                }
            }
        }
        throw new AssertionError("no cgroup has any of " + List.of(files));
    }

    private static long memory() throws Exception {
        return Long.parseLong(value("memory.limit_in_bytes", "memory.max"));
    }

    @Test
    void limitsChangeByOptionsByAFileAndByStandardInput() throws Exception {
        running("exec sleep 1000");
        assertEquals(64 * MEBIBYTE, memory());
        runtime.good("update", "--memory", "96m", "--pids-limit", "30", "up");
        assertEquals(96 * MEBIBYTE, memory());
        assertEquals("30", value("pids.max"));

        Path resources = Files.writeString(
                directory.resolve("resources.json"),
                "{\"memory\": {\"limit\": 33554432}, \"cpu\": {\"quota\": 20000, \"period\": 100000, \"shares\": 0}}");
        runtime.good("update", "--resources", resources.toString(), "up");
        assertEquals(32 * MEBIBYTE, memory());
        assertTrue(List.of("20000", "20000 100000").contains(value("cpu.cfs_quota_us", "cpu.max")));
        assertEquals("30", value("pids.max"), "what is not named stays");

        Process process = runtime.builder(runtime.words("update", "--resources", "-", "up"))
                .redirectErrorStream(true)
                .start();
        try (var in = process.getOutputStream()) {
            in.write("{\"pids\": {\"limit\": -1}}".getBytes());
        }
        assertEquals("", new String(process.getInputStream().readAllBytes()));
        assertEquals(0, process.waitFor());
        assertEquals("max", value("pids.max"));
        // Both at once, whichever has to be raised first.
        runtime.good("update", "--memory", "200m", "--memory-swap", "300m", "up");
        assertEquals(200 * MEBIBYTE, memory());
        runtime.good("update", "--memory", "50m", "--memory-swap", "60m", "up");
        assertEquals(50 * MEBIBYTE, memory());
        runtime.good("update", "--memory", "-1", "up");
        assertTrue(List.of("max", "9223372036854771712").contains(value("memory.limit_in_bytes", "memory.max")));

        assertTrue(runtime.refused("update", "--memory", "much", "up").contains("much is not a number"));
        assertTrue(runtime.refused("update", "--cpuset-cpus", "4000", "up").contains("failed to write cpuset.cpus"));
        assertTrue(runtime.refused("update", "--cpuset-cpus", "x", "up").contains("/cpu/cpus"));
        assertFalse(Files.exists(runtime.root.resolve("up/resources")));
        runtime.good("kill", "up", "KILL");
        runtime.awaitStatus("up", "stopped");
        assertEquals("container not running", runtime.refused("update", "--memory", "64m", "up"));
    }

    @Test
    void whatIsUsedIsTold() throws Exception {
        running("i=0; while test $i -lt 20000; do i=$((i+1)); done; sleep 1000 & exec sleep 1000");
        assertTrue(Await.within(PATIENCE, () -> stats().at("/pids/current").asInt() == 2), "two processes");
        JsonNode data = stats();
        assertTrue(data.at("/cpu/usage/total").asLong() > 1_000_000, data.toString());
        assertTrue(data.at("/memory/usage/usage").asLong() > 0, data.toString());
        assertEquals(64 * MEBIBYTE, data.at("/memory/usage/limit").asInt());
        assertEquals(20, data.at("/pids/limit").asInt());
        assertFalse(data.at("/memory/raw").isEmpty());
        runtime.good("kill", "--all", "up", "KILL");
        runtime.awaitStatus("up", "stopped");
        assertEquals("container with id up is not running", runtime.refused("events", "up"));
    }

    private JsonNode stats() {
        try {
            JsonNode event = Schema.tree(runtime.good("events", "--stats", "up"));
            assertEquals("stats", event.path("type").asText());
            assertEquals("up", event.path("id").asText());
            return event.path("data");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void eventsComeUntilTheEndAndTellOfAnEndByLackOfMemory() throws Exception {
        ((ObjectNode) bundle.linux().path("resources").path("memory"))
                .put("limit", 16 * MEBIBYTE)
                .put("swap", 16 * MEBIBYTE);
        ((ObjectNode) bundle.config.get("root")).put("readonly", false);
        running("while ! test -e /tmp/go; do usleep 1000; done; tail /dev/zero; exec sleep 1000");
        Process events = runtime.builder(runtime.words("events", "--interval", "50ms", "up"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = events.inputReader()) {
            assertTrue(lines.readLine().startsWith("{\"type\":\"stats\""));
            runtime.good("exec", "up", "touch", "/tmp/go");
            assertTrue(lines.lines().anyMatch(line -> line.equals("{\"type\":\"oom\",\"id\":\"up\"}")));
            runtime.good("kill", "up", "KILL");
            try (Stream<String> rest = lines.lines()) {
                assertTrue(rest.allMatch(line -> line.startsWith("{\"type\":")));
            }
            assertEquals(0, events.waitFor());
        } finally {
            events.destroyForcibly();
        }
        assertTrue(runtime.refused("events", "--interval", "soon", "up").contains("soon is no time"));
    }
}
