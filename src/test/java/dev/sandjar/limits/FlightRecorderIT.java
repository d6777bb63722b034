package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK's flight recorder is told. */
@KernelTest
class FlightRecorderIT {
    @TempDir
    Path directory;

    private Map<String, List<RecordedEvent>> recorded(String script, Sandbox sandbox) throws Exception {
        return recorded(Command.of("sh", "-c", script), sandbox);
    }

    private Map<String, List<RecordedEvent>> recorded(Command command, Sandbox sandbox) throws Exception {
        Path file = directory.resolve("sandjar.jfr");
        try (Recording recording = new Recording()) {
            for (String name : List.of("Start", "Exit", "Limit")) {
                recording.enable("dev.sandjar.Sandbox" + name).withoutThreshold();
            }
            recording.start();
            sandbox.run(command);
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        Files.delete(file);
        return events.stream()
                .collect(Collectors.groupingBy(e -> e.getEventType().getName().replace("dev.sandjar.Sandbox", "")));
    }

    @Test
    void startsAndExits() throws Exception {
        Map<String, List<RecordedEvent>> events =
                recorded("exit 3", Sandbox.builder().build());
        RecordedEvent start = events.get("Start").get(0);
        assertEquals("sh", start.getString("program"));
        assertTrue(start.getDuration().compareTo(Duration.ZERO) > 0);
        RecordedEvent exit = events.get("Exit").get(0);
        assertEquals("EXITED", exit.getString("verdict"));
        assertEquals(3, exit.getInt("exitValue"));
        assertEquals(start.getLong("pid"), exit.getLong("pid"));
        assertTrue(exit.getLong("wallTime") > 0);
    }

    @Test
    void eachCarriesTheNameOfTheSandbox() throws Exception {
        Map<String, List<RecordedEvent>> events =
                recorded("exit 0", Sandbox.builder().name("jobs/build-7").build());
        assertEquals("jobs/build-7", events.get("Start").get(0).getString("sandbox"));
        assertEquals("jobs/build-7", events.get("Exit").get(0).getString("sandbox"));
        Map<String, List<RecordedEvent>> nameless =
                recorded("exit 0", Sandbox.builder().build());
        assertEquals("", nameless.get("Exit").get(0).getString("sandbox"));
    }

    /** A run that is over before anybody could look. */
    @Test
    @NeedsHost({Feature.CGROUP_PIDS, Feature.BOMB})
    void limitsOfShortRuns() throws Exception {
        Sandbox sandbox = Sandbox.builder().pidsLimit(4).name("short").build();
        for (int round = 0; round < 10; round++) {
            Map<String, List<RecordedEvent>> events = recorded(Bomb.command("forks", "20"), sandbox);
            List<RecordedEvent> limits = events.getOrDefault("Limit", List.of());
            long refused = limits.stream()
                    .filter(e -> e.getString("kind").equals("PIDS_MAX"))
                    .mapToLong(e -> e.getLong("count"))
                    .sum();
            assertTrue(refused > 0, () -> "round " + events);
            assertEquals("short", limits.get(0).getString("sandbox"));
        }
    }

    @Test
    void startsThatFail() throws Exception {
        Path file = directory.resolve("failed.jfr");
        Sandbox sandbox = Sandbox.builder().build();
        try (Recording recording = new Recording()) {
            recording.enable("dev.sandjar.SandboxStart").withoutThreshold();
            recording.start();
            assertThrows(SandboxException.class, () -> sandbox.run("/no/such/program"));
            recording.stop();
            recording.dump(file);
        }
        RecordedEvent start = RecordingFile.readAllEvents(file).stream()
                .filter(e -> e.getEventType().getName().equals("dev.sandjar.SandboxStart"))
                .findFirst()
                .orElseThrow();
        assertEquals("/no/such/program", start.getString("program"));
        assertTrue(start.getString("failure").contains("ENOENT"), start.getString("failure"));
        assertEquals(0, start.getLong("pid"));
    }

    @Test
    @NeedsHost(Feature.CGROUP_PIDS)
    void limits() throws Exception {
        Sandbox sandbox = Sandbox.builder().pidsLimit(4).build();
        String forks = "(for i in 1 2 3 4 5 6 7 8; do sleep 60 & done) 2>/dev/null; read end";
        try (Recording recording = new Recording()) {
            recording.enable("dev.sandjar.SandboxLimit");
            recording.start();
            try (SandboxProcess process = sandbox.start("sh", "-c", forks)) {
                assertTrue(
                        Await.within(Duration.ofSeconds(60), () -> refusals(recording) > 0), "no refusal was recorded");
            }
        }
        assertEquals(List.of(), recorded("true", sandbox).getOrDefault("Limit", List.of()));
    }

    /** How often the limit of processes is in what was recorded so far. */
    private long refusals(Recording recording) {
        Path file = directory.resolve("limits.jfr");
        try {
            recording.dump(file);
            long count = RecordingFile.readAllEvents(file).stream()
                    .filter(e -> e.getEventType().getName().equals("dev.sandjar.SandboxLimit"))
                    .filter(e -> e.getString("kind").equals("PIDS_MAX") && e.getLong("count") > 0)
                    .count();
            Files.delete(file);
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
