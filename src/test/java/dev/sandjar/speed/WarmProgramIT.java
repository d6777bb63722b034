package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Descriptor;
import dev.sandjar.ExitReport;
import dev.sandjar.Limit;
import dev.sandjar.Rlimit;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs whose process was there before them: nobody can tell, but for the time that it takes. */
@KernelTest
@NeedsHost(Feature.USERNS)
class WarmProgramIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @BeforeEach
    void noneMadeAhead() throws Exception {
        Launcher.get().trim();
        int launcher = Launcher.get().pid();
        assertTrue(Await.within(PATIENCE, () -> children(launcher).isEmpty()));
    }

    private static List<ProcessHandle> children(int launcher) {
        return ProcessHandle.of(launcher)
                .orElseThrow()
                .children()
                .filter(child -> !Templates.is(child))
                .toList();
    }

    private static List<ProcessHandle> waiting() throws IOException {
        return children(Launcher.get().pid()).stream()
                .flatMap(ProcessHandle::children)
                .filter(Templates::isParked)
                .toList();
    }

    private static int count() {
        try {
            return waiting().size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A pool of one, whose sandbox has a warm process, or whose sandbox has none. */
    private static SandboxPool pool(Sandbox sandbox, boolean warm) throws Exception {
        SandboxPool pool = sandbox.pool(1);
        try {
            filled(pool);
            // It gets its name a moment after it is there.
            boolean seen = warm && Await.within(PATIENCE, () -> count() == 1);
            assertEquals(warm, seen);
            assertTrue(warm || count() == 0);
            return pool;
        } catch (RuntimeException | Error e) {
            pool.close();
            throw e;
        }
    }

    private static void filled(SandboxPool pool) {
        assertTrue(Await.within(PATIENCE, () -> pool.ready() == pool.size()), () -> pool.ready() + " are ready");
    }

    private static SandboxBuilder bare() {
        return Sandbox.untrusted().without(Limit.values());
    }

    @Test
    void whatGoesWrongIsToldInTheSameWords() throws Exception {
        Sandbox sandbox = bare().warm(0).build();
        List<Command> wrong = List.of(
                Command.of("/nowhere"),
                Command.of("no-such-program"),
                Command.of("/etc/passwd"),
                Command.of("/usr"),
                Command.of("true").directory("/nowhere"),
                Command.of("true").directory("/etc/passwd"),
                Command.of("x".repeat(300)));
        try (SandboxPool pool = pool(sandbox, true)) {
            for (Command command : wrong) {
                SandboxException expected = assertThrows(SandboxException.class, () -> sandbox.start(command));
                filled(pool);
                SandboxException told = assertThrows(SandboxException.class, () -> pool.start(command));
                assertEquals(expected.getMessage(), told.getMessage());
                filled(pool);
            }
        }
    }

    @Test
    void largeRequestsAndDescriptorsArrive(@TempDir Path directory) throws Exception {
        String large = "a".repeat(100_000);
        Path file = Files.writeString(directory.resolve("in"), "from a file");
        try (SandboxPool pool = pool(bare().build(), true)) {
            RunResult result = pool.run("sh", "-c", "echo ${#1} ${#2}", "sh", large, large);
            assertEquals("100000 100000\n", result.stdout());
            filled(pool);
            Command command = Command.of(
                            "sh",
                            "-c",
                            "cat <&$SANDJAR_FD_IN; cat; echo out >&$SANDJAR_FD_OUT; ls /proc/self/fd | wc -l")
                    .descriptor("in", Descriptor.pipeIn())
                    .descriptor("out", Descriptor.pipeOut())
                    .stdin(ProcessBuilder.Redirect.from(file.toFile()));
            try (SandboxProcess process = pool.start(command)) {
                process.descriptorOutput("in").write("through a pipe, ".getBytes(StandardCharsets.UTF_8));
                process.descriptorOutput("in").close();
                // 0, 1, 2, the two, and the directory that is read
                assertEquals(
                        "through a pipe, from a file6\n",
                        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                assertEquals(
                        "out\n", new String(process.descriptorInput("out").readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void aTerminalGetsAProcessOfItsOwn() throws Exception {
        try (SandboxPool pool = pool(bare().build(), true);
                SandboxProcess process =
                        pool.start(Command.of("sh", "-c", "tty; test -t 0").pty(24, 80))) {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(said.startsWith("/dev/pts/"), said);
            assertEquals(0, process.waitFor());
        }
    }

    @Test
    void boundsBeginWithTheProgram() throws Exception {
        Duration time = Duration.ofMillis(700);
        try (SandboxPool pool = pool(bare().timeout(time).build(), true)) {
            long made = System.nanoTime();
            assertTrue(Await.within(PATIENCE, () -> System.nanoTime() - made > time.toNanos()));
            ExitReport report = pool.run("sleep", "30").report();
            assertEquals(Verdict.TIMED_OUT, report.verdict());
            assertTrue(report.usage().wallTime().toMillis() >= 600, report::toString);
            assertTrue(report.usage().wallTime().toMillis() < 15_000, report::toString);
        }
        try (SandboxPool pool = pool(bare().outputLimit(DataSize.kibibytes(64)).build(), true)) {
            assertEquals(
                    Verdict.OUTPUT_LIMIT_EXCEEDED,
                    pool.run("sh", "-c", "cat /dev/zero").report().verdict());
            filled(pool);
            ExitReport quick = pool.run("true").report();
            assertTrue(
                    quick.steps().stream().anyMatch(step -> step.name().equals("execute the program")),
                    quick::toString);
        }
    }

    @Test
    void clocksOfItsOwnDoNotChangeHowLongItRan() throws Exception {
        Sandbox sandbox = bare().namespaces(n ->
                        n.clockOffsets(Duration.ofDays(100), Duration.ofDays(-1).plusDays(2)))
                .build();
        try (SandboxPool pool = pool(sandbox, true)) {
            ExitReport report = pool.run("sleep", "0.3").report();
            long millis = report.usage().wallTime().toMillis();
            assertTrue(millis >= 290 && millis < 15_000, report::toString);
        }
    }

    @Test
    void itIsAProcessLikeAnyOther() throws Exception {
        try (SandboxPool pool = pool(bare().build(), true);
                SandboxProcess process = pool.start(Command.of("cat"))) {
            assertTrue(ProcessHandle.of(process.pid()).orElseThrow().isAlive());
            assertEquals(
                    "cat",
                    Files.readString(Path.of("/proc/" + process.pid() + "/comm"))
                            .strip());
            try (SandboxProcess further = process.exec(Command.of(
                    "sh", "-c", "for p in /proc/[0-9]*/comm; do read -r c <$p; echo $c; done | grep -c cat"))) {
                assertEquals("1\n", new String(further.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
            process.signal(Signal.TERM);
            ExitReport report = process.waitForReport();
            assertEquals(Verdict.SIGNALED, report.verdict());
            assertEquals(15, report.signal().orElseThrow().number());
        }
    }

    @Test
    void destroyingItEndsIt() throws Exception {
        try (SandboxPool pool = pool(bare().build(), true)) {
            SandboxProcess process = pool.start(Command.of("sleep", "60"));
            process.destroy();
            assertEquals(Verdict.DESTROYED, process.waitForReport().verdict());
        }
    }

    /** What a warm process has yet to do would be refused: then there is none, and nothing else is different. */
    @Test
    void whereTheFilterOrALimitIsInTheWayThereIsNone() throws Exception {
        SeccompProfile standard = SeccompProfile.standard();
        for (SandboxBuilder builder : List.of(
                bare().seccomp(standard.toBuilder().deny("sendmsg").build()),
                bare().seccomp(standard.toBuilder()
                        .rule(
                                SeccompAction.errno("EACCES"),
                                "chdir",
                                SyscallArgument.at(5).equalTo(77))
                        .build()),
                bare().process(p -> p.rlimit(Rlimit.NOFILE, 16)))) {
            try (SandboxPool pool = pool(builder.build(), false)) {
                assertEquals("on\n", pool.run("echo", "on").stdout());
            }
        }
    }

    /** By the host: it alone, while its sandbox lives. */
    @Test
    void oneThatIsKilledIsNotUsed() throws Exception {
        try (SandboxPool pool = pool(bare().build(), true)) {
            waiting().forEach(ProcessHandle::destroyForcibly);
            assertEquals("on\n", pool.run("echo", "on").stdout());
        }
    }

    @Test
    void whoIsKilledJustThenIsLostOrReplacedButNeverAwaitedForEver() throws Exception {
        Sandbox sandbox = bare().build();
        try (SandboxPool pool = sandbox.pool(4)) {
            for (int round = 0; round < 25; round++) {
                filled(pool);
                List<ProcessHandle> all = new ArrayList<>(waiting());
                CompletableFuture<Void> killer =
                        CompletableFuture.runAsync(() -> all.forEach(ProcessHandle::destroyForcibly));
                for (int i = 0; i < 2; i++) {
                    try (SandboxProcess process = pool.start(Command.of("true"))) {
                        assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
                        Verdict verdict = process.waitForReport().verdict();
                        assertTrue(
                                verdict == Verdict.EXITED || verdict == Verdict.SIGNALED || verdict == Verdict.LOST,
                                verdict::toString);
                    }
                }
                killer.join();
            }
        }
        assertFalse(sandbox.run("true").report().verdict() != Verdict.EXITED);
    }
}
