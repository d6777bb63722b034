package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Isolation;
import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Landlock rules: each with the same act without them, which succeeds. */
@KernelTest
@NeedsHost(Feature.LANDLOCK)
class LandlockIT {
    @TempDir
    Path directory;

    private static Landlock.Builder programs() {
        return Landlock.builder()
                .execute("/usr")
                .allowIfPresent("/bin", LandlockAccess.EXECUTE, LandlockAccess.READ_FILE)
                .allowIfPresent("/lib", LandlockAccess.EXECUTE, LandlockAccess.READ_FILE)
                .allowIfPresent("/lib64", LandlockAccess.EXECUTE, LandlockAccess.READ_FILE)
                .allow("/dev/null", LandlockAccess.READ_FILE, LandlockAccess.WRITE_FILE);
    }

    private static Sandbox held(Landlock rules) {
        return Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .landlock(rules)
                .allowDegraded(Isolation.LANDLOCK)
                .build();
    }

    private static Sandbox free() {
        return Sandbox.builder().env("PATH", "/usr/bin:/bin").build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cat $D/file",
                "ls $D",
                "echo x >> $D/file",
                "mkdir $D/new",
                "rmdir $D/empty",
                "rm $D/file",
                "ln -s x $D/link",
                "mkfifo $D/fifo",
                "mv $D/file $D/moved",
                "$D/program",
            })
    void whatNoRuleAllowsIsRefused(String script) throws Exception {
        Files.writeString(directory.resolve("file"), "content");
        Files.createDirectory(directory.resolve("empty"));
        Path program = Files.writeString(directory.resolve("program"), "#!/bin/sh\necho ran\n");
        assertTrue(program.toFile().setExecutable(true));
        String command = "D=" + directory + "; " + script;
        RunResult refused = Guest.trySh(held(programs().build()), command);
        assertTrue(refused.exitValue() != 0 && refused.stderr().contains("Permission denied"), refused::toString);
        RunResult control = Guest.trySh(free(), command);
        assertEquals(0, control.exitValue(), control::stderr);
    }

    @Test
    void rulesAllowWhatTheySay() throws Exception {
        Path read = Files.createDirectory(directory.resolve("read"));
        Path write = Files.createDirectory(directory.resolve("write"));
        Files.writeString(read.resolve("file"), "content");
        Sandbox sandbox = held(
                programs().read(read.toString()).readWrite(write.toString()).build());
        String script = "cat " + read + "/file; echo more > " + write + "/a; mv " + write + "/a " + write + "/b; cat "
                + write + "/b; echo x 2>/dev/null > " + read + "/new || echo no";
        assertEquals("contentmore\nno", Guest.sh(sandbox, script));
    }

    @Test
    void aMissingPathIsNamed() {
        SandboxException e = assertThrows(
                SandboxException.class,
                () -> held(programs().read("/not/there/at/all").build()).run("true"));
        assertTrue(e.getMessage().contains("/not/there/at/all"), e.getMessage());
    }

    @Test
    void anOptionalPathMayBeMissing() throws Exception {
        Sandbox sandbox = held(programs()
                .allowIfPresent("/not/there/at/all", LandlockAccess.READ_FILE)
                .build());
        assertEquals("on", Guest.sh(sandbox, "echo on"));
    }

    @Test
    @NeedsHost({Feature.LANDLOCK_SCOPES, Feature.PYTHON})
    void portsAreLimited() throws Exception {
        try (ServerSocket allowed = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String program =
                    """
                    import socket
                    def connect(port):
                        try:
                            socket.create_connection(("127.0.0.1", port)).close()
                            return "yes"
                        except PermissionError:
                            return "no"
                    def bind():
                        try:
                            socket.socket().bind(("127.0.0.1", 0))
                            return "yes"
                        except PermissionError:
                            return "no"
                    print(connect(%d), connect(%d), bind())
                    """
                            .formatted(allowed.getLocalPort(), other.getLocalPort());
            Landlock rules = Landlock.builder()
                    .denyTcp()
                    .connectPort(allowed.getLocalPort())
                    .build();
            assertEquals("yes no no", Guest.python(held(rules), program));
            assertEquals("yes yes yes", Guest.python(free(), program));
        }
    }

    @Test
    @NeedsHost({Feature.LANDLOCK_SCOPES, Feature.PYTHON, Feature.PS})
    void signalsAndAbstractSocketsStayInside() throws Exception {
        Process outside = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-I",
                        "-c",
                        "import socket,os,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind('\\0sandjar-test-%d'%os.getpid())\ns.listen()\nprint('up',flush=True)\nsys.stdin.read()")
                .start();
        try {
            assertEquals("up", outside.inputReader().readLine());
            String program =
                    """
                    import os, socket
                    def attempt(act):
                        try:
                            act()
                            return "yes"
                        except PermissionError:
                            return "no"
                    print(attempt(lambda: os.kill(%1$d, 0)), attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0sandjar-test-%1$d")),
                          attempt(lambda: os.kill(os.getpid(), 0)))
                    """
                            .formatted(outside.pid());
            Landlock rules =
                    Landlock.builder().isolateSignals().isolateAbstractSockets().build();
            assertEquals("no no yes", Guest.python(held(rules), program));
            assertEquals("yes yes yes", Guest.python(free(), program));
        } finally {
            outside.destroy();
            outside.waitFor();
        }
    }

    /** On older kernels: what can't be held is refused, or said. */
    @Test
    @NeedsHost(Feature.LANDLOCK_OLD)
    void whatTheVersionLacksIsNotPassedOverInSilence() throws Exception {
        Sandbox strict = Sandbox.builder().landlock(programs().build()).build();
        UnsupportedIsolationException e = assertThrows(UnsupportedIsolationException.class, () -> strict.run("true"));
        assertTrue(e.getMessage().contains("Linux 6."), e.getMessage());
        String text = held(programs().build()).explain().entries().toString();
        assertTrue(text.contains("DEGRADED"), text);
    }

    @Test
    @NeedsHost(Feature.LANDLOCK_SCOPES)
    void aRecentKernelNeedsNoPermissionToDegrade() throws Exception {
        Sandbox strict = Sandbox.builder()
                .env("PATH", "/usr/bin:/bin")
                .landlock(programs().isolateSignals().denyTcp().build())
                .build();
        assertEquals("on", Guest.sh(strict, "echo on"));
        assertTrue(strict.explain().entries().toString().contains("landlock_restrict_self"));
    }
}
