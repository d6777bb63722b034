package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.ExitReport;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A further program in a sandbox that runs. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class ExecIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static String output(SandboxProcess process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void itIsInTheSameNamespaces(Kind kind) throws Exception {
        String script =
                "for n in user uts ipc net mnt; do readlink /proc/self/ns/$n; done; id -u; id -g; grep Cap /proc/self/status;"
                        + " grep NoNewPrivs /proc/self/status";
        try (SandboxProcess main = kind.sandbox().start("sh", "-c", script + "; echo end; cat")) {
            List<String> expected = new ArrayList<>();
            for (String line = main.inputReader().readLine(); !line.equals("end"); ) {
                expected.add(line);
                line = main.inputReader().readLine();
            }
            try (SandboxProcess more = main.exec(Command.of("sh", "-c", script))) {
                assertEquals(String.join("\n", expected), output(more));
                assertEquals(0, more.waitFor());
                assertNotEquals(main.pid(), more.pid());
            }
            assertTrue(main.isAlive());
        }
    }

    /** Nobody would write it. */
    @Test
    void inputIsForRunsOnly() throws Exception {
        Sandbox sandbox = Kind.UNTRUSTED.sandbox();
        Command command = Command.of("cat").input("hello");
        assertThrows(IllegalArgumentException.class, () -> sandbox.start(command));
        try (SandboxProcess main = sandbox.start("cat")) {
            assertThrows(IllegalArgumentException.class, () -> main.exec(command));
        }
        try (SandboxPool pool = sandbox.pool(1)) {
            assertThrows(IllegalArgumentException.class, () -> pool.start(command));
            assertEquals("hello", pool.run(command).stdout());
        }
        try (PreparedSandbox prepared = sandbox.prepare()) {
            assertThrows(IllegalArgumentException.class, () -> prepared.exec(command));
            assertEquals("hello", prepared.run(command, PATIENCE).stdout());
            assertThrows(IllegalArgumentException.class, () -> prepared.start(command));
        }
    }

    /** Nobody is there to serve them. */
    @Test
    void aRunInTheSetUpRefusesTerminalsAndPipes() throws Exception {
        List<String> told = new ArrayList<>();
        try (PreparedSandbox prepared = Kind.UNTRUSTED.sandbox().prepare(setup -> {
            Command echo = Command.of("/bin/sh", "-c", "echo hello");
            for (Command command : List.of(
                    echo.pty(24, 80),
                    echo.descriptor("out", Descriptor.pipeOut()),
                    echo.descriptor("in", Descriptor.pipeIn()))) {
                told.add(assertThrows(IllegalArgumentException.class, () -> setup.runUnconfined(command, PATIENCE))
                        .getMessage());
            }
            told.add(setup.runUnconfined(echo, PATIENCE).stdout().strip());
        })) {
            assertTrue(prepared.isWaiting());
        }
        assertEquals(4, told.size());
        assertEquals("hello", told.get(3));
    }

    /** Whatever of the sandbox is gone already at that moment: it is told in one way. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void atTheMomentOfTheEndItSaysThatTheSandboxHasEnded(Kind kind) throws Exception {
        long begin = System.nanoTime();
        for (int round = 0; round < 150 && System.nanoTime() - begin < PATIENCE.toNanos(); round++) {
            try (SandboxProcess main = kind.sandbox().start("cat")) {
                boolean killed = round % 2 == 0;
                CompletableFuture<Void> end = CompletableFuture.runAsync(() -> end(main, killed));
                SandboxException e = null;
                while (e == null) {
                    try (SandboxProcess more = main.exec(Command.of("true"))) {
                        ExitReport report = more.waitForReport();
                        assertTrue(
                                report.verdict() == Verdict.EXITED
                                        || report.verdict() == Verdict.SIGNALED
                                        || report.verdict() == Verdict.DESTROYED,
                                report::toString);
                    } catch (SandboxException told) {
                        e = told;
                    }
                }
                assertEquals("the sandbox has ended", e.reason(), e.getMessage());
                assertEquals(0, e.errno(), e.getMessage());
                end.join();
            }
        }
    }

    private static void end(SandboxProcess main, boolean killed) {
        try {
            if (killed) {
                main.destroy();
            } else {
                main.getOutputStream().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void itSeesTheOthers(Kind kind) throws Exception {
        try (SandboxProcess main =
                kind.sandbox().start("sh", "-c", "trap 'echo hit' USR1; echo $$; while :; do sleep 0.01; done")) {
            String pid = main.inputReader().readLine();
            try (SandboxProcess more = main.exec(Command.of("sh", "-c", "kill -USR1 " + pid))) {
                assertEquals(0, more.waitFor());
            }
            assertEquals("hit", main.inputReader().readLine());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void itHasItsOwnStreamsAndEnd(Kind kind) throws Exception {
        try (SandboxProcess main = kind.sandbox().start("sleep", "1000")) {
            try (SandboxProcess more = main.exec(Command.of("sh", "-c", "cat; exit 11"))) {
                more.getOutputStream().write("through\n".getBytes(StandardCharsets.UTF_8));
                more.getOutputStream().close();
                assertEquals("through", output(more));
                assertEquals(11, more.waitFor());
                assertEquals(Verdict.EXITED, more.waitForReport().verdict());
            }
            try (SandboxProcess more = main.exec(Command.of("sleep", "1000"))) {
                more.signal(Signal.TERM);
                assertEquals(Optional.of(Signal.TERM), more.waitForReport().signal());
            }
            try (SandboxProcess more = main.exec(Command.of("sleep", "1000"))) {
                more.destroy();
                assertEquals(Verdict.DESTROYED, more.waitForReport().verdict());
            }
            assertTrue(main.isAlive());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void itEndsWithTheSandbox(Kind kind) throws Exception {
        try (SandboxProcess main = kind.sandbox().start("cat");
                SandboxProcess more = main.exec(Command.of("sleep", "1000"));
                SandboxProcess third = more.exec(Command.of("sleep", "1000"))) {
            main.getOutputStream().close();
            assertEquals(0, main.waitFor());
            assertTrue(more.waitFor(Duration.ofSeconds(60)));
            assertTrue(third.waitFor(Duration.ofSeconds(60)));
            assertEquals(Verdict.SIGNALED, more.waitForReport().verdict());
            assertThrows(IOException.class, () -> main.exec(Command.of("true")));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void oneThatCantStartHurtsNobody(Kind kind) throws Exception {
        try (SandboxProcess main = kind.sandbox().start("cat")) {
            IOException e = assertThrows(IOException.class, () -> main.exec(Command.of("no-such-program")));
            assertTrue(e.getMessage().contains("no-such-program"), e.getMessage());
            assertThrows(IOException.class, () -> main.exec(Command.of("/etc/passwd")));
            assertThrows(IOException.class, () -> main.exec(Command.of("true").directory("/no/such/directory")));
            try (SandboxProcess more = main.exec(Command.of("true"))) {
                assertEquals(0, more.waitFor());
            }
            main.getOutputStream().close();
            assertEquals(0, main.waitFor());
        }
    }

    @Test
    void manyAtOnce() throws Exception {
        try (SandboxProcess main = Kind.UNTRUSTED.sandbox().start("cat")) {
            List<SandboxProcess> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(main.exec(Command.of("sh", "-c", "read line; exit $line")));
            }
            for (int i = 0; i < all.size(); i++) {
                all.get(i).getOutputStream().write((i + "\n").getBytes(StandardCharsets.UTF_8));
                all.get(i).getOutputStream().flush();
            }
            for (int i = 0; i < all.size(); i++) {
                assertEquals(i, all.get(i).waitFor());
                all.get(i).close();
            }
        }
    }

    @Test
    void aLargeRequest() throws Exception {
        String[] arguments = new String[2000];
        java.util.Arrays.fill(arguments, "x".repeat(100));
        try (SandboxProcess main = Kind.UNTRUSTED.sandbox().start("cat");
                SandboxProcess more = main.exec(Command.of("echo", arguments))) {
            assertEquals(2000 * 101 - 1, output(more).length());
        }
    }
}
