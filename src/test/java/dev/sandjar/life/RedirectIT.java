package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of redirection that ProcessBuilder has. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class RedirectIT {
    private static final String ECHO = "while read line; do echo \"out $line\"; echo \"err $line\" >&2; done";

    @TempDir
    Path directory;

    private static Command echo() {
        return Command.of("sh", "-c", ECHO);
    }

    private File file(String name) {
        return directory.resolve(name).toFile();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void files(Kind kind) throws Exception {
        Files.writeString(directory.resolve("in"), "1\n2\n");
        Files.writeString(directory.resolve("out"), "something much longer that was there before\n");
        Files.writeString(directory.resolve("err"), "kept\n");
        try (SandboxProcess process = kind.sandbox()
                .start(echo().stdin(Redirect.from(file("in")))
                        .stdout(Redirect.to(file("out")))
                        .stderr(Redirect.appendTo(file("err"))))) {
            assertEquals(0, process.waitFor());
            assertEquals(-1, process.getInputStream().read());
            assertEquals(-1, process.getErrorStream().read());
            assertThrows(IOException.class, () -> process.getOutputStream().write(1));
        }
        assertEquals("out 1\nout 2\n", Files.readString(directory.resolve("out")));
        assertEquals("kept\nerr 1\nerr 2\n", Files.readString(directory.resolve("err")));
    }

    @Test
    void discarded() throws Exception {
        try (SandboxProcess process =
                Kind.UNTRUSTED.sandbox().start(echo().stdout(Redirect.DISCARD).stderr(Redirect.DISCARD))) {
            process.getOutputStream().write("x\n".getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            assertEquals(0, process.waitFor());
            assertEquals(-1, process.getInputStream().read());
        }
    }

    @Test
    void bothIntoOneFile() throws Exception {
        Files.writeString(directory.resolve("in"), "1\n2\n");
        Command command = echo().stdin(Redirect.from(file("in")))
                .stdout(Redirect.to(file("out")))
                .mergeStderr();
        try (SandboxProcess process = Kind.UNTRUSTED.sandbox().start(command)) {
            process.waitFor();
        }
        assertEquals("out 1\nerr 1\nout 2\nerr 2\n", Files.readString(directory.resolve("out")));
    }

    @Test
    void aNameThatIsNotAscii() throws Exception {
        Path odd = directory.resolve("a b\tc");
        Files.writeString(odd, "x\n");
        assertEquals(
                "out x\n",
                Kind.UNTRUSTED
                        .sandbox()
                        .run(echo().stdin(Redirect.from(odd.toFile())))
                        .stdout());
    }

    @Test
    void inherited() throws Exception {
        Process jvm = ChildJvm.start(InheritMain.class, List.of());
        var output = ChildJvm.output(jvm);
        jvm.getOutputStream().write("1\n2\n".getBytes(StandardCharsets.UTF_8));
        jvm.getOutputStream().close();
        assertTrue(jvm.waitFor(100, TimeUnit.SECONDS));
        String text = output.get(10, TimeUnit.SECONDS);
        assertEquals(0, jvm.exitValue(), text);
        assertTrue(text.contains("out 1\n") && text.contains("err 2\n"), text);
    }

    @Test
    void whatCantBeOpened() {
        assertNamed(file("missing"), echo().stdin(Redirect.from(file("missing"))));
        assertNamed(file("no/parent"), echo().stdout(Redirect.to(file("no/parent"))));
        assertNamed(directory.toFile(), echo().stderr(Redirect.appendTo(directory.toFile())));
    }

    private static void assertNamed(File file, Command command) {
        IOException e =
                assertThrows(IOException.class, () -> Kind.UNTRUSTED.sandbox().start(command));
        assertTrue(e.getMessage().contains(file.getPath()), e.getMessage());
    }
}
