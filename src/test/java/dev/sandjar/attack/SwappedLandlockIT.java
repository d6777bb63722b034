package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.Isolation;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Without namespaces, when somebody puts a link in the place of what is bound: the rule is not for where that leads. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.LANDLOCK})
@Timeout(value = 4, unit = TimeUnit.MINUTES) // however busy the machine
class SwappedLandlockIT {
    private static final String SECRET = "SECRET\n";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private String before;

    @BeforeEach
    void begin() throws Exception {
        before = System.getProperty("sandjar.withoutNamespaces");
        assumeFalse(
                Feature.MAPPED_ROOT.isPresent(),
                "SKIPPED: root of a user namespace may not become the user of the preset, as setgroups(2) is denied there");
        // The program may be another user than this one.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        // Links there are a guest's from now on.
        Sandbox.untrusted()
                .allowDegraded(Isolation.CGROUP_LIMITS)
                .bind(directory, "/lent")
                .build()
                .run("true")
                .orThrow();
        System.setProperty("sandjar.withoutNamespaces", "true");
    }

    @AfterEach
    void end() {
        if (before == null) {
            System.clearProperty("sandjar.withoutNamespaces");
        } else {
            System.setProperty("sandjar.withoutNamespaces", before);
        }
    }

    private static Sandbox sandbox(Path bound) {
        return Sandbox.untrusted()
                .allowDegraded(Isolation.values())
                .bind(bound, bound.toString())
                .workingDirectory("/")
                .build();
    }

    @Test
    void whatIsSwappedIsNotOpened() throws Exception {
        Path place = Files.createDirectory(directory.resolve("place"));
        Path aside = directory.resolve("aside");
        Path own = Files.createDirectory(directory.resolve("own"));
        Path key = Files.writeString(own.resolve("key"), SECRET);
        Files.writeString(place.resolve("given"), "given\n");
        Sandbox sandbox = sandbox(place);
        assertEquals("given\n", sandbox.run("cat", place + "/given").orThrow().stdout());
        assertEquals("", sandbox.run("cat", key.toString()).stdout(), "no rule lets it be read");
        assertEquals(
                SECRET, sandbox(own).run("cat", key.toString()).orThrow().stdout(), "the control: a rule for it does");

        // All has been decided once a start waits for the launcher, which is not to open anything before the place is
        // another.
        long launcher = Launcher.get().pid();
        AtomicReference<String> seen = new AtomicReference<>("");
        Thread start = new Thread(() -> seen.set(read(sandbox, key)));
        signal(launcher, "STOP");
        try {
            start.start();
            assertTrue(Await.within(PATIENCE, () -> waitsForTheLauncher(start)), "nothing was asked of the launcher");
            Files.move(place, aside);
            Files.createSymbolicLink(place, own);
        } finally {
            signal(launcher, "CONT");
        }
        start.join(PATIENCE.toMillis());
        assertFalse(seen.get().contains("SECRET"), seen.get());
        assertTrue(seen.get().contains("ELOOP"), seen.get());
        Files.delete(place);
        Files.move(aside, place);
        assertEquals("given\n", sandbox.run("cat", place + "/given").orThrow().stdout());
    }

    private static String read(Sandbox sandbox, Path file) {
        try {
            return sandbox.run("cat", file.toString()).stdout();
        } catch (SandboxException e) {
            return String.valueOf(e.getMessage());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void signal(long pid, String name) {
        HostProgram.sh("kill -" + name + " " + pid);
    }

    private static boolean waitsForTheLauncher(Thread thread) {
        return thread.getState() == Thread.State.WAITING
                && Stream.of(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(Launcher.class.getName()));
    }
}
