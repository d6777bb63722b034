package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.seccomp.SyscallResponse;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes that wait for their programs. */
@KernelTest
@NeedsHost(Feature.USERNS)
class PoolIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @BeforeEach
    void noneMadeAhead() throws Exception {
        Launcher.get().trim();
        int launcher = Launcher.get().pid();
        assertTrue(Await.within(PATIENCE, () -> supervisors(launcher).isEmpty()));
    }

    private static List<ProcessHandle> supervisors(int launcher) {
        return ProcessHandle.of(launcher)
                .orElseThrow()
                .children()
                .filter(child -> !Templates.is(child))
                .toList();
    }

    private static void filled(SandboxPool pool) {
        assertTrue(Await.within(PATIENCE, () -> pool.ready() == pool.size()), () -> pool.ready() + " are ready");
    }

    @Test
    void eachServesOneProgram() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(2)) {
            filled(pool);
            for (int i = 0; i < 10; i++) {
                RunResult result = pool.run("sh", "-c", "ls -A /tmp; echo here > /tmp/left; echo $0 $A", "zero");
                assertEquals("zero", result.stdout().strip(), result::toString);
            }
            filled(pool);
        }
    }

    /** Nobody starts a program meanwhile, by which the pool would see it. */
    @Test
    void whatDiesWhileItWaitsIsMadeAgain() throws Exception {
        int launcher = Launcher.get().pid();
        try (SandboxPool pool = Sandbox.untrusted().build().pool(2)) {
            for (int round = 0; round < 5; round++) {
                filled(pool);
                List<ProcessHandle> before = supervisors(launcher);
                before.forEach(ProcessHandle::destroyForcibly);
                assertTrue(Await.within(PATIENCE, () -> before.stream().noneMatch(ProcessHandle::isAlive)));
                assertTrue(
                        Await.within(
                                PATIENCE,
                                () -> pool.ready() == 2 && Collections.disjoint(supervisors(launcher), before)),
                        () -> pool.ready() + " are ready");
            }
            assertEquals("on\n", pool.run("echo", "on").stdout());
        }
    }

    /** What waits is not a program: an end that was asked for is one. */
    @Test
    void noLauncherIsStartedForAPoolWhoseLauncherWasEnded() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(2)) {
            filled(pool);
            ProcessHandle launcher = ProcessHandle.of(Launcher.get().pid()).orElseThrow();
            long self = ProcessHandle.current().pid();
            Sandjar.shutdown();
            assertTrue(Await.within(PATIENCE, () -> !launcher.isAlive()));
            // Whoever waits for the ends of sandboxes hears of it a moment later.
            assertTrue(Await.within(PATIENCE, () -> pool.ready() == 0));
            // Longer than the pause before what has died is made again.
            assertFalse(Await.within(
                    Duration.ofMillis(200),
                    () -> ProcessHandle.of(self).orElseThrow().children().anyMatch(PoolIT::isLauncher)));
            assertEquals("on\n", pool.run("echo", "on").stdout());
            filled(pool);
        }
    }

    private static boolean isLauncher(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).startsWith("sandjar");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    @Test
    void whatBelongsToTheStartComesWithIt() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(1)) {
            filled(pool);
            RunResult result = pool.run(Command.of("sh", "-c", "pwd; echo $A; cat; echo bad >&2; exit 3")
                    .directory("/tmp")
                    .env("A", "b")
                    .input("in"));
            assertEquals("/tmp\nb\nin", result.stdout());
            assertEquals("bad\n", result.stderr());
            assertEquals(3, result.exitValue());
        }
    }

    @Test
    void theClockBeginsWithTheProgram() throws Exception {
        Duration time = Duration.ofMillis(700);
        try (SandboxPool pool = Sandbox.untrusted().timeout(time).build().pool(1)) {
            filled(pool);
            Thread.sleep(time.toMillis()); // what is tested is that time passes
            ExitReport report = pool.run("sleep", "60").report();
            assertEquals(Verdict.TIMED_OUT, report.verdict());
            assertTrue(report.usage().wallTime().compareTo(time.dividedBy(2)) > 0, report::toString);
        }
    }

    @Test
    void aProgramThatIsNotThereIsToldAndTheNextWorks() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(1)) {
            filled(pool);
            SandboxException e = assertThrows(SandboxException.class, () -> pool.start("/nowhere"));
            assertEquals("ENOENT", e.errnoName());
            assertEquals(0, pool.run("true").exitValue());
        }
    }

    @Test
    void whatIsBoundIsNotOlderThanTheStart(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "old");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(file, "/file").build();
        try (SandboxPool pool = sandbox.pool(2)) {
            filled(pool);
            assertEquals("old", pool.run("cat", "/file").stdout());
            filled(pool);
            Files.move(
                    Files.writeString(directory.resolve("next"), "new"),
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            for (int i = 0; i < 4; i++) {
                assertEquals("new", pool.run("cat", "/file").stdout());
            }
            filled(pool);
        }
    }

    @Test
    void handlersDecideInThemToo() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Sandbox sandbox = Sandbox.untrusted()
                .confinement(c -> c.onSyscall("uname", call -> {
                    asked.incrementAndGet();
                    return SyscallResponse.proceed();
                }))
                .build();
        try (SandboxPool pool = sandbox.pool(1)) {
            filled(pool);
            assertEquals("Linux", pool.run("uname").stdout().strip());
        }
        assertTrue(asked.get() > 0);
    }

    @Test
    void oneThatWasKilledWhileItWaitedIsReplaced() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(3)) {
            filled(pool);
            // A template has its name only a moment after it is there.
            int launcher = Launcher.get().pid();
            assertTrue(Await.within(PATIENCE, () -> supervisors(launcher).size() == 3));
            List<ProcessHandle> supervisors = supervisors(launcher);
            supervisors.forEach(ProcessHandle::destroyForcibly);
            // Others may be there so soon that nobody sees the pool empty.
            assertTrue(Await.within(PATIENCE, () -> supervisors.stream().noneMatch(ProcessHandle::isAlive)));
            assertEquals(0, pool.run("true").exitValue());
            filled(pool);
            assertTrue(
                    Collections.disjoint(supervisors, supervisors(Launcher.get().pid())));
        }
    }

    @Test
    void closingEndsThoseThatWaitAndNoOther() throws Exception {
        SandboxProcess process;
        try (SandboxPool pool = Sandbox.untrusted().build().pool(3)) {
            filled(pool);
            process = pool.start("sleep", "1000");
            filled(pool);
            pool.close();
            assertThrows(IllegalStateException.class, () -> pool.start("true"));
        }
        try (process) {
            assertTrue(process.isAlive());
            int launcher = Launcher.get().pid();
            assertTrue(Await.within(PATIENCE, () -> supervisors(launcher).size() == 1));
        }
        assertNotEquals(0, process.exitValue());
    }

    @Test
    void manyThreadsShareOne() throws Exception {
        try (SandboxPool pool = Sandbox.untrusted().build().pool(4)) {
            List<CompletableFuture<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int code = i;
                results.add(CompletableFuture.supplyAsync(() -> {
                    try {
                        return pool.run("sh", "-c", "exit " + code).exitValue();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            for (int i = 0; i < 64; i++) {
                assertEquals(i, results.get(i).get());
            }
        }
    }
}
