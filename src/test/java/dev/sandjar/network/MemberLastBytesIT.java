package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What members have sent, and nobody has read yet, when their sandbox ends. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Tag("heavy")
class MemberLastBytesIT {
    private static final int SIZE = 200_000;

    /** Less than what is sent, so that the rest waits where it was sent. Reads when it is told to. */
    private static final String READER =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.bind(('::', 80)); s.listen(); print('up', flush=True)
            for line in sys.stdin:
                c, _ = s.accept()
                if line.strip() == 'accept':
                    print('accepted', flush=True); sys.stdin.readline()
                c.settimeout(30); n = 0; how = 'end'
                try:
                    while d := c.recv(1 << 16): n += len(d)
                except TimeoutError: how = 'silence'
                except OSError as e: how = str(e.errno)
                print(n, how, flush=True)
            """;

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private static Sandbox untrusted(Network network) {
        return Sandbox.untrusted().network(network).build();
    }

    private static String writer(String host, String end) {
        return "import os, socket, struct\ns = socket.socket(socket.AF_INET6 if ':' in '" + host
                + "' else socket.AF_INET)\n"
                + "s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20); s.connect(('" + host + "', 80))\n"
                + "s.sendall(b'x' * " + SIZE + ")\n" + end;
    }

    private SandboxProcess reader() throws IOException {
        return Servers.start(untrusted(Network.attached(lan.member("reader"))), READER);
    }

    private static void tell(SandboxProcess reader, String line) throws IOException {
        reader.outputWriter().append(line + "\n").flush();
    }

    private static String answer(SandboxProcess reader) throws IOException {
        return reader.inputReader().readLine();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.7.0.2", "fd07::2"})
    void theyArrive(String address) throws Exception {
        try (SandboxProcess reader = reader()) {
            tell(reader, "accept");
            Guest.python(untrusted(Network.attached(lan)), writer(address, ""));
            assertEquals("accepted", answer(reader));
            tell(reader, "read");
            assertEquals(SIZE + " end", answer(reader));
        }
    }

    @Test
    void ofOneThatIsKilledToo() throws Exception {
        Network walled = Network.attached(lan).firewall(Firewall.allowAll());
        try (SandboxProcess reader = reader();
                SandboxProcess writer = Servers.start(
                        untrusted(walled),
                        writer("10.7.0.2", "import sys; print('up', flush=True); sys.stdin.read()"))) {
            tell(reader, "accept");
            assertEquals("accepted", answer(reader));
            writer.destroyForcibly();
            assertTrue(writer.waitFor(20, TimeUnit.SECONDS));
            tell(reader, "read");
            assertEquals(SIZE + " end", answer(reader));
        }
    }

    /** What is under way meets what is done to its network, and goes on afterwards. */
    @Test
    void whatWasPartedArrivesLater() throws Exception {
        NetworkMember one = lan.member("reader");
        NetworkMember other = lan.member("writer");
        try (SandboxProcess reader = reader();
                SandboxProcess writer = Servers.start(
                        untrusted(Network.attached(other)),
                        writer("10.7.0.2", "")
                                .replace(
                                        "s.sendall",
                                        "import sys; print('up', flush=True); sys.stdin.readline()\ns.sendall"))) {
            tell(reader, "accept");
            assertEquals("accepted", answer(reader));
            tell(reader, "read");
            try (Fault split = lan.faults().partition(Set.of(one), Set.of(other))) {
                tell(writer, "go");
                assertTrue(writer.waitFor(20, TimeUnit.SECONDS));
                assertEquals(0, writer.exitValue());
                assertTrue(split.isOpen());
            }
            assertEquals(SIZE + " end", answer(reader));
        }
    }

    /** As a machine that has lost its power. */
    @Test
    void whoIsKilledWhileItIsPartedTellsNobody() throws Exception {
        NetworkMember one = lan.member("reader");
        NetworkMember other = lan.member("writer");
        String reader = READER.replace("settimeout(30)", "settimeout(4)");
        try (SandboxProcess process = Servers.start(untrusted(Network.attached(one)), reader);
                SandboxProcess writer = Servers.start(
                        untrusted(Network.attached(other)),
                        writer("10.7.0.2", "print('sent', flush=True); sys.stdin.read()")
                                .replace(
                                        "s.sendall",
                                        "import sys; print('up', flush=True); sys.stdin.readline()\ns.sendall"))) {
            tell(process, "accept");
            assertEquals("accepted", answer(process));
            Fault split = lan.faults().partition(Set.of(one), Set.of(other));
            tell(writer, "go");
            assertEquals("sent", writer.inputReader().readLine());
            writer.destroyForcibly();
            writer.waitForReport();
            split.close();
            tell(process, "read");
            assertEquals("0 silence", answer(process));
        }
    }

    /** A name is gone at once. */
    @Test
    void whoHasEndedIsNobody() throws Exception {
        try (SandboxNetwork named = SandboxNetwork.builder()
                        .subnet("10.9.0.0/24")
                        .resolver()
                        .open();
                SandboxProcess reader = Servers.start(untrusted(Network.attached(named.member("reader"))), READER)) {
            tell(reader, "accept");
            Guest.python(untrusted(Network.attached(named.member("writer"))), writer("10.9.0.2", ""));
            assertEquals("accepted", answer(reader));
            String look =
                    "import socket\ntry: print(socket.gethostbyname('%s'))\nexcept OSError as e: print('unknown')";
            assertEquals("unknown", Guest.python(untrusted(Network.attached(named)), look.formatted("writer")));
            assertEquals("10.9.0.2", Guest.python(untrusted(Network.attached(named)), look.formatted("reader")));
            assertEquals(1, named.traffic().size(), named.traffic().toString());
            tell(reader, "read");
            assertEquals(SIZE + " end", answer(reader));
        }
    }

    /** As on a host of its own: who asks for a reset sends one, and what was not sent is gone. */
    @Test
    void whoWantsAResetSendsOne() throws Exception {
        try (SandboxProcess reader = reader()) {
            tell(reader, "accept");
            Guest.python(
                    untrusted(Network.attached(lan)),
                    writer("10.7.0.2", "s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))"));
            assertEquals("accepted", answer(reader));
            tell(reader, "read");
            assertTrue(answer(reader).endsWith(" 104"), "ECONNRESET");
        }
    }
}
