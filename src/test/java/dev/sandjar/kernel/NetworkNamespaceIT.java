package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.NamespaceKind;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network namespace that somebody has made, by its file. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class NetworkNamespaceIT {
    /** An abstract socket and a port there, which are no others'. */
    private static final String SERVE =
            "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0sandjar-there')\n"
                    + "s.listen()\nt = socket.socket()\nt.bind(('127.0.0.1', 4321))\nt.listen()\nprint('up', flush=True)\nsys.stdin.read()";

    private static final String LOOK = "import socket\n" + "def t(f, a):\n"
            + "  try: socket.socket(f).connect(a); return 'connected'\n  except OSError as e: return e.errno\n"
            + "print(t(socket.AF_INET, ('127.0.0.1', 4321)), t(socket.AF_UNIX, '\\0sandjar-there'))";

    private static SandboxProcess there() throws Exception {
        SandboxProcess process = Sandbox.builder()
                .userNamespace()
                .network(Network.loopback())
                .build()
                .start("/usr/bin/python3", "-I", "-c", SERVE);
        assertEquals("up", process.inputReader().readLine());
        return process;
    }

    private static Path file(SandboxProcess process, String kind) {
        return Path.of("/proc", Long.toString(process.pid()), "ns", kind);
    }

    private static Sandbox in(SandboxProcess process, Network network) {
        return Sandbox.builder()
                .namespaces(n -> n.join(NamespaceKind.USER, file(process, "user")))
                .network(network)
                .build();
    }

    @Test
    void whatIsThereIsInReach() throws Exception {
        try (SandboxProcess process = there()) {
            Path file = file(process, "net");
            Sandbox sandbox = in(process, Network.namespace(file));
            assertEquals(HostProgram.sh("readlink " + file), Guest.sh(sandbox, "readlink /proc/self/ns/net"));
            assertEquals("connected connected", Guest.python(sandbox, LOOK));
            assertEquals("111 111", Guest.python(in(process, Network.loopback()), LOOK), "a network of its own");
            String explained = sandbox.explain().entries().toString();
            assertTrue(explained.contains("network namespace " + file), explained);
            assertTrue(explained.contains("what others have put in reach there"), explained);
        }
    }

    @Test
    void eachStartOpensTheFileAgain(@TempDir Path directory) throws Exception {
        try (SandboxProcess one = there();
                SandboxProcess other = there()) {
            Path user = directory.resolve("user");
            Path net = directory.resolve("net");
            Sandbox sandbox = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.USER, user))
                    .network(Network.namespace(net))
                    .build();
            for (SandboxProcess process : List.of(one, other)) {
                Files.deleteIfExists(user);
                Files.deleteIfExists(net);
                Files.createSymbolicLink(user, file(process, "user"));
                Files.createSymbolicLink(net, file(process, "net"));
                assertEquals(
                        HostProgram.sh("readlink " + file(process, "net")),
                        Guest.sh(sandbox, "readlink /proc/self/ns/net"));
            }
        }
    }

    @Test
    void whoEntersAUserNamespaceHasCapabilitiesThere() throws Exception {
        String change = "import fcntl, socket, struct\ns = socket.socket()\n"
                + "try: fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0)); print('down')\n"
                + "except OSError as e: print(e.errno)";
        try (SandboxProcess process = there()) {
            assertEquals("1", Guest.python(in(process, Network.namespace(file(process, "net"))), change), "EPERM");
            Sandbox capable = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.USER, file(process, "user")))
                    .network(Network.namespace(file(process, "net")))
                    .keepCapabilities(Capability.NET_ADMIN)
                    .build();
            assertEquals("down", Guest.python(capable, change));
        }
    }

    /** Root of a user namespace, as by unshare -r, may copy no tree of a mount namespace that it did not make. */
    @Test
    void filesAreBoundWhereANetworkIsJoined(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("file"), "there");
        try (SandboxProcess process = there()) {
            Sandbox sandbox = Sandbox.builder()
                    .namespaces(n -> n.join(NamespaceKind.USER, file(process, "user")))
                    .network(Network.namespace(file(process, "net")))
                    .mountNamespace()
                    .bindReadOnly(directory, "/mnt")
                    .build();
            assertEquals("there", Guest.sh(sandbox, "cat /mnt/file"));
        }
    }

    @Test
    void joiningSaysTheSame() throws Exception {
        try (SandboxProcess process = there()) {
            Path file = file(process, "net");
            Sandbox joined = Sandbox.builder()
                    .namespaces(n ->
                            n.join(NamespaceKind.USER, file(process, "user")).join(NamespaceKind.NETWORK, file))
                    .build();
            assertEquals(
                    in(process, Network.namespace(file)).explain().entries(),
                    joined.explain().entries());
        }
    }

    @Test
    @NeedsHost(Feature.ROOT)
    void rootNeedsNoUserNamespaceForItNorGivesHostileCodeOneUpOverIt() throws Exception {
        try (SandboxProcess process = there()) {
            Sandbox hostile = Sandbox.untrusted()
                    .network(Network.namespace(file(process, "net")))
                    .build();
            assertEquals("connected connected", Guest.python(hostile, LOOK));
            String change = "import fcntl, socket, struct\ns = socket.socket()\n"
                    + "try: fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0)); print('down')\n"
                    + "except OSError as e: print(e.errno)";
            assertEquals("1", Guest.python(hostile, change), "EPERM for setting the device down");
        }
    }

    @Test
    void theProcessesOwnIsRefusedWhereItsSocketsAreWithheld() {
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.namespace(Path.of("/proc/self/ns/net")))
                .build();
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> sandbox.run("/bin/true"));
        assertTrue(e.getMessage().contains("whose sockets of AF_UNIX would be in reach"), e.getMessage());
        assertTrue(e.getMessage().contains("network(Network.host())"), e.getMessage());
    }

    @Test
    void aNamespaceOfAnotherKindIsRefused() throws Exception {
        try (SandboxProcess process = there()) {
            SandboxException e =
                    assertThrows(SandboxException.class, () -> in(process, Network.namespace(file(process, "user")))
                            .run("/bin/true"));
            assertEquals("EINVAL", e.errnoName());
            assertTrue(e.getMessage().contains("a namespace of another kind"), e.getMessage());
            assertTrue(e.getMessage().contains("/ns/user"), e.getMessage());
        }
    }

    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void whoHasNoRightsThereIsToldWhich() throws Exception {
        try (SandboxProcess process = there()) {
            Sandbox stranger = Sandbox.builder()
                    .userNamespace()
                    .network(Network.namespace(file(process, "net")))
                    .build();
            SandboxException e = assertThrows(SandboxException.class, () -> stranger.run("/bin/true"));
            assertEquals("EPERM", e.errnoName());
            assertEquals("setns", e.systemCall().orElse(""));
            assertTrue(e.getMessage().contains("CAP_SYS_ADMIN in the user namespace"), e.getMessage());
            assertTrue(e.getMessage().contains("n.join(USER"), e.getMessage());
        }
    }

    @Test
    void whatIsNoNamespaceIsNotOpened(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("net"), "");
        Sandbox sandbox = Sandbox.builder().network(Network.namespace(file)).build();
        SandboxException e = assertThrows(SandboxException.class, () -> sandbox.run("/bin/true"));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        Sandbox absent = Sandbox.builder()
                .network(Network.namespace(directory.resolve("none")))
                .build();
        SandboxException missing = assertThrows(SandboxException.class, () -> absent.run("/bin/true"));
        assertEquals("ENOENT", missing.errnoName());
        assertTrue(missing.remedy().contains("ip netns add"), missing::getMessage);
    }
}
