package dev.sandjar.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What engines are told of the runtime, and that nothing else of their files changes. */
class RuntimeInstallerTest {
    private static final String PROGRAM = "/opt/a \"b\"/sandjar-oci";

    @TempDir
    Path etc;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String action, String how, String... engines) {
        List<String> words = new ArrayList<>(List.of(action, PROGRAM, how, "sandjar", etc.toString()));
        words.addAll(List.of(engines));
        out.reset();
        err.reset();
        return RuntimeInstaller.run(words, new PrintStream(out, true), new PrintStream(err, true));
    }

    private Path file(String name, String text) throws Exception {
        Path file = etc.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private String error() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\n}\n\n",
                "{\"debug\":true}",
                "{\n  \"debug\" : true ,\n\t\"log-level\":\"info\"}\n",
                "{\"runtimes\":{}}",
                "{\"a\":1,\"runtimes\" : {\"other\":{\"path\":\"/usr/bin/other\",\"runtimeArgs\":[\"--x\"]}}, \"z\": [1]}"
            })
    void dockersFileIsAsItWasAfterwards(String before) throws Exception {
        Path file = file("docker/daemon.json", before);
        assertEquals(0, run("install", "write", "docker"), error());
        JsonNode after = Schema.tree(Files.readString(file));
        assertEquals(
                PROGRAM, after.path("runtimes").path("sandjar").path("path").asText());
        assertEquals(0, run("install", "write", "docker"), "again");
        assertTrue(out.toString().contains("has it already"), out.toString());
        assertEquals(0, run("uninstall", "write", "docker"), error());
        assertEquals(before, Files.readString(file));
        assertEquals(0, run("uninstall", "write", "docker"));
        assertTrue(out.toString().contains("does not have it"), out.toString());
    }

    @Test
    void whatOthersSayIsLeftAlone() throws Exception {
        String other = "{\"runtimes\":{\"sandjar\":{\"path\":\"/somewhere/else\"}}}";
        Path file = file("docker/daemon.json", other);
        assertEquals(1, run("install", "write", "docker"));
        assertTrue(error().contains("another runtime of the name sandjar"), error());
        assertEquals(1, run("uninstall", "write", "docker"));
        assertEquals(other, Files.readString(file));

        // The name is in the text before its place.
        String hidden = "{\"labels\":{\"runtimes\":{\"x\":\"y\"}},\"runtimes\":{\"r\":{\"path\":\"/r\"}}}";
        Files.writeString(file, hidden);
        assertEquals(1, run("install", "write", "docker"));
        assertEquals(hidden, Files.readString(file));

        Files.writeString(file, "{ no JSON");
        assertEquals(1, run("install", "write", "docker"));
        assertEquals("{ no JSON", Files.readString(file));
    }

    @Test
    void whatWasWrittenAndThenChangedIsNotGuessedAt() throws Exception {
        Path file = file("docker/daemon.json", "{\"debug\": true}");
        assertEquals(0, run("install", "write", "docker"));
        String changed = Files.readString(file).replace("\"sandjar\": {", "\"sandjar\":   {");
        Files.writeString(file, changed);
        assertEquals(1, run("uninstall", "write", "docker"));
        assertTrue(error().contains("has been changed since"), error());
        assertEquals(changed, Files.readString(file));
    }

    @Test
    void filesThatWereNotThereAreNotThereAfterwards() throws Exception {
        for (String engine : List.of("docker", "containerd", "containers", "crio")) {
            Files.createDirectory(etc.resolve(engine));
        }
        List<Path> files = List.of(
                etc.resolve("docker/daemon.json"),
                etc.resolve("containerd/config.toml"),
                etc.resolve("containers/containers.conf.d/sandjar.conf"),
                etc.resolve("crio/crio.conf.d/50-sandjar.conf"));
        assertEquals(0, run("install", "print"));
        for (Path file : files) {
            assertFalse(Files.exists(file), "nothing is written: " + file);
            assertTrue(out.toString().contains(file + " becomes"), out.toString());
        }
        assertTrue(out.toString().contains("kind: RuntimeClass"), out.toString());
        assertEquals(0, run("install", "write"), error());
        for (Path file : files) {
            assertTrue(Files.readString(file).contains("/opt/a \\\"b\\\"/sandjar-oci"), Files.readString(file));
            assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        assertEquals(0, run("uninstall", "write"), error());
        for (Path file : files) {
            assertFalse(Files.exists(file), file.toString());
        }
    }

    @Test
    void containerdsFileHasItBehindWhatIsThere() throws Exception {
        String before =
                "version = 2\n[plugins]\n  [plugins.\"io.containerd.grpc.v1.cri\"]\n    sandbox_image = \"x\"\n";
        Path file = file("containerd/config.toml", before);
        assertEquals(0, run("install", "write", "containerd"), error());
        String after = Files.readString(file);
        assertTrue(after.startsWith(before), after);
        assertTrue(after.contains("[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.sandjar]"), after);
        assertEquals(0, run("uninstall", "write", "containerd"));
        assertEquals(before, Files.readString(file));

        Files.writeString(file, "version = 3\n");
        assertEquals(0, run("install", "write", "containerd"));
        assertTrue(Files.readString(file)
                .contains("[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.sandjar.options]"));
        Files.writeString(file, "[plugins]\n");
        assertEquals(1, run("install", "write", "containerd"), "tables have other names in version 1");
        assertEquals("[plugins]\n", Files.readString(file));
    }

    @Test
    void wrongUseIsRefused() {
        assertEquals(2, run("install", "write", "lxd"));
        assertEquals(
                2,
                RuntimeInstaller.run(
                        List.of("install", PROGRAM, "write", "A/b", etc.toString()),
                        new PrintStream(out, true),
                        new PrintStream(err, true)));
    }

    @Test
    void anEngineThatIsNotThereIsToldNothing() {
        assertEquals(0, run("install", "write"));
        assertEquals(List.of(), List.of(etc.toFile().list()));
    }
}
