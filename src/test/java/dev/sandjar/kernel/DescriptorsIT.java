package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which descriptors a program has, while the host has thousands that nobody marked close-on-exec. */
@KernelTest
@NeedsHost(Feature.USERNS)
class DescriptorsIT {
    private static final int MANY = 2_048;
    private static final String LIST = "cd /proc/self/fd && for n in *; do test -e $n && echo $n; done; true";
    private static final List<Integer> OPEN = new ArrayList<>();

    @TempDir
    Path directory;

    @BeforeAll
    static void openMany() {
        Function open = NativeLibrary.getInstance("c").getFunction("open");
        for (int i = 0; i < MANY; i++) {
            int fd = open.invokeInt(new Object[] {i % 2 == 0 ? "/etc/passwd" : "/", 0});
            assertTrue(fd >= 0, "open");
            OPEN.add(fd);
        }
    }

    @AfterAll
    static void closeMany() {
        Function close = NativeLibrary.getInstance("c").getFunction("close");
        OPEN.forEach(fd -> close.invokeInt(new Object[] {fd}));
        OPEN.clear();
    }

    private static Sandbox[] sandboxes() {
        return new Sandbox[] {
            Sandbox.builder().build(),
            Sandbox.builder().namespaces(n -> n.init(false)).userNamespace().build(),
            Sandbox.untrusted().build()
        };
    }

    @Test
    void theyAreOpenAndNotMarked() throws Exception {
        int fd = Collections.max(OPEN);
        assertTrue(fd >= MANY, () -> fd + " is the highest");
        // O_CLOEXEC is 02000000 in the octal flags.
        long flags = Long.parseLong(
                HostProgram.sh("awk '/^flags:/ {print $2}' /proc/"
                        + ProcessHandle.current().pid() + "/fdinfo/" + fd),
                8);
        assertEquals(0, flags & 02000000);
    }

    @Test
    void onlyTheStandardThreeAreInherited() throws Exception {
        for (Sandbox sandbox : sandboxes()) {
            String listed = sandbox.run("/usr/bin/ls", "/proc/self/fd").stdout();
            assertEquals("0\n1\n2\n3\n", listed, "3 is the directory being listed");
        }
    }

    @Test
    void nothingElseHasALinkThere() throws Exception {
        for (Sandbox sandbox : sandboxes()) {
            // The shell keeps none of its own while it lists by pattern.
            String listed = dev.sandjar.testing.Guest.sh(sandbox, LIST);
            assertTrue(listed.replace('\n', ' ').matches("0 1 2( \\d+)?"), listed);
        }
    }

    @Test
    void namedOnesFollowInOrder() throws Exception {
        Path in = Files.writeString(directory.resolve("in"), "from a file");
        Path out = directory.resolve("out");
        Command command = Command.of(
                        "/bin/sh",
                        "-c",
                        "echo $SANDJAR_FD_IN $SANDJAR_FD_OUT $SANDJAR_FD_ASK $SANDJAR_FD_TELL; cat <&3 >&4; cat <&5 >&6; ls /proc/self/fd")
                .descriptor("in", Descriptor.readFrom(in))
                .descriptor("out", Descriptor.writeTo(out))
                .descriptor("ask", Descriptor.pipeIn())
                .descriptor("tell", Descriptor.pipeOut());
        for (Sandbox sandbox : sandboxes()) {
            try (SandboxProcess process = sandbox.start(command)) {
                try (OutputStream ask = process.descriptorOutput("ask")) {
                    ask.write("over a pipe".getBytes(StandardCharsets.UTF_8));
                }
                try (InputStream tell = process.descriptorInput("tell")) {
                    byte[] told = tell.readNBytes("over a pipe".length());
                    assertEquals("over a pipe", new String(told, StandardCharsets.UTF_8));
                }
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals("3 4 5 6\n0\n1\n2\n3\n4\n5\n6\n7\n", said);
                assertEquals(0, process.waitForReport().exitCode().getAsInt());
            }
            assertEquals("from a file", Files.readString(out));
        }
    }

    @Test
    void furtherProgramsGetNoMore() throws Exception {
        try (SandboxProcess process = Sandbox.untrusted().build().start("cat");
                SandboxProcess more = process.exec(Command.of("/usr/bin/ls", "/proc/self/fd")
                        .stdin(Redirect.from(Path.of("/dev/null").toFile())))) {
            assertEquals("0\n1\n2\n3\n", new String(more.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            more.waitForReport();
        }
    }

    @Test
    void aTerminalBringsNoMore() throws Exception {
        try (SandboxProcess process = Sandbox.untrusted()
                .build()
                .start(Command.of("/usr/bin/ls", "-1", "/proc/self/fd").pty(24, 80))) {
            String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals("0\r\n1\r\n2\r\n3\r\n", shown);
            process.waitForReport();
        }
    }

    @Test
    void theRootDirectoryCantBeReachedThroughOne() throws Exception {
        String script =
                "for n in /proc/self/fd/*; do cat $n/../../../../etc/shadow $n/etc/hostname $n/root 2>/dev/null; done; true";
        assertEquals("", dev.sandjar.testing.Guest.sh(Sandbox.untrusted().build(), script));
    }
}
