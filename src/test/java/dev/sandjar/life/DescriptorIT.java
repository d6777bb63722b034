package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Further descriptors, by name. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class DescriptorIT {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyKind(Kind kind) throws Exception {
        Path config = Files.writeString(directory.resolve("config"), "configured\n");
        Path log = Files.writeString(directory.resolve("log"), "old\n");
        Path result = Files.writeString(directory.resolve("result"), "old and long\n");
        String script = "eval \"cat <&$SANDJAR_FD_CONFIG; echo logged >&$SANDJAR_FD_LOG; echo new >&$SANDJAR_FD_RESULT;"
                + " cat <&$SANDJAR_FD_QUESTION >&$SANDJAR_FD_ANSWER\"";
        Command command = Command.of("sh", "-c", script)
                .descriptor("config", Descriptor.readFrom(config))
                .descriptor("log", Descriptor.appendTo(log))
                .descriptor("result", Descriptor.writeTo(result))
                .descriptor("question", Descriptor.pipeIn())
                .descriptor("answer", Descriptor.pipeOut());
        try (SandboxProcess process = kind.sandbox().start(command)) {
            try (OutputStream question = process.descriptorOutput("question")) {
                question.write("6 * 7".getBytes(StandardCharsets.UTF_8));
            }
            assertEquals("6 * 7", new String(process.descriptorInput("answer").readAllBytes(), StandardCharsets.UTF_8));
            assertEquals("configured", process.inputReader().readLine());
            assertEquals(0, process.waitFor());
            assertThrows(IllegalArgumentException.class, () -> process.descriptorInput("question"));
            assertThrows(IllegalArgumentException.class, () -> process.descriptorOutput("answer"));
            assertThrows(IllegalArgumentException.class, () -> process.descriptorInput("nothing"));
        }
        assertEquals("old\nlogged\n", Files.readString(log));
        assertEquals("new\n", Files.readString(result));
    }

    /** The directory that ls reads is the one descriptor more. */
    @ParameterizedTest
    @EnumSource(names = "WITHOUT_INIT", mode = EnumSource.Mode.EXCLUDE)
    void nothingElseIsOpen(Kind kind) throws Exception {
        Command command = Command.of("ls", "/proc/self/fd")
                .descriptor("a", Descriptor.pipeIn())
                .descriptor("b", Descriptor.pipeOut());
        try (SandboxProcess process = kind.sandbox().start(command)) {
            String open = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals("0 1 2 3 4 5", open.strip().replace('\n', ' '));
        }
        assertEquals(
                "0 1 2 3",
                kind.sandbox().run("ls", "/proc/self/fd").stdout().strip().replace('\n', ' '));
    }

    @Test
    void asManyAsThereMayBe() throws Exception {
        Command command = Command.of("sh", "-c", "echo $SANDJAR_FD_D0 $SANDJAR_FD_D39");
        for (int i = 0; i < 40; i++) {
            command = command.descriptor("d" + i, Descriptor.readFrom(Path.of("/dev/null")));
        }
        assertEquals("3 42\n", Kind.UNTRUSTED.sandbox().run(command).stdout());
    }

    @Test
    void whatCantBeOpenedIsNamed() {
        Command command = Command.of("true").descriptor("x", Descriptor.readFrom(directory.resolve("missing")));
        IOException e =
                assertThrows(IOException.class, () -> Kind.UNTRUSTED.sandbox().start(command));
        org.junit.jupiter.api.Assertions.assertTrue(e.getMessage().contains("missing"), e.getMessage());
    }
}
