package dev.sandjar;

import static dev.sandjar.testing.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandTest {
    private static final Command TRUE = Command.of("true");

    @Test
    void keepsProgramAndArguments() {
        Command command = Command.of("prog", "a", "", "c d");
        assertEquals("prog", command.program());
        assertEquals(List.of("a", "", "c d"), command.arguments());
        assertEquals(List.of("prog", "a", "", "c d"), command.argv());
        assertEquals(command.argv(), Command.of(List.of("prog", "a", "", "c d")).argv());
        assertEquals(List.of("", "a", "", "c d"), command.arg0("").argv());
        assertEquals("prog", command.arg0("other").program());
    }

    @Test
    void defaultsToPipesAndNothingElse() {
        assertEquals(Redirect.PIPE, TRUE.stdin());
        assertEquals(Redirect.PIPE, TRUE.stdout());
        assertEquals(Redirect.PIPE, TRUE.stderr());
        assertFalse(TRUE.mergesStderr());
        assertEquals(Map.of(), TRUE.environment());
        assertEquals(Map.of(), TRUE.descriptors());
        assertEquals(Optional.empty(), TRUE.directory());
        assertEquals(Optional.empty(), TRUE.terminal());
        assertEquals(Optional.empty(), TRUE.input());
    }

    @Test
    void refusesWhatNoProgramCanBe() {
        refuses(() -> Command.of(List.of()), "empty");
        refuses(() -> Command.of(""), "program", "1 to 4095");
        refuses(() -> Command.of("x".repeat(5000)), "program", "5000", "4095");
        refuses(() -> Command.of("a\0b"), "program", "\\x00", "NUL", "index 1");
        refuses(() -> Command.of("cat", "a\0b"), "argument", "NUL");
        refuses(() -> Command.of("cat", "\ud800"), "surrogate");
        refuses(() -> TRUE.arg0("\0"), "arg0", "NUL");
        assertThrows(NullPointerException.class, () -> Command.of("cat", (String) null));
    }

    @Test
    void refusesMoreArgumentsThanLinuxEverTakes() {
        String large = "x".repeat(3 * 1024 * 1024);
        assertEquals(2, Command.of("echo", large).argv().size());
        refuses(() -> Command.of("echo", large, large), "6291456", "input(...)");
        refuses(() -> Command.of("echo", large).env("A", large), "6291456");
        refuses(() -> Command.of("echo", large).arg0(large), "6291456");
    }

    @Test
    void takesTenThousandVariables() {
        Map<String, String> many = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            many.put("NAME_" + i, "value " + i);
        }
        assertEquals(many, TRUE.env(many).environment());
    }

    @Test
    void refusesMalformedVariables() {
        refuses(() -> TRUE.env("", "x"), "empty");
        refuses(() -> TRUE.env("A=B", "x"), "A=B", "=");
        refuses(() -> TRUE.env("A\0", "x"), "NUL");
        refuses(() -> TRUE.env("A", "x\0"), "\"A\"", "NUL");
        refuses(() -> TRUE.env(Map.of("A", "\udc00")), "\"A\"", "surrogate");
    }

    @Test
    void inheritsWhatTheHostHas() {
        String path = System.getenv("PATH");
        Command command = TRUE.inheritEnv("PATH", "SANDJAR_NO_SUCH_VARIABLE");
        assertEquals(path == null ? Map.of() : Map.of("PATH", path), command.environment());
    }

    @Test
    void inheritedGarbageIsRefusedAndNotAltered() {
        Map<String, String> host = Map.of("NAME", "caf\ufffd");
        refuses(() -> EnvironmentText.inherit(new HashMap<>(), host, "NAME"), "\"NAME\"", "env(...)");
    }

    @Test
    void checksRedirects() {
        Redirect from = Redirect.from(new File("/dev/null"));
        Redirect to = Redirect.to(new File("/dev/null"));
        refuses(() -> TRUE.stdin(to), "standard input", "Redirect.from");
        refuses(() -> TRUE.stdin(Redirect.appendTo(new File("x"))), "standard input");
        refuses(() -> TRUE.stdout(from), "standard output", "Redirect.to");
        refuses(() -> TRUE.stderr(from), "standard error");
        refuses(() -> TRUE.mergeStderr().stderr(to), "mergeStderr");
        refuses(() -> TRUE.stderr(to).mergeStderr(), "standard error");
        refuses(() -> TRUE.input("x").stdin(from), "input(...)");
        refuses(() -> TRUE.stdin(from).input("x"), "standard input");
        assertEquals(to, TRUE.stdout(to).stdout());
        assertEquals(Redirect.INHERIT, TRUE.stdin(Redirect.INHERIT).stdin());
        assertEquals(Redirect.DISCARD, TRUE.stderr(Redirect.DISCARD).stderr());
        assertTrue(TRUE.mergeStderr().mergesStderr());
    }

    @Test
    void inputIsCopiedBothWays() {
        byte[] bytes = {1, 2, 3};
        Command command = TRUE.input(bytes);
        bytes[0] = 9;
        command.input().orElseThrow()[1] = 9;
        assertArrayEquals(new byte[] {1, 2, 3}, command.input().orElseThrow());
        assertArrayEquals(
                "é".getBytes(StandardCharsets.UTF_8), TRUE.input("é").input().orElseThrow());
    }

    @Test
    void checksDirectoryAndTerminal() {
        assertEquals(Optional.of("/srv"), TRUE.directory("/srv/").directory());
        refuses(() -> TRUE.directory("srv"), "directory", "\"srv\"", "absolute");
        refuses(() -> TRUE.directory("/a/../b"), "..");
        assertEquals(Optional.of(new TerminalSize(24, 80)), TRUE.pty(24, 80).terminal());
        refuses(() -> TRUE.pty(0, 80), "rows", "1 to 65535");
        refuses(() -> TRUE.pty(24, 65_536), "columns", "65536");
    }

    @Test
    void descriptorsKeepTheirOrder() {
        Command command = TRUE.descriptor("zulu", Descriptor.pipeIn())
                .descriptor("alpha", Descriptor.pipeOut())
                .descriptor("Log_1", Descriptor.appendTo(Path.of("log")));
        assertEquals(
                List.of("zulu", "alpha", "Log_1"),
                new ArrayList<>(command.descriptors().keySet()));
        assertEquals("SANDJAR_FD_LOG_1", Descriptor.variable("Log_1"));
        Path log = command.descriptors().get("Log_1").path().orElseThrow();
        assertTrue(log.isAbsolute() && log.endsWith("log"), log.toString());
        assertEquals(Optional.empty(), Descriptor.pipeIn().path());
        assertEquals(Descriptor.pipeIn(), Descriptor.pipeIn());
    }

    @Test
    void refusesBadDescriptors() {
        for (String name : List.of("", "1a", "_a", "a-b", "a\0", "é", "x".repeat(65))) {
            refuses(() -> TRUE.descriptor(name, Descriptor.pipeIn()), "letter");
        }
        assertEquals(
                1,
                TRUE.descriptor("x".repeat(64), Descriptor.pipeIn())
                        .descriptors()
                        .size());
        Command one = TRUE.descriptor("log", Descriptor.pipeOut());
        refuses(() -> one.descriptor("log", Descriptor.pipeIn()), "log");
        refuses(() -> one.descriptor("LOG", Descriptor.pipeIn()), "SANDJAR_FD_LOG");
        Command full = TRUE;
        for (int i = 0; i < 60; i++) {
            full = full.descriptor("d" + i, Descriptor.pipeIn());
        }
        Command sixty = full;
        refuses(() -> sixty.descriptor("more", Descriptor.pipeIn()), "61", "60");
    }

    @Test
    void exitCodesAreThoseOfTheKernel() {
        assertEquals(Set.of(0), Command.of("x").exitCodes());
        assertEquals(
                Set.of(0, 1, 255),
                Command.of("x").exitCodes(7).exitCodes(1, 0, 255, 1).exitCodes());
        refuses(() -> Command.of("x").exitCodes(new int[0]), "no exit code");
        refuses(() -> Command.of("x").exitCodes(0, 256), "256", "255");
        refuses(() -> Command.of("x").exitCodes(-1), "-1");
    }

    @Test
    void aStreamGoesToASinkOrElsewhere() {
        OutputSink sink = OutputStream::nullOutputStream;
        Command command = Command.of("x");
        refuses(() -> command.stdout(Redirect.DISCARD).stdout(sink), "standard output", "already");
        refuses(() -> command.stderr(Redirect.INHERIT).stderr(sink), "standard error", "already");
        refuses(() -> command.stdout(sink).stdout(Redirect.INHERIT), "standard output goes to a sink already");
        refuses(() -> command.stderr(sink).stderr(Redirect.INHERIT), "standard error goes to a sink already");
        refuses(() -> command.mergeStderr().stderr(sink), "mergeStderr()");
        refuses(() -> command.stderr(sink).mergeStderr(), "sink");
        assertTrue(command.stdout(sink).mergeStderr().stdoutSink().isPresent());
        assertTrue(command.stdout(sink).stdout(Redirect.PIPE).stderrSink().isEmpty());
    }

    @Test
    void inputIsOneOfBytesFileAndStream() throws Exception {
        Path file = Path.of("/dev/null");
        refuses(() -> Command.of("x").stdin(Redirect.INHERIT).input(file), "already");
        refuses(() -> Command.of("x").input(InputStream.nullInputStream()).stdin(Redirect.INHERIT), "input(...)");
        assertTrue(Command.of("x").input("text").input(file).input().isEmpty());
        assertEquals(0, Command.of("x").input("text").input(file).openInput().available());
        assertNull(Command.of("x").openInput());
    }

    @Test
    void everyMethodLeavesTheOriginalAlone() {
        Command original = Command.of("cat", "x").env("A", "1");
        Command changed = original.env("A", "2")
                .directory("/d")
                .input("in")
                .mergeStderr()
                .pty(1, 1)
                .arg0("z");
        assertNotSame(original, changed);
        assertEquals(Map.of("A", "1"), original.environment());
        assertEquals(List.of("cat", "x"), original.argv());
        assertFalse(original.mergesStderr() || original.input().isPresent());
        assertThrows(UnsupportedOperationException.class, () -> original.environment()
                .put("B", "2"));
        assertThrows(UnsupportedOperationException.class, () -> original.argv().add("y"));
    }

    @Test
    void textIsShortAndHarmless() {
        String text = Command.of("x\u001b[31m" + "y".repeat(1000), "a\nb")
                .env("SECRET", "s3cret")
                .toString();
        assertTrue(text.length() < 200, text);
        assertFalse(text.contains("\u001b") || text.contains("s3cret"), text);
    }
}
