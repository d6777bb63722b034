package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.oci.OciState.Status;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of a container, and its hooks. */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.USERNS, Feature.PROC, Feature.BUSYBOX})
class ContainerIT {
    @TempDir
    Path directory;

    /** Notes its name, the state that it gets, and where it is. */
    private static String noting(String name, Path log) {
        return "{ echo " + name
                + "; cat; readlink /proc/self/ns/mnt; test -e /rootfs-mark && echo in-root || echo in-host; echo ===; }"
                + " >> " + log;
    }

    /** Its mount namespace; "" if only root may know. */
    private static String namespace(long pid) {
        return HostProgram.run("readlink", "/proc/" + pid + "/ns/mnt").out().strip();
    }

    @Test
    void fromBirthToDeath() throws Exception {
        OciBundle bundle = Bundles.of(directory).script("echo hello; cat").load();
        try (OciContainer container = OciContainer.create("life", bundle)) {
            OciState created = container.state();
            assertEquals(Status.CREATED, created.status());
            assertEquals(bundle.directory(), created.bundle());
            assertEquals(Set.of(), Schema.state().errors(created.toJson()));
            String holder = namespace(created.pid().orElseThrow());
            assertFalse(holder.equals(namespace(ProcessHandle.current().pid())));
            assertEquals(container, OciContainer.find("life").orElseThrow());
            assertThrows(IllegalStateException.class, () -> OciContainer.create("life", bundle));
            assertThrows(IllegalStateException.class, container::delete);

            SandboxProcess process = container.start();
            assertEquals("hello", process.inputReader().readLine());
            OciState running = container.state();
            assertEquals(Status.RUNNING, running.status());
            assertEquals(process.pid(), running.pid().orElseThrow());
            if (!holder.isEmpty()) {
                assertEquals(holder, namespace(process.pid()));
            }
            assertThrows(IllegalStateException.class, container::start);
            assertThrows(IllegalStateException.class, container::delete);

            container.kill(Signal.KILL);
            assertEquals(Verdict.SIGNALED, process.waitForReport().verdict());
            assertEquals(Status.STOPPED, container.state().status());
            assertEquals(Set.of(), Schema.state().errors(container.state().toJson()));
            assertThrows(IllegalStateException.class, () -> container.kill(Signal.TERM));
            container.delete();
            assertThrows(IllegalStateException.class, container::state);
            assertThrows(IllegalStateException.class, container::delete);
            assertTrue(OciContainer.find("life").isEmpty());
        }
        try (OciContainer again = OciContainer.create("life", bundle)) {
            assertEquals(Status.CREATED, again.state().status(), "its id is free again");
        }
    }

    @Test
    void oneThatIsOnlyCreatedEndsBySignals() throws Exception {
        OciBundle bundle = Bundles.of(directory).script("true").load();
        try (OciContainer container = OciContainer.create("early", bundle)) {
            container.kill(Signal.WINCH);
            assertEquals(Status.CREATED, container.state().status());
            container.kill(Signal.TERM);
            assertEquals(Status.STOPPED, container.state().status());
            assertThrows(IllegalStateException.class, container::start);
            container.delete();
        }
    }

    @Test
    void hooksInTheirOrderAndTheirPlace() throws Exception {
        Bundles bundle = Bundles.of(directory);
        Files.writeString(bundle.rootfs().resolve("rootfs-mark"), "");
        Files.createDirectory(bundle.rootfs().resolve("log"));
        Path inside = Files.createDirectory(directory.resolve("shared"));
        HostProgram.sh("chmod 777 " + inside);
        Path log = inside.resolve("log");
        bundle.mount("/log", inside.toString(), "bind", "bind", "rw");
        bundle.config.putObject("annotations").put("com.example.key", "value");
        bundle.hook("poststop", noting("poststop", log))
                .hook("poststart", noting("poststart", log))
                .hook("startContainer", noting("startContainer-1", Path.of("/log/log")))
                .hook("startContainer", noting("startContainer-2", Path.of("/log/log")))
                .hook("createContainer", noting("createContainer", log))
                .hook("createRuntime", noting("createRuntime", log))
                .hook("prestart", noting("prestart-1", log))
                .hook("prestart", noting("prestart-2", log))
                .script(
                        "read x; echo program >> /log/log; readlink /proc/self/ns/mnt >> /log/log; echo === >> /log/log");
        String own = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
        long holder;
        try (OciContainer container = OciContainer.create("hooks", bundle.load())) {
            holder = container.state().pid().orElseThrow();
            SandboxProcess process = container.start();
            process.outputWriter().append("\n").close();
            process.waitForReport();
            container.delete();
        }
        List<String> names = new ArrayList<>();
        List<String> statuses = new ArrayList<>();
        List<String> pids = new ArrayList<>();
        List<String> places = new ArrayList<>();
        String container = "";
        for (String entry : Files.readString(log).split("===\n")) {
            List<String> lines = entry.lines().toList();
            names.add(lines.get(0));
            if (lines.get(0).equals("program")) {
                container = lines.get(1);
                continue;
            }
            JsonNode state = Schema.tree(String.join("\n", lines.subList(1, lines.size() - 2)));
            assertEquals(Set.of(), Schema.state().errors(state.toString()));
            assertEquals("hooks", state.get("id").asText());
            assertEquals("value", state.at("/annotations/com.example.key").asText());
            statuses.add(state.get("status").asText());
            pids.add(state.path("pid").asText());
            String namespace = lines.get(lines.size() - 2);
            places.add((namespace.equals(own) ? "host" : "container") + " " + lines.get(lines.size() - 1));
        }
        assertEquals(
                List.of(
                        "prestart-1",
                        "prestart-2",
                        "createRuntime",
                        "createContainer",
                        "startContainer-1",
                        "startContainer-2",
                        "poststart",
                        "program",
                        "poststop"),
                names);
        assertEquals(
                List.of("creating", "creating", "creating", "creating", "created", "created", "running", "stopped"),
                statuses);
        assertEquals(
                List.of(
                        "host in-host",
                        "host in-host",
                        "host in-host",
                        "container in-host",
                        "container in-root",
                        "container in-root",
                        "host in-host",
                        "host in-host"),
                places);
        assertEquals(List.of("" + holder, "" + holder, "" + holder, "1", "1", "1"), pids.subList(0, 6));
        assertEquals("", pids.get(7));
        assertFalse(container.equals(own));
    }

    /** A container that shares the directory of temporary files could put others in the place of those that have names. */
    @Test
    void whatHooksOfTheHostReadAndWriteHasNoName() throws Exception {
        Path log = directory.resolve("log");
        Bundles bundle = Bundles.of(directory);
        for (String point : List.of("prestart", "createRuntime", "poststart", "poststop")) {
            bundle.hook(point, "readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 >> " + log);
        }
        try (OciContainer container =
                OciContainer.create("nameless", bundle.script("true").load())) {
            container.start().waitForReport();
        }
        List<String> names = Files.readAllLines(log);
        assertEquals(
                4, names.stream().filter(name -> name.startsWith("/memfd:")).count(), names.toString());
        assertEquals(4, names.stream().filter(name -> name.startsWith("pipe:[")).count(), names.toString());
        assertEquals(
                4, names.stream().filter(name -> name.equals(log.toString())).count(), names.toString());
    }

    /** Nor does what a hook leaves behind keep anybody waiting, or fail by writing on. */
    @Test
    void whatAHookSaysIsReadWithABound() throws Exception {
        Path log = directory.resolve("log");
        Path left = directory.resolve("left");
        String much = "head -c 64000000 /dev/zero >&2";
        Bundles bundle = Bundles.of(directory)
                .hook("createRuntime", much + "; stat -L -c %s /proc/self/fd/2 > " + log)
                .hook(
                        "prestart",
                        "(while test ! -e " + log + "; do sleep .1; done; " + much + " && echo on > " + left + ") &");
        try (OciContainer container =
                OciContainer.create("talks", bundle.script("true").load())) {
            assertEquals("0\n", Files.readString(log), "kept of what was said");
            container.start().waitForReport();
        }
        assertTrue(Await.within(Duration.ofSeconds(60), () -> Files.exists(left)));
        bundle.hook("createRuntime", "echo why it; " + much + "; exit 3");
        OciBundle loaded = bundle.load();
        String message = assertThrows(OciHookException.class, () -> OciContainer.create("fails", loaded))
                .getMessage();
        assertTrue(message.contains("ended with 3: why it") && message.length() < 10_000, message);
    }

    @Test
    void hooksGetNoEnvironmentOfTheContainer() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.process().withArray("env").add("LD_PRELOAD=/evil.so").add("EVIL=1");
        for (String point : List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")) {
            bundle.hookOf(point, "/bin/sh", "-c", "test -z \"$EVIL$LD_PRELOAD$HOME\" && test \"$KEY\" = value")
                    .putArray("env")
                    .add("KEY=value");
        }
        Path log = directory.resolve("log");
        bundle.hook("poststop", "echo \"<$EVIL>\" > " + log);
        try (OciContainer container =
                OciContainer.create("clean", bundle.script("echo $EVIL").load())) {
            assertEquals("1", container.start().inputReader().readLine(), "the program has it");
        }
        assertEquals("<>\n", Files.readString(log));
    }

    @Test
    void aHookMountsForTheContainer() throws Exception {
        Bundles bundle = Bundles.of(directory);
        HostProgram.sh("mkdir $1/made", bundle.rootfs().toString());
        // Beneath the root that is about to become the root, and in the container's mount namespace alone.
        bundle.hook(
                        "createContainer",
                        "mount -t tmpfs -o size=1m hook /tmp && echo ok > /tmp/proof && test -e /tmp/proof")
                .script("test -e /tmp/proof; echo $?; grep -c ' hook ' /proc/self/mountinfo");
        try (OciContainer container = OciContainer.create("mounting", bundle.load())) {
            SandboxProcess process = container.start();
            assertEquals("1\n0", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        }
        assertFalse(Files.exists(Path.of("/tmp/proof")), "the host has not seen it");
    }

    @Test
    void aHookThatFailsEndsTheContainer() throws Exception {
        for (String point : List.of("prestart", "createRuntime", "createContainer")) {
            Path parent = Files.createDirectory(directory.resolve(point));
            Path log = parent.resolve("log");
            Bundles bundle = Bundles.of(parent)
                    .hook(point, "echo went wrong >&2; exit 7")
                    .hook("poststop", "echo poststop >> " + log);
            OciBundle loaded = bundle.script("true").load();
            OciHookException failure =
                    assertThrows(OciHookException.class, () -> OciContainer.create("failing", loaded));
            assertEquals(point, failure.point().field());
            assertTrue(failure.getMessage().contains("ended with 7: went wrong"), failure.getMessage());
            assertEquals("poststop\n", Files.readString(log));
            assertTrue(OciContainer.find("failing").isEmpty());
        }
        for (String point : List.of("startContainer", "poststart")) {
            Path parent = Files.createDirectory(directory.resolve(point));
            Path log = parent.resolve("log");
            OciBundle loaded = Bundles.of(parent)
                    .hook(point, "exit 9")
                    .hook("poststop", "echo poststop >> " + log)
                    .script("sleep 60")
                    .load();
            OciContainer container = OciContainer.create("failing", loaded);
            OciHookException failure = assertThrows(OciHookException.class, container::start);
            assertEquals(point, failure.point().field());
            assertEquals("poststop\n", Files.readString(log));
            assertThrows(IllegalStateException.class, container::state);
        }
    }

    @Test
    void hooksThatTakeTooLong() throws Exception {
        for (String point : List.of("createRuntime", "createContainer", "startContainer")) {
            Bundles bundle = Bundles.of(Files.createDirectory(directory.resolve(point)));
            bundle.hookOf(point, "/bin/sh", "-c", "sleep 50; true").put("timeout", 1);
            OciBundle loaded = bundle.script("true").load();
            long before = System.nanoTime();
            OciHookException failure = assertThrows(OciHookException.class, () -> {
                try (OciContainer container = OciContainer.create("slow", loaded)) {
                    container.start();
                }
            });
            assertTrue(failure.getMessage().contains("more than 1 seconds"), failure.getMessage());
            assertTrue(Duration.ofNanos(System.nanoTime() - before).compareTo(Duration.ofSeconds(20)) < 0);
        }
    }

    @Test
    void aHookThatIsNotThere() throws Exception {
        for (String point : List.of("createRuntime", "createContainer", "startContainer")) {
            Bundles bundle = Bundles.of(Files.createDirectory(directory.resolve(point)));
            bundle.hookOf(point, "/no/such/hook");
            OciBundle loaded = bundle.script("true").load();
            OciHookException failure = assertThrows(OciHookException.class, () -> {
                try (OciContainer container = OciContainer.create("missing", loaded)) {
                    container.start();
                }
            });
            assertTrue(failure.getMessage().contains("/no/such/hook"), failure.getMessage());
            assertEquals(
                    point.equals("createRuntime"),
                    failure.getMessage().contains("programs of the host"),
                    failure.getMessage());
        }
    }

    /** Of a JVM with its own temporary files, or locale. */
    static final class Creates {
        public static void main(String[] arguments) throws Exception {
            try (OciContainer container = OciContainer.create("placeless", OciBundle.load(Path.of(arguments[0])))) {
                System.out.println("created " + container);
            }
        }
    }

    @Test
    void hooksNeedNoTemporaryFiles() throws Exception {
        Path log = directory.resolve("log");
        Bundles bundle = Bundles.of(directory).hook("createRuntime", "true").hook("poststop", "echo first >> " + log);
        bundle.hookOf("poststop", "/bin/sh", "-c", "echo second >> " + log)
                .putArray("args")
                .add("other")
                .add("-c")
                .add("echo second >> " + log);
        Path config = bundle.script("true").load().directory();
        HostProgram.Result result = HostProgram.run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + directory.resolve("missing"),
                "-Djna.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Creates.class.getName(),
                config.toString());
        assertTrue(result.out().startsWith("created"), result.toString());
        assertEquals("first\nsecond\n", Files.readString(log));
    }

    /** Where the locale has no such letters. */
    @Test
    void hooksGetTheirTextsInEveryLocale() throws Exception {
        Path log = directory.resolve("log");
        Bundles bundle = Bundles.of(directory);
        bundle.hookOf("createRuntime", "/bin/sh", "-c", "printf '\u00fc %s' \"$KEY\" > " + log)
                .putArray("env")
                .add("KEY=\u4e2d");
        Path config = bundle.script("true").load().directory();
        HostProgram.Result result = HostProgram.run(
                "/usr/bin/env",
                "LC_ALL=C",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djna.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Creates.class.getName(),
                config.toString());
        assertTrue(result.out().startsWith("created"), result.toString());
        assertEquals("\u00fc \u4e2d", Files.readString(log));
    }

    @Test
    void aFailedPoststopHookIsAWarning() throws Exception {
        Path log = directory.resolve("log");
        OciBundle loaded = Bundles.of(directory)
                .hook("poststop", "exit 3")
                .hook("poststop", "echo second >> " + log)
                .script("true")
                .load();
        try (OciContainer container = OciContainer.create("warned", loaded)) {
            container.start().waitForReport();
            container.delete();
        }
        assertEquals("second\n", Files.readString(log));
    }

    @Test
    void aProgramThatIsNotThere() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.process().putArray("args").add("/no/such/program");
        try (OciContainer container = OciContainer.create("empty", bundle.load())) {
            assertThrows(SandboxException.class, container::start);
            assertEquals(Status.STOPPED, container.state().status());
            container.delete();
        }
    }

    @Test
    void withoutAProcessThereIsNothingToStart() throws Exception {
        Bundles bundle = Bundles.of(directory);
        bundle.config.remove("process");
        try (OciContainer container = OciContainer.create("nothing", bundle.load())) {
            assertThrows(IllegalStateException.class, container::start);
            assertEquals(Status.CREATED, container.state().status());
        }
    }

    @Test
    void whoIsKilledMeanwhileHasStopped() throws Exception {
        OciBundle loaded = Bundles.of(directory).script("true").load();
        try (OciContainer container = OciContainer.create("killed", loaded)) {
            HostProgram.sh("kill -9 " + container.state().pid().orElseThrow());
            assertTrue(
                    Await.within(Duration.ofSeconds(60), () -> container.state().status() == Status.STOPPED));
            assertThrows(IllegalStateException.class, container::start);
        }
    }

    @Test
    void identifiers() throws Exception {
        OciBundle loaded = Bundles.of(directory).script("true").load();
        for (String id : List.of("", "a/b", "..", "x y", "a\n", "x".repeat(256))) {
            assertThrows(IllegalArgumentException.class, () -> OciContainer.create(id, loaded));
        }
    }
}
