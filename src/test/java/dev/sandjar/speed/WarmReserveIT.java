package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SetupStep;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes that are made before they are asked for, without a pool. */
@KernelTest
@NeedsHost(Feature.USERNS)
class WarmReserveIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Less than the time without a start after which those that wait are ended. */
    private static final Duration BEFORE_THEY_END = Duration.ofSeconds(4);

    private static final int STARTS = 20;

    @BeforeEach
    void none() throws Exception {
        Launcher.get().trim();
        assertTrue(Await.within(PATIENCE, () -> waiting() == 0));
    }

    /** Supervisors that nothing runs in. */
    private static long waiting() {
        try {
            return ProcessHandle.of(Launcher.get().pid())
                    .orElseThrow()
                    .children()
                    .filter(child -> !Templates.is(child) && child.children().allMatch(Templates::isParked))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean wasMadeAhead(ExitReport report) {
        return report.steps().stream().map(SetupStep::name).noneMatch("create the namespaces"::equals);
    }

    /**
     * Returns when the next start finds one that waits. Those that wait end some seconds after the last start, which a slow machine may
     * need to make them, and one that has just ended is there for a moment still: so starts go on.
     */
    private static Sandbox used(Sandbox sandbox, int count) throws Exception {
        assertFalse(wasMadeAhead(sandbox.run("true").report()));
        boolean all = false;
        for (int i = 0; i < STARTS && !all; i++) {
            sandbox.run("true");
            all = Await.within(BEFORE_THEY_END, () -> waiting() == count)
                    && wasMadeAhead(sandbox.run("true").report())
                    && Await.within(BEFORE_THEY_END, () -> waiting() == count);
        }
        assertTrue(all, () -> waiting() + " wait");
        return sandbox;
    }

    /** After a start; further ones for the same reason. */
    private static void assertTwoWait(Sandbox sandbox) throws Exception {
        boolean two = Await.within(BEFORE_THEY_END, () -> waiting() == 2);
        for (int i = 0; i < STARTS && !two; i++) {
            sandbox.run("true");
            two = Await.within(BEFORE_THEY_END, () -> waiting() == 2);
        }
        assertTrue(two, () -> waiting() + " wait");
    }

    @Test
    void twoWaitUnlessAskedOtherwise() throws Exception {
        used(Sandbox.untrusted().build(), 2);
        none();
        used(Sandbox.untrusted().warm(5).build(), 5);
        none();
        Sandbox without = Sandbox.untrusted().warm(0).build();
        for (int i = 0; i < 4; i++) {
            assertFalse(wasMadeAhead(without.run("true").report()));
        }
        assertTrue(Await.within(PATIENCE, () -> waiting() == 0), () -> waiting() + " wait");
        assertThrows(IllegalArgumentException.class, () -> Sandbox.untrusted().warm(17));
        assertThrows(IllegalArgumentException.class, () -> Sandbox.untrusted().warm(-1));
    }

    @Test
    void eachIsUsedOnce() throws Exception {
        Sandbox sandbox = used(Sandbox.untrusted().build(), 2);
        for (int i = 0; i < 20; i++) {
            String found = Guest.sh(sandbox, "ls -A /tmp /dev/shm; echo x > /tmp/left; echo x > /dev/shm/left");
            assertFalse(found.contains("left"), found);
        }
        // Numbers of namespaces come again when these are gone: only those of sandboxes that live at once must differ.
        Set<String> seen = new HashSet<>();
        List<SandboxProcess> alive = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                SandboxProcess process = sandbox.start("sh", "-c", "readlink /proc/self/ns/mnt; exec cat");
                alive.add(process);
                String namespace = process.inputReader().readLine();
                assertTrue(namespace != null && namespace.startsWith("mnt:"), namespace);
                assertTrue(seen.add(namespace), namespace);
            }
        } finally {
            alive.forEach(SandboxProcess::close);
        }
    }

    @Test
    void manyThreadsAtOnceGetWhatTheyNeed() throws Exception {
        Sandbox sandbox = used(Sandbox.untrusted().build(), 2);
        List<CompletableFuture<Integer>> codes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int code = i;
            codes.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return sandbox.run("sh", "-c", "exit " + code).exitValue();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (int i = 0; i < 40; i++) {
            assertEquals(i, codes.get(i).get());
        }
    }

    @Test
    void oneThatIsMadeOfWhatWasReplacedIsNotUsed(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "old");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Sandbox sandbox = used(Sandbox.untrusted().bindReadOnly(file, "/file").build(), 2);
        assertEquals("old", Guest.sh(sandbox, "cat /file"));
        Path next = Files.writeString(directory.resolve("next"), "new");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        for (int i = 0; i < 5; i++) {
            assertEquals("new", Guest.sh(sandbox, "cat /file"));
        }
    }

    @Test
    void aLinkOnTheWayThatLeadsElsewhereIsFollowedAnew(@TempDir Path directory) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String version : List.of("v1", "v2")) {
            Files.writeString(Files.createDirectory(directory.resolve(version)).resolve("file"), version);
        }
        Path current = Files.createSymbolicLink(directory.resolve("current"), directory.resolve("v1"));
        Sandbox sandbox = used(Sandbox.untrusted().bindReadOnly(current, "/app").build(), 2);
        assertEquals("v1", Guest.sh(sandbox, "cat /app/file"));
        Path next = Files.createSymbolicLink(directory.resolve("next"), directory.resolve("v2"));
        Files.move(next, current, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        for (int i = 0; i < 4; i++) {
            assertEquals("v2", Guest.sh(sandbox, "cat /app/file"));
        }
    }

    @Test
    void aStartThatFailsBeforeItIsAskedForTakesNothingAlong() throws Exception {
        Sandbox sandbox = used(Sandbox.untrusted().build(), 2);
        Command command = Command.of("true").stdout(ProcessBuilder.Redirect.to(new File("/nowhere/at/all")));
        for (int i = 0; i < 3; i++) {
            assertThrows(IOException.class, () -> sandbox.start(command));
        }
        assertEquals(0, sandbox.run("true").exitValue());
        assertTwoWait(sandbox);
    }

    /** They end some seconds after the last start of their policy, which a slow machine may need for thirty: then starts go on. */
    @Test
    void allPoliciesTogetherHaveNotTooMany() throws Exception {
        List<Sandbox> policies = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            policies.add(Sandbox.untrusted().warm(10).build());
        }
        boolean filled = false;
        for (int attempt = 0; attempt < 100 && !filled; attempt++) {
            for (Sandbox policy : policies) {
                for (int n = 0; n < (attempt == 0 ? 3 : 1); n++) {
                    assertEquals(0, policy.run("true").exitValue());
                }
            }
            filled = Await.within(Duration.ofMillis(500), () -> waiting() == 30);
        }
        assertTrue(filled, () -> waiting() + " wait");
        // Thirty may have been on the way to more: then there are some of each policy.
        int ahead = 0;
        for (Sandbox policy : policies) {
            ahead += wasMadeAhead(policy.run("true").report()) ? 1 : 0;
        }
        assertTrue(ahead <= 3, "some wait of all four policies");
        assertTrue(Await.within(PATIENCE, () -> waiting() <= 30), () -> waiting() + " wait");
    }

    @Test
    @Tag("slow")
    void theyEndWhenNoStartComes() throws Exception {
        Sandbox sandbox = used(Sandbox.untrusted().build(), 2);
        assertTrue(Await.within(PATIENCE, () -> waiting() == 0), () -> waiting() + " wait");
        used(sandbox, 2);
    }

    @Test
    void whatIsKilledWhileItWaitsIsMadeAgain() throws Exception {
        Sandbox sandbox = used(Sandbox.untrusted().build(), 2);
        List<ProcessHandle> waiting = ProcessHandle.of(Launcher.get().pid())
                .orElseThrow()
                .children()
                .filter(child -> !Templates.is(child))
                .toList();
        waiting.forEach(ProcessHandle::destroyForcibly);
        assertTrue(Await.within(PATIENCE, () -> waiting.stream().noneMatch(ProcessHandle::isAlive)));
        try (SandboxProcess process = sandbox.start("true")) {
            assertEquals(0, process.waitFor());
        }
        assertTwoWait(sandbox);
    }

    /** The attacks, in one that was made ahead and in a clone of a template that was not. */
    @Test
    void attacksComeToNothing() throws Exception {
        for (Sandbox sandbox : List.of(
                used(Sandbox.untrusted().build(), 2),
                Sandbox.untrusted().warm(0).build())) {
            for (int i = 0; i < 3; i++) {
                sandbox.run("true");
            }
            assertFalse(Templates.all().isEmpty());
            Attestation attestation = sandbox.verify();
            assertTrue(attestation.isContained(), attestation::toString);
        }
    }
}
