package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A program at a pseudo-terminal. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PtyIT {
    private static void write(SandboxProcess process, String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Reads up to and with a text. */
    private static String readUntil(SandboxProcess process, String end) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(end) < 0) {
            int c = process.getInputStream().read();
            if (c < 0) {
                throw new AssertionError("the terminal ended after: " + seen);
            }
            seen.append((char) c);
        }
        return seen.toString();
    }

    /** What programs ask for before they use a terminal as one. Whoever says something else is heard, and without a terminal it is not set. */
    @Test
    void itsTypeIsKnown() throws Exception {
        String script = "echo [$TERM]";
        Command command = Command.of("sh", "-c", script).pty(24, 80);
        Sandbox untrusted = Sandbox.untrusted().build();
        assertEquals("[xterm]", terminalType(untrusted, command));
        assertEquals("[vt100]", terminalType(untrusted, command.env("TERM", "vt100")));
        assertEquals(
                "[dumb]", terminalType(Sandbox.untrusted().env("TERM", "dumb").build(), command));
        assertEquals("[]\n", untrusted.run("sh", "-c", script).stdout());
        assertEquals("[]", terminalType(Kind.PLAIN.sandbox(), command));
        try (SandboxProcess main = untrusted.start("sleep", "1000");
                SandboxProcess process = main.exec(command)) {
            assertTrue(readUntil(process, "\n").contains("[xterm]"));
        }
    }

    private static String terminalType(Sandbox sandbox, Command command) throws IOException {
        try (SandboxProcess process = sandbox.start(command)) {
            return readUntil(process, "\n").strip();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void itIsATerminalOfThatSize(Kind kind) throws Exception {
        String script = "test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty; exit 6";
        try (SandboxProcess process =
                kind.sandbox().start(Command.of("sh", "-c", script).pty(31, 117))) {
            assertTrue(process.isPty());
            assertTrue(readUntil(process, "\n").contains("31 117"));
            assertEquals(6, process.waitFor());
            assertEquals(-1, process.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void itIsToldOfANewSize(Kind kind) throws Exception {
        String script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.01; done";
        try (SandboxProcess process =
                kind.sandbox().start(Command.of("sh", "-c", script).pty(24, 80))) {
            readUntil(process, "ready");
            process.resize(50, 132);
            readUntil(process, "50 132");
            assertEquals(0, process.waitFor());
        }
    }

    /** As with pipes: what was written can be read, and nobody who never closes it runs out of descriptors. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void whatHasEndedHoldsNoDescriptors(Kind kind) throws Exception {
        List<SandboxProcess> unclosed = new ArrayList<>();
        Sandbox sandbox = kind.sandbox();
        String script = "yes abcdefghi | head -n 300; echo end";
        sandbox.start(Command.of("true").pty(24, 80)).close();
        int before = descriptors();
        for (int i = 0; i < 40; i++) {
            SandboxProcess process =
                    sandbox.start(Command.of("sh", "-c", script).pty(24, 80));
            process.waitFor();
            unclosed.add(process);
        }
        int after = descriptors();
        assertTrue(after < before + 40, () -> before + " descriptors, then " + after);
        for (SandboxProcess process : unclosed) {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals("abcdefghi\r\n".repeat(300) + "end\r\n", said);
            assertEquals(-1, process.getInputStream().read());
            process.resize(30, 90);
            assertThrows(IOException.class, () -> write(process, "x"));
            process.getOutputStream().close();
            process.close();
            assertThrows(IOException.class, () -> process.getInputStream().read());
        }
    }

    /** Who is reading at that moment gives the descriptor back. */
    @Test
    void whoReadsAtTheEndGivesTheDescriptorBack() throws Exception {
        Sandbox sandbox = Kind.PLAIN.sandbox();
        sandbox.start(Command.of("true").pty(24, 80)).close();
        int before = descriptors();
        List<SandboxProcess> unclosed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            SandboxProcess process =
                    sandbox.start(Command.of("sh", "-c", "echo on; sleep 0.01").pty(24, 80));
            assertEquals("on\r\n", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            process.waitFor();
            unclosed.add(process);
        }
        assertTrue(
                Await.within(Duration.ofSeconds(60), () -> descriptors() < before + 40),
                () -> before + ", then " + descriptors());
        unclosed.forEach(SandboxProcess::close);
    }

    private static int descriptors() {
        String[] open = new File("/proc/self/fd").list();
        return open == null ? -1 : open.length;
    }

    @Test
    void keysBecomeSignals() throws Exception {
        try (SandboxProcess process = Kind.UNTRUSTED
                .sandbox()
                .start(Command.of("sh", "-c", "echo ready; exec sleep 1000").pty(24, 80))) {
            readUntil(process, "ready");
            write(process, "\u0003");
            var report = process.waitForReport();
            assertEquals(Verdict.SIGNALED, report.verdict());
            assertEquals(Optional.of(Signal.INT), report.signal());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aConversation(Kind kind) throws Exception {
        try (SandboxProcess process =
                kind.sandbox().start(Command.of("sh").env("PS1", "prompt> ").pty(24, 80))) {
            readUntil(process, "prompt> ");
            write(process, "echo $((6 * 7))\n");
            readUntil(process, "42");
            readUntil(process, "prompt> ");
            write(process, "exit 9\n");
            assertEquals(9, process.waitFor());
        }
    }

    @Test
    void muchOutputIsComplete() throws Exception {
        try (SandboxProcess process = Kind.UNTRUSTED
                .sandbox()
                .start(Command.of("sh", "-c", "stty -opost; head -c 1000000 /dev/zero | tr '\\0' x")
                        .pty(24, 80))) {
            byte[] all = process.getInputStream().readAllBytes();
            assertEquals(1_000_000, all.length);
            assertEquals(0, process.waitFor());
        }
    }

    @Test
    void closingWakesAReader() throws Exception {
        SandboxProcess process =
                Kind.UNTRUSTED.sandbox().start(Command.of("sleep", "1000").pty(24, 80));
        CompletableFuture<Integer> read = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try {
                read.complete(process.getInputStream().read());
            } catch (IOException e) {
                read.complete(-1);
            }
        });
        reader.start();
        process.close();
        assertEquals(-1, read.get(60, TimeUnit.SECONDS));
        reader.join();
        process.close();
    }

    @Test
    void sizesAreChecked() throws Exception {
        try (SandboxProcess terminal = Kind.UNTRUSTED
                        .sandbox()
                        .start(Command.of("sleep", "1000").pty(24, 80));
                SandboxProcess none = Kind.UNTRUSTED.sandbox().start("sleep", "1000")) {
            assertThrows(IllegalArgumentException.class, () -> terminal.resize(0, 80));
            assertThrows(IllegalArgumentException.class, () -> terminal.resize(24, 65536));
            assertThrows(IllegalStateException.class, () -> none.resize(24, 80));
            terminal.destroy();
            assertTrue(terminal.waitFor(Duration.ofSeconds(60)));
            terminal.resize(24, 80);
        }
    }

    @Test
    void aFurtherProcessHasItsOwn() throws Exception {
        try (SandboxProcess main = Kind.UNTRUSTED.sandbox().start("sleep", "1000");
                SandboxProcess shell =
                        main.exec(Command.of("sh", "-c", "tty; stty size").pty(11, 22))) {
            String text = readUntil(shell, "11 22");
            assertTrue(text.contains("/dev/pts/"), text);
            assertEquals(0, shell.waitFor());
        }
    }

    /** Also in the middle of a line. */
    @ParameterizedTest
    @ValueSource(strings = {"", "line\n", "no line"})
    void itSeesTheEndOfTheInput(String input) throws Exception {
        try (SandboxProcess process =
                Kind.UNTRUSTED.sandbox().start(Command.of("cat").pty(24, 80))) {
            write(process, input);
            process.getOutputStream().close();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "cat reads on");
            assertEquals(0, process.exitValue());
        }
    }
}
