package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All names below one, which clients find by their resolver, with nothing set. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Tag("once")
class EgressPatternsIT {
    /** Prints the number and the code of each answer, how many records it has, and the address. */
    private static final String RAW =
            """
            import socket, struct
            def question(name, kind, flags=0x100, count=1, number=7):
                q = struct.pack('>HHHHHH', number, flags, count, 0, 0, 0)
                q += b''.join(bytes([len(l)]) + l for l in name) + b'\\0' + struct.pack('>HH', kind, 1)
                return struct.pack('>H', len(q)) + q
            def told(r, q):
                i, f, qd, an = struct.unpack('>HHHH', r[:8])
                return f'{i} {f & 15} {an} ' + (socket.inet_ntoa(r[-4:]) if an else 'same' if r[12:] == q[14:] else 'head')
            def talk(*questions, step=1 << 20):
                data = b''.join(questions); said = []
                try:
                    s = socket.create_connection(('198.19.255.254', 53), 20); s.settimeout(40)
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for i in range(0, len(data), step): s.sendall(data[i:i + step])
                    for q in questions:
                        size = s.recv(2, socket.MSG_WAITALL)
                        if len(size) < 2: return 'end'
                        said.append(told(s.recv(struct.unpack('>H', size)[0], socket.MSG_WAITALL), q))
                except OSError as e:
                    return 'end' if e.errno in (104, 107, 32) else str(e)
                return ', '.join(said)
            def ask(*arguments): return talk(question(*arguments))
            """;

    private final Hosts hosts = new Hosts()
            .with("a.example.test", "127.0.0.1")
            .with("b.c.example.test", "127.0.0.1")
            .with("example.test", "127.0.0.1");
    private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    private String run(Network network, String program) throws Exception {
        Sandbox sandbox = Sandbox.untrusted()
                .network(network.resolver(hosts).listener(events::add))
                .timeout(Duration.ofMinutes(2))
                .build();
        return Guest.python(sandbox, program);
    }

    private static EgressRule rule(int port) {
        return EgressRule.allow("*.example.test", port).withAddresses(Hosts.LOOPBACK);
    }

    @Test
    void namesBelowAreReachedAndNoOthers() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.egress(rule(port).anyProtocol());
            for (String name : List.of("a.example.test", "b.c.example.test", "A.Example.TEST")) {
                assertEquals("hello", run(network, HostPortIT.client(name, port)), name);
            }
            assertEquals(
                    List.of("a.example.test", "b.c.example.test", "a.example.test"),
                    events.stream()
                            .map(e -> e.connection().name().orElseThrow())
                            .toList(),
                    "what the resolver is asked is no connection");
            int asked = hosts.asked.get();
            for (String name : List.of(
                    "example.test", "evilexample.test", "a.example.test.evil.test", "other.test", "a_b.example.test")) {
                String said = run(network, HostPortIT.client(name, port));
                assertTrue(List.of("-2", "-5").contains(said), name + ": " + said);
            }
            assertEquals(asked, hosts.asked.get(), "nobody outside is asked for what a program looks up");
            assertEquals(3, events.size());
        }
    }

    @Test
    void aWholeNameComesBeforeAPattern() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            EgressRule whole = EgressRule.allow("a.example.test", port)
                    .withAddresses(Hosts.LOOPBACK)
                    .anyProtocol()
                    .fixed();
            Network network = Network.egress(rule(port).anyProtocol(), whole).decide(connection -> Decision.REFUSE);
            assertEquals("hello", run(network, HostPortIT.client("a.example.test", port)));
            assertEquals("reset", run(network, HostPortIT.client("b.c.example.test", port)));
            assertEquals("reset", run(network, HostPortIT.client("127.0.0.1", port)), "taken, and for nobody");
            assertEquals("reset", run(network, HostPortIT.client("198.18.3.3", port)), "given to no name");
        }
    }

    @Test
    @NeedsHost(Feature.CURL)
    void firstBytesAreForTheNameThatWasDialled() throws Exception {
        try (WebServers plain = WebServers.plain()) {
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.egress(rule(plain.port())).resolver(hosts))
                    .build();
            String at = "a.example.test:" + plain.port();
            String get = "curl -sS --max-time 30 ";
            assertEquals("host " + at, Guest.sh(sandbox, get + "http://" + at + "/"));
            String other = "-H 'Host: b.c.example.test' http://" + at + "/ 2>/dev/null; echo $?";
            assertEquals("56", Guest.sh(sandbox, get + other), "another of the same pattern");
        }
    }

    /** Nothing but addresses, of names that are allowed; what is no question is answered by an end. */
    @Test
    void theResolverSaysNothingElse() throws Exception {
        String program = RAW
                + "n = [b'A', b'example', b'test']\n"
                + "print(ask(n, 1)); print(ask([b'b'] + n, 1)); print(ask(n, 1))\n"
                + "for kind in (28, 16, 15, 2, 65): print(ask(n, kind))\n"
                + "print(ask(n[1:], 1)); print(ask([b'a', b'test'], 16)); print(ask([b'a_b'] + n, 1))\n"
                + "print(ask([b'a.example', b'test'], 1)); print(ask([b'x' * 50] * 4 + n, 1)); print(ask([b'x' * 50] * 5 + n, 1))\n"
                + "print(ask(n, 1, 0x8100)); print(ask(n, 1, 0x100, 2)); print(ask(n, 1, 0x2900))\n"
                + "print(talk(b'\\xff\\xff' + b'x' * 600)); print(talk(b'\\0\\0')); print(talk(b'\\0\\4abcd'))\n"
                + "two = question(n, 1), question(n, 28, 0x100, 1, 8)\n"
                + "print(talk(*two)); print(talk(*two, step=1))\n";
        String expected = "7 0 1 198.18.0.1\n7 0 1 198.18.0.2\n7 0 1 198.18.0.1\n" + "7 0 0 same\n".repeat(5)
                + "7 3 0 same\n".repeat(3) + "7 1 0 head\n7 0 1 198.18.0.3\n7 1 0 head\n"
                + "end\n7 1 0 head\n7 4 0 head\n" + "end\n".repeat(3)
                + "7 0 1 198.18.0.1, 8 0 0 same\n7 0 1 198.18.0.1, 8 0 0 same";
        assertEquals(expected, run(Network.egress(rule(443)), program));
        assertEquals(0, hosts.asked.get());
        assertEquals(List.of(), events, "nobody outside was to be reached");
    }

    @Test
    void whoAsksAndSaysNothingIsNotWaitedForForEver() throws Exception {
        String program = RAW
                + "held = [socket.create_connection(('198.19.255.254', 53), 20) for i in range(20)]\n"
                + "for s in held: s.sendall(b'\\0')\n"
                + "print(ask([b'a', b'example', b'test'], 1))\n";
        Network network = Network.egress(rule(443)).bounds(b -> b.connections(4).firstBytes(Duration.ofMillis(500)));
        assertEquals("7 0 1 198.18.0.1", run(network, program));
    }

    /** With more of them than there are addresses for, those that came first go on. */
    @Test
    void namesAreGivenAddressesWithABound() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String program = RAW
                    + "for i in range(1060):\n  said = ask([b'n%d' % i, b'example', b'test'], 1)\n"
                    + "  if i in (0, 1023, 1024): print(said)\n"
                    + "print(ask([b'n0', b'example', b'test'], 1))\n";
            String said = run(Network.egress(rule(port).anyProtocol()), program);
            assertEquals("7 0 1 198.18.0.1\n7 0 1 198.18.4.0\n7 3 0 same\n7 0 1 198.18.0.1", said);
        }
    }

    @Test
    void aPresetWithFilesOfItsOwnAsksToo() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Sandbox hermetic = Sandbox.hermetic()
                    .network(Network.egress(rule(port).anyProtocol()).resolver(hosts))
                    .bindReadOnly(Path.of("/usr"), "/usr")
                    .symlink("/bin", "usr/bin")
                    .symlink("/lib", "usr/lib")
                    .symlink("/lib64", "usr/lib64")
                    .build();
            assertEquals("hello", Guest.python(hermetic, HostPortIT.client("a.example.test", port)));
        }
    }

    @Test
    void whereTheFileIsTheHostsThereAreProxies() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.egress(rule(port).anyProtocol()).resolver(hosts);
            Sandbox without = Sandbox.builder().network(network).build();
            SandboxException e = assertThrows(SandboxException.class, () -> without.run("/bin/true"));
            assertTrue(e.getMessage().contains("add withProxies()"), e.getMessage());
            Sandbox with = Sandbox.builder().network(network.withProxies()).build();
            String program = "import os, socket, urllib.parse\nu = urllib.parse.urlsplit(os.environ['http_proxy'])\n"
                    + "s = socket.create_connection((u.hostname, u.port), 20)\n"
                    + "s.sendall(b'CONNECT %s:" + port + " HTTP/1.1\\r\\n\\r\\n')\n"
                    + "print(s.recv(12).decode())\n";
            assertEquals("HTTP/1.1 200", Guest.python(with, program.replace("%s", "b.c.example.test")));
            assertEquals("HTTP/1.1 403", Guest.python(with, program.replace("%s", "example.test")));
        }
    }

    /** Which reads /etc/resolv.conf itself, without the C library. */
    @Test
    @Tag("slow")
    @NeedsHost(Feature.GO)
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void goAsksToo() throws Exception {
        Path program = GoProgram.built(
                directory,
                "look",
                """
                package main
                import ("fmt"; "net"; "os")
                func main() {
                    found, err := net.LookupHost(os.Args[1])
                    fmt.Print(found, err)
                }
                """);
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(program, "/opt/look")
                .network(Network.egress(rule(443)))
                .build();
        assertEquals(
                "[198.18.0.1] <nil>", sandbox.run("/opt/look", "a.example.test").stdout());
    }
}
