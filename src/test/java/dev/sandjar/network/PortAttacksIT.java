package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hostile programs and clients try with ports that are shared; each refusal beside what goes on working. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class PortAttacksIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;

    private static Sandbox untrusted(Network network) {
        return Sandbox.untrusted().network(network).build();
    }

    /** With two ports to choose from, the first socket that connects to one of them without a server is connected to itself. */
    @Test
    void aPortWithoutAServerAnswersNobodyWithHisOwnBytes() throws Exception {
        int inside = 50_052;
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.loopback().publish(inside))
                .namespaces(n -> n.sysctl("net.ipv4.ip_local_port_range", inside + " " + (inside + 1)))
                .build();
        String server = Servers.ECHO + "print('up', flush=True)\nsys.stdin.readline()\nbegin(tcp('127.0.0.1', " + inside
                + "))\n" + Servers.UNTIL_TOLD;
        try (SandboxProcess process = Servers.start(sandbox, server)) {
            int port = process.publishedPort(inside);
            for (int i = 0; i < 4; i++) {
                assertThrows(
                        IOException.class, () -> assertEquals("", Servers.exchange(Servers.connect(port), "hello")));
            }
            process.outputWriter().write("\n");
            process.outputWriter().flush();
            assertEquals("up", process.inputReader().readLine());
            Servers.assertEchoes(port);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "::ffff:169.254.169.254",
                "fd00:ec2::254",
                "100.100.100.200",
                "8.8.8.8",
                "10.0.2.2",
                "192.168.0.1"
            })
    void noOtherAddressIsReached(String address) throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = untrusted(Network.loopback().hostPort(port));
            String refused = Guest.python(sandbox, HostPortIT.client(address, port));
            assertTrue(List.of("101", "99").contains(refused), "ENETUNREACH or EADDRNOTAVAIL, not " + refused);
            assertEquals("hello", Guest.python(sandbox, HostPortIT.client("127.0.0.1", port)));
        }
    }

    @Test
    void otherPortsOfTheHostAreRefusedByEveryName() throws Exception {
        try (ServerSocket server = Servers.echo();
                ServerSocket other = Servers.echo()) {
            Sandbox sandbox = untrusted(Network.loopback().hostPort(server.getLocalPort(), "db"));
            for (String name : List.of("127.0.0.1", "::1", "db", "localhost", "0.0.0.0", "::ffff:127.0.0.1")) {
                assertEquals("111", Guest.python(sandbox, HostPortIT.client(name, other.getLocalPort())), name);
            }
            assertEquals("hello", Guest.python(sandbox, HostPortIT.client("db", server.getLocalPort())));
        }
    }

    @Test
    void aNeighbourReachesNeitherSide() throws Exception {
        try (SandboxProcess server = Servers.start(untrusted(Network.loopback().publish(8080)), SERVER)) {
            int port = server.publishedPort(8080);
            Sandbox neighbour = untrusted(Network.loopback().publish(8080));
            assertEquals("111", Guest.python(neighbour, HostPortIT.client("127.0.0.1", 8080)), "ECONNREFUSED");
            assertEquals("111", Guest.python(neighbour, HostPortIT.client("127.0.0.1", port)), "ECONNREFUSED");
            Servers.assertEchoes(port);
        }
    }

    /** Holds as many as it can, says so, lets go when told, and tries again. */
    private static String exhauster(int port) {
        return Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\nimport select\nheld = []\n"
                + "for i in range(20):\n  s = socket.create_connection(('127.0.0.1', " + port
                + "), 20); held.append(s)\n"
                + "for s in held: s.sendall(b'x')\n"
                + "left = list(held)\n"
                // Four in their own time; that no more come is seen in the next two seconds.
                + "def answered(seconds):\n"
                + "  some = select.select(left, [], [], seconds)[0]\n"
                + "  for s in some: assert s.recv(1) == b'x'; left.remove(s)\n"
                + "  return len(some)\n"
                + "while len(left) > 16 and answered(20): pass\n"
                + "while answered(2): pass\n"
                + "served = 20 - len(left)\n"
                + "print('up', flush=True); print(served, flush=True); sys.stdin.readline()\n"
                + "for s in held: s.close()\n"
                + "s = socket.create_connection(('127.0.0.1', " + port
                + "), 20); s.settimeout(20); s.sendall(b'again')\n"
                + "print(s.recv(5).decode(), flush=True); sys.stdin.read()\n";
    }

    @Test
    void connectionsThatAreHeldKeepTheOtherDirectionOpen() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            Network network = Network.loopback()
                    .hostPort(server.getLocalPort())
                    .publish(8080)
                    .bounds(b -> b.connections(4));
            try (SandboxProcess guest = Servers.start(untrusted(network), exhauster(server.getLocalPort()))) {
                assertEquals("4", guest.inputReader().readLine(), "no more than that are served");
                Servers.assertEchoes(guest.publishedPort(8080));
                guest.getOutputStream().write('\n');
                guest.getOutputStream().flush();
                assertEquals("again", guest.inputReader().readLine());
            }
        }
    }

    @Test
    void whoDoesNotReadHoldsUpNobodyElse() throws Exception {
        String flood = "import socket, sys\n"
                + "s = socket.create_connection(('127.0.0.1', %d), 20); s.setblocking(False); n = 0\n"
                + "import select\n"
                + "while select.select([], [s], [], 1)[1]: n += s.send(b'x' * 65536)\n"
                + "t = socket.create_connection(('127.0.0.1', %d), 20); t.sendall(b'hello')\n"
                + "print(n < 64 << 20, t.recv(5).decode())\n";
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = untrusted(Network.loopback().hostPort(port));
            assertEquals("True hello", Guest.python(sandbox, String.format(flood, port, port)));
        }
    }

    /** They are the host's, and no limit of the sandbox counts them. */
    @Test
    @Tag("heavy")
    void buffersOfTheRelayDoNotGrow() throws Exception {
        String flood = "import socket, select\n"
                + "s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)\n"
                + "s.connect(('127.0.0.1', %d)); s.setblocking(False); n = 0\n"
                + "while select.select([], [s], [], 2)[1]: n += s.send(b'x' * 65536)\nprint(n)\n";
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(1 << 16);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = server.getLocalPort();
            long sent = Long.parseLong(
                    Guest.python(untrusted(Network.loopback().hostPort(port)), String.format(flood, port)));
            assertTrue(sent > 0 && sent < 4 << 20, "bytes that nobody has read: " + sent);
        }
    }

    @Test
    void eachSideMayEndFirst() throws Exception {
        String first = "import socket, sys\ns = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen()\n"
                + "print('up', flush=True)\nc, _ = s.accept()\nc.sendall(b'done'); c.shutdown(socket.SHUT_WR)\n"
                + "print(c.recv(100).decode(), c.recv(100) == b'', flush=True)\nsys.stdin.read()\n";
        try (SandboxProcess server = Servers.start(untrusted(Network.loopback().publish(8080)), first);
                Socket client = Servers.connect(server.publishedPort(8080))) {
            assertEquals("done", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            client.getOutputStream().write("late".getBytes(StandardCharsets.UTF_8));
            client.shutdownOutput();
            assertEquals("late True", server.inputReader().readLine());
        }
    }

    @Test
    void aResetIsAReset() throws Exception {
        String waits = "import socket, sys\ns = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen()\n"
                + "print('up', flush=True)\nc, _ = s.accept(); c.recv(5); print('got', flush=True)\n"
                + "try: print(c.recv(5))\nexcept OSError as e: print(e.errno, flush=True)\nsys.stdin.read()\n";
        try (SandboxProcess server = Servers.start(untrusted(Network.loopback().publish(8080)), waits)) {
            try (Socket client = Servers.connect(server.publishedPort(8080))) {
                client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                assertEquals("got", server.inputReader().readLine());
                client.setSoLinger(true, 0);
            }
            assertEquals("104", server.inputReader().readLine(), "ECONNRESET");
        }
    }

    @Test
    void afterTheEndNobodyIsThere() throws Exception {
        String once = "import socket\ns = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen()\n"
                + "print('up', flush=True)\nc, _ = s.accept(); c.sendall(b'bye'); c.close()\n";
        SandboxProcess server = Servers.start(untrusted(Network.loopback().publish(8080)), once);
        int port = server.publishedPort(8080);
        try (server;
                Socket client = Servers.connect(port)) {
            assertEquals("bye", new String(client.getInputStream().readNBytes(3), StandardCharsets.UTF_8));
            assertTrue(server.waitFor(20, TimeUnit.SECONDS));
            assertEquals(0, server.exitValue());
            assertThrows(ConnectException.class, () -> Servers.connect(port).close());
            assertThrows(IOException.class, () -> {
                client.getOutputStream().write(1);
                if (client.getInputStream().read() < 0) {
                    throw new SocketException("ended");
                }
            });
        }
    }

    @Test
    void everyAttackFailsWithPortsThatAreShared() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            Sandbox sandbox = untrusted(Network.loopback().publish(8080).hostPort(server.getLocalPort(), "db"));
            assertEquals(List.of(), sandbox.verify().results(Attestation.Grade.EXPOSED));
        }
    }

    @Test
    void explainSaysWhatIsSharedAndWhoIsAsked() throws Exception {
        Network network = Network.loopback()
                .publish(8080)
                .with(PortRule.hostPort(5432).named("db").fixed())
                .decide(connection -> Decision.REFUSE);
        String text = untrusted(network).explain().entries().toString();
        assertTrue(text.contains("publish 8080 on 127.0.0.1:any"), text);
        assertTrue(text.contains("each is decided on, at most 256 at once"), text);
        assertTrue(text.contains("hostPort 127.0.0.1:5432 at 5432 as db, fixed"), text);
        assertTrue(text.contains("all are let through, at most 256 at once"), text);
        assertTrue(text.contains("loopback is up"), text);
        assertTrue(untrusted(Network.none()).explain().entries().toString().contains("loopback is down"));
    }
}
