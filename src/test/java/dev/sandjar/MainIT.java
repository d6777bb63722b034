package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line tells of attacks that do get through. */
@KernelTest
class MainIT {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int verify(boolean json) {
        return Main.verify(
                // Nothing is isolated.
                () -> Sandbox.builder().build().verify(),
                json,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void whatIsExposedEndsWithThree() {
        assertEquals(3, verify(false), err::toString);
        String table = out.toString(StandardCharsets.UTF_8);
        assertTrue(table.lines().anyMatch(line -> line.matches(" +EXPOSED +host-file .*")), table);
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    private int run(String... args) {
        err.reset();
        return Main.run(
                List.of(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void runEndsAsItsProgramDoes(@TempDir Path directory) throws Exception {
        assertEquals(7, run("run", "--", "sh", "-c", "test $(id -u) = 1000 && exit 7"));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        assertEquals(0, run("run", "--json", "--", "true"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("{\"verdict\": \"EXITED\", \"exitValue\": 0, "));
        assertEquals(125, run("run", "--", "no-such-program"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("no-such-program"));
        Path policy = Files.writeString(
                directory.resolve("policy.json"),
                Sandbox.untrusted().timeout(Duration.ofMillis(300)).build().toJson());
        assertEquals(137, run("run", "--policy", policy.toString(), "--json", "--", "sleep", "1000"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("TIMED_OUT"));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void whatWasLearnedIsEnough(@TempDir Path directory) throws Exception {
        Path profile = directory.resolve("profile.json");
        assertEquals(7, run("learn", "--profile", profile.toString(), "--", "sh", "-c", "mkdir /tmp/x && exit 7"));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        Sandbox learned = Sandbox.untrusted()
                .seccomp(SeccompProfile.fromJson(Files.readString(profile)))
                .build();
        assertEquals(7, learned.run("sh", "-c", "mkdir /tmp/x && exit 7").exitValue());
        assertNotEquals(0, learned.run("sh", "-c", "chmod 700 /tmp").exitValue(), "it did nothing of the kind");
        // Nobody's file is written over, and nothing runs for that.
        String before = Files.readString(profile);
        Path shared = Files.createDirectory(directory.resolve("shared"));
        HostProgram.sh("chmod 777 \"$1\" && chmod 755 \"$1/..\"", shared.toString());
        String policy = Files.writeString(
                        directory.resolve("policy.json"),
                        Sandbox.untrusted().bind(shared, "/shared").build().toJson())
                .toString();
        String[] words = {"learn", "--policy", policy, "--profile", profile.toString(), "--", "touch", "/shared/ran"};
        assertEquals(125, run(words));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("exists already"), err::toString);
        assertEquals(before, Files.readString(profile));
        assertFalse(Files.exists(shared.resolve("ran")));
        Files.delete(profile);
        assertEquals(0, run(words), err::toString);
        assertTrue(Files.exists(shared.resolve("ran")), "the control");
        // Of a program that can't be started there is nothing to keep.
        Path other = directory.resolve("other.json");
        assertEquals(125, run("learn", "--profile", other.toString(), "--", "no-such-program"));
        assertFalse(Files.exists(other));
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void explainSaysWhatThePolicyBecomes(@TempDir Path directory) throws Exception {
        assertEquals(0, run("explain"), err::toString);
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("PID namespace"), out::toString);
        out.reset();
        Path policy = Files.writeString(
                directory.resolve("policy.json"),
                Sandbox.builder().userNamespace().build().toJson());
        System.setProperty("sandjar.withoutNamespaces", "true");
        try {
            assertEquals(1, run("explain", "--json", "--policy", policy.toString()), err::toString);
        } finally {
            System.clearProperty("sandjar.withoutNamespaces");
        }
        JsonNode root = new ObjectMapper().readTree(out.toByteArray());
        assertFalse(root.get("possible").asBoolean(), root::toString);
        assertTrue(root.get("entries").findValuesAsText("outcome").contains("IMPOSSIBLE"), root::toString);
    }

    @Test
    @NeedsHost({Feature.USERNS, Feature.PROC})
    void freezeMakesAJdkWhoseJavaIsInASandbox(@TempDir Path directory) throws Exception {
        Path jdk = Path.of(System.getProperty("java.home")).toRealPath();
        Path plan = directory.resolve("it's.plan");
        Path home = directory.resolve("jdk of 'sandboxes'");
        Path policy = Files.writeString(
                directory.resolve("policy.json"),
                Sandbox.untrusted()
                        .without(Limit.values())
                        .bindReadOnly(jdk, jdk.toString())
                        .bindReadOnly(directory, directory.toString())
                        .build()
                        .toJson());
        String[] words = {
            "freeze", "--policy", policy.toString(), "--plan", plan.toString(), "--java-home", home.toString()
        };
        assertEquals(0, run(words), err::toString);
        Path source = Files.writeString(
                directory.resolve("Where.java"),
                "public class Where { public static void main(String[] args) throws Exception {"
                        + " System.out.println(ProcessHandle.current().pid() + \" \" + System.getenv(\"HOME\") + \" \""
                        + " + java.nio.file.Path.of(\"\").toAbsolutePath()); System.exit(args.length); } }");
        Process java = new ProcessBuilder(home.resolve("bin/java").toString(), source.toString(), "a", "b c")
                .directory(directory.toFile())
                .start();
        String said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(2, java.waitFor(), () -> said + java.errorReader().lines().toList());
        // Of the first processes of its PID namespace, where the caller was.
        assertTrue(said.matches("[2-9] /tmp .*") && said.endsWith(" " + directory.toRealPath()), said);
        assertTrue(Files.exists(home.resolve("lib")) && Files.exists(home.resolve("bin/javac")));
        assertEquals(1, run(words));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("exists already"), err::toString);
    }

    @Test
    void inJsonToo() {
        assertEquals(3, verify(true), err::toString);
        String json = out.toString(StandardCharsets.UTF_8);
        assertTrue(json.contains("\"contained\" : false"), json);
        assertTrue(json.contains("\"grade\" : \"exposed\""), json);
    }
}
