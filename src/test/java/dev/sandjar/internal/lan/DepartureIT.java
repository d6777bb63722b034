package dev.sandjar.internal.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a sandbox that has ended had sent, to somebody who never reads it. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class DepartureIT {
    private static final String READER = "import socket, sys\ns = socket.socket(); s.setsockopt(1, 8, 4096)\n"
            + "s.bind(('', 80)); s.listen(); print('up', flush=True); sys.stdin.readline()\n"
            + "c, _ = s.accept(); c.settimeout(20); n = 0\n"
            + "try:\n  while d := c.recv(1 << 16): n += len(d)\nexcept OSError as e: print(e.errno, n < 1 << 20, flush=True)";
    private static final String WRITER =
            "import socket; s = socket.create_connection(('reader', 80)); s.settimeout(2)\n"
                    + "try: s.sendall(b'x' * (1 << 20))\nexcept TimeoutError: pass";

    private static Sandbox as(NetworkMember member) {
        return Sandbox.untrusted().network(Network.attached(member)).build();
    }

    private static SandboxNetwork open(String subnet) throws Exception {
        SandboxNetwork lan = SandboxNetwork.builder().subnet(subnet).open();
        assertEquals(1, lan.member("reader").addresses().size());
        return lan;
    }

    private static SandboxProcess reader(SandboxNetwork lan) throws Exception {
        SandboxProcess reader = as(lan.member("reader")).start(Command.of("/usr/bin/python3", "-I", "-c", READER));
        assertEquals("up", reader.inputReader().readLine());
        return reader;
    }

    private static List<Departure> departures(SandboxNetwork lan) {
        return OpenNetwork.of(lan.member()).places().departures();
    }

    @Test
    void itIsGivenUpAfterFiveSeconds() throws Exception {
        try (SandboxNetwork lan = open("10.7.0.0/24");
                SandboxProcess reader = reader(lan)) {
            Guest.python(as(lan.member("writer")), WRITER);
            long ended = System.nanoTime();
            assertEquals(1, departures(lan).size());
            assertTrue(
                    Await.within(Duration.ofSeconds(20), () -> departures(lan).isEmpty()));
            Duration took = Duration.ofNanos(System.nanoTime() - ended);
            assertTrue(took.compareTo(Duration.ofSeconds(4)) > 0, took.toString());
            assertTrue(reader.isAlive());
            // The control: nothing is waited for where nothing was sent.
            Guest.python(as(lan.member("writer")), "import socket; socket.create_connection(('reader', 80))");
            assertTrue(Await.within(Duration.ofSeconds(2), () -> departures(lan).isEmpty()));
            reader.outputWriter().append('\n').flush();
            assertEquals("104 True", reader.inputReader().readLine(), "ECONNRESET, where the kernel drops sockets");
        }
    }

    /** More than one answer of the kernel has room for. */
    @Test
    void ofManyConnectionsEachIsReset() throws Exception {
        String files = "import resource, socket, sys\nm = resource.getrlimit(7)[1]; resource.setrlimit(7, (m, m))\n";
        String read = files + "s = socket.socket(); s.setsockopt(1, 8, 4096); s.bind(('', 80)); s.listen(700)\n"
                + "print('up', flush=True); k = [s.accept()[0] for i in range(600)]; print('all', flush=True)\n"
                + "sys.stdin.readline(); n = 0\n"
                + "for c in k:\n  c.settimeout(1)\n  try:\n    while c.recv(1 << 16): pass\n"
                + "  except ConnectionResetError: n += 1\n  except TimeoutError: break\nprint(n, flush=True)";
        String write = files
                + "k = []\nfor i in range(600):\n  s = socket.create_connection(('reader', 80), 10); k.append(s)\n"
                + "  s.setblocking(False)\n  try:\n    for j in range(9): s.send(b'x' * 8192)\n  except BlockingIOError: pass\n"
                + "print(len(k), flush=True); sys.stdin.readline()";
        try (SandboxNetwork lan = open("10.7.0.0/24");
                SandboxProcess reader =
                        as(lan.member("reader")).start(Command.of("/usr/bin/python3", "-I", "-c", read))) {
            assertEquals("up", reader.inputReader().readLine());
            try (SandboxProcess writer =
                    as(lan.member("writer")).start(Command.of("/usr/bin/python3", "-I", "-c", write))) {
                assertEquals("600", writer.inputReader().readLine());
                assertEquals("all", reader.inputReader().readLine());
            }
            assertTrue(
                    Await.within(Duration.ofSeconds(20), () -> departures(lan).isEmpty()));
            reader.outputWriter().append('\n').flush();
            assertEquals("600", reader.inputReader().readLine());
        }
    }

    @Test
    void whoIsTheSameMemberDoesNotWaitForIt() throws Exception {
        try (SandboxNetwork lan = open("10.7.0.0/24");
                SandboxProcess reader = reader(lan)) {
            Guest.python(as(lan.member("writer")), WRITER);
            Departure first = departures(lan).get(0);
            String address = Guest.python(
                    as(lan.member("writer")),
                    "import socket; s = socket.create_connection(('reader', 80)); print(s.getsockname()[0])");
            assertEquals(lan.member("writer").addresses().get(0).getHostAddress(), address);
            assertTrue(!departures(lan).contains(first), "it has the place of the other one");
            assertTrue(reader.isAlive());
        }
    }

    /** There is one address beside the reader's. */
    @Test
    void whoNeedsTheAddressHasIt() throws Exception {
        try (SandboxNetwork lan = open("10.7.0.0/29");
                SandboxProcess reader = reader(lan)) {
            for (int i = 0; i < 6; i++) {
                Guest.python(as(lan.member()), WRITER);
            }
            assertTrue(reader.isAlive());
        }
    }
}
