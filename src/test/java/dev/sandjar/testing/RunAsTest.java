package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code run-as begin} and {@code finish}, with a Java machine that only ends: whatever becomes of it, the build hears of it. */
class RunAsTest {
    private static final Path SCRIPT = Path.of("src/test/scripts/run-as");
    private static final int SECONDS = 60;

    /** What finish says where the run was in the background, and has left no word. */
    private static final int GONE = 2;

    @TempDir
    Path project;

    private Path script;
    private Path output;

    @BeforeEach
    void makeProject() throws IOException {
        script = project.resolve("src/test/scripts/run-as");
        output = project.resolve("output");
        Files.createDirectories(script.getParent());
        Files.copy(SCRIPT, script);
        for (String directory : new String[] {"classes", "test-classes", "test-lib", "native"}) {
            Files.createDirectories(project.resolve("target").resolve(directory));
        }
    }

    private record Outcome(int status, String said) {}

    /** Runs the tests in the background and waits for them, as the build does, with a Java machine that does {@code work}. */
    private Outcome outcome(String work) throws IOException, InterruptedException {
        Path java = project.resolve("jdk/bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\ncase $* in *-version*) exit 0 ;; esac\n" + work + "\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        String build =
                """
                if test "$(id -u)" -eq 0; then identity=root; else identity=unprivileged; fi
                "$1" begin "$identity" && "$1" finish "$identity"
                """;
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", build, "build", script.toString());
        builder.environment().put("JAVA_HOME", project.resolve("jdk").toString());
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), () -> "it still waits after " + said());
            return new Outcome(process.exitValue(), said());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private String said() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @Timeout(2 * SECONDS)
    void aRunThatFailsIsTold() throws Exception {
        Outcome outcome = outcome("echo about a failure; exit 3");
        assertTrue(outcome.status != 0, outcome.said);
        assertTrue(outcome.said.contains("about a failure"), outcome.said);
        assertTrue(outcome.said.contains("FAILED (3)"), outcome.said);
    }

    /** A Java machine whose tests fail in these classes the first time, and pass when one of them is asked for. */
    private static String failsOnceIn(String... classes) {
        return """
                list=
                for argument; do
                    case $argument in
                        -Dsandjar.test.failed=*) list=${argument#*=} ;;
                        dev.sandjar.*IT) echo "alone: $argument"; exit 0 ;;
                    esac
                done
                printf '%%s\\n' %s >"$list"
                exit 1
                """
                .formatted(String.join(" ", classes));
    }

    @Test
    @Timeout(2 * SECONDS)
    void whatFailedIsTriedOnceMoreAlone() throws Exception {
        Outcome outcome = outcome(failsOnceIn("dev.sandjar.life.FirstIT", "dev.sandjar.life.SecondIT"));
        assertEquals(0, outcome.status, outcome.said);
        assertTrue(outcome.said.contains("alone: dev.sandjar.life.FirstIT"), outcome.said);
        assertTrue(
                outcome.said.contains(
                        "UNSTABLE, failed once and passed alone: dev.sandjar.life.FirstIT dev.sandjar.life.SecondIT"),
                outcome.said);
    }

    @Test
    @Timeout(2 * SECONDS)
    void moreThanTwoClassesAreNotTriedAgain() throws Exception {
        Outcome outcome = outcome(
                failsOnceIn("dev.sandjar.life.FirstIT", "dev.sandjar.life.SecondIT", "dev.sandjar.life.ThirdIT"));
        assertTrue(outcome.status != 0, outcome.said);
        assertTrue(!outcome.said.contains("UNSTABLE"), outcome.said);
    }

    @Test
    @Timeout(2 * SECONDS)
    void anAttackIsNotTriedAgain() throws Exception {
        Outcome outcome = outcome(failsOnceIn("dev.sandjar.attack.SomeIT"));
        assertTrue(outcome.status != 0, outcome.said);
        assertTrue(!outcome.said.contains("UNSTABLE"), outcome.said);
    }

    @Test
    @Timeout(2 * SECONDS)
    void aRunThatPassesIsTold() throws Exception {
        Outcome outcome = outcome("exit 0");
        assertEquals(0, outcome.status, outcome.said);
        assertTrue(outcome.said.contains(": passed"), outcome.said);
    }

    /** All that is in the background is killed at once, as by the kernel when memory runs out. */
    @Test
    @Timeout(2 * SECONDS)
    void aRunThatIsKilledIsTold() throws Exception {
        String kill =
                """
                beside=%s/target/identity-reports/beside
                until test -s $beside/caller; do test -d $beside || exit 4; done
                top=$(cd ../.. && pwd)
                case $top in /tmp/sandjar-run-as.*) cd / && rm -rf "$top" ;; esac
                kill -KILL "-$(cat $beside/supervisor)"
                """
                        .formatted(project);
        Outcome outcome = outcome(kill);
        // Where there is one processor, nothing is in the background.
        boolean beside = outcome.said.contains("has begun beside this run");
        assertEquals(beside ? GONE : 4, outcome.status, outcome.said);
        assertTrue(!beside || outcome.said.contains("is gone"), outcome.said);
    }
}
