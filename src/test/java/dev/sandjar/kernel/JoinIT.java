package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Entering namespaces that another sandbox has made. */
@KernelTest
@NeedsHost(Feature.USERNS)
class JoinIT {
    private static Sandbox first() {
        return Sandbox.builder()
                .userNamespace()
                .pidNamespace()
                .ipcNamespace()
                .utsNamespace("first")
                .network(Network.loopback())
                .cgroupNamespace()
                .rootfs(RootFs.hostReadOnly())
                .build();
    }

    private static Path file(SandboxProcess process, String name) {
        return Path.of("/proc", Long.toString(process.pid()), "ns", name);
    }

    private static SandboxProcess running() throws Exception {
        SandboxProcess process = first().start("sh", "-c", "echo up; exec cat");
        assertEquals("up", process.inputReader().readLine());
        return process;
    }

    @ParameterizedTest
    @CsvSource({"NETWORK", "IPC", "UTS", "CGROUP"})
    void oneKind(NamespaceKind kind) throws Exception {
        String name = kind.file();
        try (SandboxProcess process = running()) {
            Sandbox second = Sandbox.builder()
                    .namespaces(n ->
                            n.join(NamespaceKind.USER, file(process, "user")).join(kind, file(process, name)))
                    .build();
            String expected = HostProgram.sh("readlink " + file(process, name));
            assertEquals(expected, Guest.sh(second, "readlink /proc/self/ns/" + name));
            if (kind == NamespaceKind.UTS) {
                assertEquals("first", Guest.sh(second, "uname -n"));
            }
        }
    }

    @Test
    @NeedsHost(Feature.PROC)
    void thePidNamespace() throws Exception {
        try (SandboxProcess process = running()) {
            Sandbox second = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.USER, file(process, "user"))
                            .join(NamespaceKind.PID, file(process, "pid"))
                            .join(NamespaceKind.MOUNT, file(process, "mnt")))
                    .build();
            long program = process.processes().sandboxPid();
            assertEquals(
                    "sandjar-init\nreached",
                    Guest.sh(second, "cat /proc/1/comm; test -d /proc/" + program + " && echo reached"));
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void rootNeedsNoUserNamespaceForIt() throws Exception {
        try (SandboxProcess process = running()) {
            Sandbox second = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.UTS, file(process, "uts"))
                            .join(NamespaceKind.NETWORK, file(process, "net")))
                    .build();
            assertEquals("first", Guest.sh(second, "uname -n"));
            assertEquals("up", Guest.sh(second, "grep -q '^ *lo:' /proc/net/dev && echo up"));
        }
    }

    @Test
    void aFileThatIsNoNamespaceIsRefused() {
        Sandbox second = Sandbox.builder()
                .namespaces(n -> n.join(NamespaceKind.UTS, Path.of("/etc/hostname")))
                .build();
        SandboxException e = assertThrows(SandboxException.class, () -> second.run("true"));
        assertTrue(e.getMessage().contains("/etc/hostname"), e.getMessage());
    }

    @Test
    void anAbsentFileIsRefused() {
        Sandbox second = Sandbox.builder()
                .namespaces(n -> n.join(NamespaceKind.UTS, Path.of("/proc/self/ns/none")))
                .build();
        SandboxException e = assertThrows(SandboxException.class, () -> second.run("true"));
        assertEquals("ENOENT", e.errnoName());
    }

    @Test
    void execRunsInTheSameNamespaces() throws Exception {
        try (SandboxProcess process = running()) {
            String links = "for n in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$n; done; uname -n";
            try (SandboxProcess more = process.exec(Command.of("sh", "-c", links))) {
                String inside =
                        new String(more.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
                StringBuilder expected = new StringBuilder();
                for (String name : new String[] {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"}) {
                    expected.append(HostProgram.sh("readlink " + file(process, name)))
                            .append('\n');
                }
                assertEquals(expected + "first\n", inside);
                assertEquals(0, more.waitForReport().exitCode().getAsInt());
            }
            assertTrue(process.isAlive());
        }
    }
}
