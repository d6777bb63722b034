package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Descriptor;
import dev.sandjar.IdMapping;
import dev.sandjar.Limit;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program opens the files behind its descriptors once more, for what it was not given them for. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class ReopenedFilesIT {
    private static final String REOPEN = "(echo changed 1<>/proc/self/fd/$0) 2>/dev/null && echo written; "
            + "(echo changed >>/proc/self/fd/$0) 2>/dev/null && echo appended; "
            + "(: >/proc/self/fd/$0) 2>/dev/null && echo emptied; "
            + "chmod 777 /proc/self/fd/$0 2>/dev/null && echo opened to all; cat <&$0";

    @TempDir
    Path directory;

    /** The caller is the program's user, or anybody may write. */
    private static Sandbox[] sandboxes() {
        return new Sandbox[] {
            Sandbox.untrusted().build(),
            Sandbox.builder()
                    .userNamespace(IdMapping.single())
                    .pidNamespace()
                    .rootfs(RootFs.hostReadOnly())
                    .build()
        };
    }

    private Path file(String content) throws Exception {
        Path file = Files.writeString(Files.createTempFile(directory, "f", ""), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        return file;
    }

    @Test
    void outsideItWorks() throws Exception {
        Path file = file("before\n");
        assertTrue(HostProgram.sh("exec 3<" + file + "; echo changed 1<>/proc/self/fd/3; cat <&3")
                .contains("changed"));
    }

    @Test
    void filesForReading() throws Exception {
        for (Sandbox sandbox : sandboxes()) {
            Path file = file("before\n");
            Command stdin = Command.of("sh", "-c", REOPEN, "0").stdin(Redirect.from(file.toFile()));
            check(sandbox.run(stdin), file);
            Command descriptor = Command.of("sh", "-c", REOPEN, "3").descriptor("a", Descriptor.readFrom(file));
            check(sandbox.run(descriptor), file);
        }
    }

    private static void check(RunResult result, Path file) throws Exception {
        // Modes of sealed memory may be changed: nothing can be written to it anyway.
        String said = result.stdout().replace("opened to all\n", "");
        assertEquals("before\n", said, result.stderr());
        assertEquals("before\n", Files.readString(file));
        assertEquals(PosixFilePermissions.fromString("rw-rw-rw-"), Files.getPosixFilePermissions(file));
    }

    /** What the threat model says: whose file it is, reads it too, but nothing of what was there before. */
    @Test
    void filesForWritingCanBeReadByWhoseTheyAre() throws Exception {
        String script = "echo mine >&$0; read go; cat </proc/self/fd/$0 2>/dev/null; echo end";
        for (Sandbox sandbox : sandboxes()) {
            Path file = file("secret of before\n");
            try (SandboxProcess process =
                    sandbox.start(Command.of("sh", "-c", script, "3").descriptor("a", Descriptor.writeTo(file)))) {
                assertTrue(Await.within(Duration.ofSeconds(20), () -> read(file).equals("mine\n")));
                Files.writeString(file, "of others\n", StandardOpenOption.APPEND);
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
                String seen = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals("mine\nof others\nend\n", seen);
            }
        }
    }

    /** With a limit of the output, as in {@code untrusted()}, the host writes, and the program holds a pipe. */
    @Test
    void redirectedOutputUnderALimitIsAPipe() throws Exception {
        String script = "readlink /proc/self/fd/1; (: >/proc/self/fd/1); (echo start 1<>/proc/self/fd/1); echo end";
        Sandbox plain = Sandbox.builder()
                .userNamespace(IdMapping.single())
                .pidNamespace()
                .rootfs(RootFs.hostReadOnly())
                .outputLimit(DataSize.mebibytes(1))
                .build();
        for (Sandbox sandbox : List.of(Sandbox.untrusted().build(), plain)) {
            Path file = file("before\n");
            sandbox.run(Command.of("sh", "-c", script).stdout(Redirect.to(file.toFile())));
            String content = Files.readString(file);
            assertTrue(content.matches("pipe:\\[[0-9]+]\n(start\n)?end\n"), content);
        }
        Path file = file("before\n");
        Sandbox without = plain.toBuilder().without(Limit.OUTPUT).build();
        without.run(Command.of("sh", "-c", script).stdout(Redirect.to(file.toFile())));
        assertFalse(
                Files.readString(file).contains("pipe:"),
                "control: there it is the file, which is emptied and overwritten");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void largeFilesArriveWhole() throws Exception {
        Path file = file("");
        Files.write(file, new byte[20 << 20]);
        for (Sandbox sandbox : sandboxes()) {
            Command count = Command.of("wc", "-c").stdin(Redirect.from(file.toFile()));
            assertEquals(
                    Integer.toString(20 << 20),
                    sandbox.run(count).orThrow().stdout().strip());
            Command none = Command.of("true").stdin(Redirect.from(file.toFile()));
            sandbox.run(none).orThrow();
        }
    }

    @Test
    void filesForAppending() throws Exception {
        String script = "echo end >&$0; echo start 1<>/proc/self/fd/$0; : >/proc/self/fd/$0";
        for (Sandbox sandbox : sandboxes()) {
            Path file = file("before\n");
            sandbox.run(
                    Command.of("sh", "-c", script, "3").descriptor("a", Descriptor.appendTo(file)),
                    DataSize.kibibytes(64));
            String content = Files.readString(file);
            assertTrue(content.startsWith("before\nend\n"), content);

            Path log = file("before\n");
            sandbox.run(Command.of("sh", "-c", "echo end; : >/proc/self/fd/1; echo x 1<>/proc/self/fd/1")
                    .stdout(Redirect.appendTo(log.toFile())));
            assertTrue(Files.readString(log).startsWith("before\nend\n"), Files.readString(log));
        }
    }
}
