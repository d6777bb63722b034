package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Much, and over again. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class ThroughputIT {
    private static final int PIECE = 1 << 16;
    private static final String SERVER = Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD;

    /** Bytes that no two pieces have in common. */
    private static byte[] piece(Random random) {
        byte[] bytes = new byte[PIECE];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void send(Socket socket, long pieces) {
        try {
            OutputStream out = socket.getOutputStream();
            Random random = new Random(42);
            for (long i = 0; i < pieces; i++) {
                out.write(piece(random));
            }
            socket.shutdownOutput();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void bothWays(int port, long mebibytes) throws Exception {
        long pieces = (mebibytes << 20) / PIECE;
        try (Socket socket = Servers.connect(port)) {
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(socket, pieces));
            InputStream in = socket.getInputStream();
            Random random = new Random(42);
            for (long i = 0; i < pieces; i++) {
                org.junit.jupiter.api.Assertions.assertArrayEquals(piece(random), in.readNBytes(PIECE));
            }
            assertEquals(-1, in.read());
            sent.get(Servers.MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Test
    void sixtyFourMebibytesBothWaysAreIntact() throws Exception {
        try (SandboxProcess server = Servers.start(
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build(), SERVER)) {
            bothWays(server.publishedPort(8080), 64);
        }
    }

    @Test
    @Tag("slow")
    void aGibibyteBothWaysIsIntact() throws Exception {
        try (SandboxProcess server = Servers.start(
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build(), SERVER)) {
            bothWays(server.publishedPort(8080), 1024);
        }
    }

    @Test
    void aServerThatIsStartedAgainIsFoundAgain() throws Exception {
        String again = "import os, socket, sys\nprint('up', flush=True)\n"
                + "for i in range(3):\n"
                + "  if os.fork() == 0:\n"
                + "    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
                + "    s.bind(('127.0.0.1', 8080)); s.listen(); print('listens', flush=True)\n"
                + "    c, _ = s.accept(); c.sendall(b'%d' % i); c.close(); os._exit(0)\n"
                + "  os.wait()\n"
                + "sys.stdin.read()\n";
        try (SandboxProcess server = Servers.start(
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build(), again)) {
            for (int i = 0; i < 3; i++) {
                assertEquals("listens", server.inputReader().readLine());
                assertEquals(Integer.toString(i), Servers.exchange(Servers.connect(server.publishedPort(8080)), ""));
            }
        }
    }

    @Test
    void aRangeIsReachedPortByPort() throws Exception {
        String servers = Servers.ECHO + "for p in range(8000, 8005): begin(tcp('127.0.0.1', p))\n" + Servers.UNTIL_TOLD;
        Network network = Network.loopback().with(PortRule.publish(new PortRange(8000, 8004)));
        try (SandboxProcess server =
                Servers.start(Sandbox.untrusted().network(network).build(), servers)) {
            for (int port = 8000; port < 8005; port++) {
                Servers.assertEchoes(server.publishedPort(port));
            }
        }
    }

    @Test
    void manyConnectionsOneAfterTheOtherLeaveNothing() throws Exception {
        String many = "import socket\nfor i in range(600):\n"
                + "  s = socket.create_connection(('127.0.0.1', %d), 20); s.sendall(b'x'); assert s.recv(1) == b'x'; s.close()\n"
                + "print('all')\n";
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.loopback().hostPort(port).bounds(b -> b.connections(8)))
                    .build();
            assertEquals("all", Guest.python(sandbox, String.format(many, port)));
        }
    }

    @Test
    void theRelayIsGoneWithTheSandbox() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build();
        int before = Relays.pids().size();
        try (SandboxProcess server = Servers.start(sandbox, SERVER)) {
            assertEquals(before + 1, Relays.pids().size());
            Servers.assertEchoes(server.publishedPort(8080));
        }
        assertEquals(before, Relays.pids().size());
    }

    /** A terminal sends them to the whole session of the JVM, which may do what it likes about them. */
    @Test
    void signalsToTheSessionOfTheJvmAreNoneToTheRelay() throws Exception {
        java.util.Set<Long> before = Relays.pids();
        try (SandboxProcess server = Servers.start(
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build(), SERVER)) {
            java.util.Set<Long> relay = Relays.pids();
            relay.removeAll(before);
            String pid = Long.toString(relay.iterator().next());
            HostProgram.sh("for s in INT TERM HUP QUIT TSTP; do kill -$s \"$1\"; done", pid);
            assertEquals(
                    pid,
                    HostProgram.sh("cut -d ' ' -f 6 /proc/\"$1\"/stat", pid).strip(),
                    "its session");
            Servers.assertEchoes(server.publishedPort(8080));
        }
    }

    /** While bytes pass, and before and after. */
    @Test
    void theRelayHasNoRightsWhileItWorks() throws Exception {
        java.util.Set<Long> before = Relays.pids();
        try (SandboxProcess server = Servers.start(
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build(), SERVER)) {
            java.util.Set<Long> relay = Relays.pids();
            relay.removeAll(before);
            assertEquals(1, relay.size());
            long pid = relay.iterator().next();
            try (Socket client = Servers.connect(server.publishedPort(8080))) {
                for (int i = 0; i < 3; i++) {
                    client.getOutputStream().write('x');
                    assertEquals('x', client.getInputStream().read());
                    for (String set : new String[] {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
                        assertEquals("0000000000000000", Relays.status(pid, set), set);
                    }
                    assertEquals("2", Relays.status(pid, "Seccomp"), "a filter");
                    assertEquals("1", Relays.status(pid, "NoNewPrivs"));
                }
            }
        }
    }

    @Test
    void aRelayThatIsKilledTakesItsConnectionsAlong() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build();
        java.util.Set<Long> before = Relays.pids();
        try (SandboxProcess server = Servers.start(sandbox, SERVER)) {
            java.util.Set<Long> relay = Relays.pids();
            relay.removeAll(before);
            assertEquals(1, relay.size());
            try (Socket client = Servers.connect(server.publishedPort(8080))) {
                client.getOutputStream().write('x');
                assertEquals('x', client.getInputStream().read());
                assertTrue(
                        ProcessHandle.of(relay.iterator().next()).orElseThrow().destroyForcibly());
                org.junit.jupiter.api.Assertions.assertThrows(java.io.IOException.class, () -> {
                    if (client.getInputStream().read() < 0) {
                        throw new java.io.IOException("ended");
                    }
                });
            }
            assertTrue(server.isAlive());
        }
    }
}
