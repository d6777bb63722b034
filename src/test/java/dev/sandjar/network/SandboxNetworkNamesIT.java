package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names of members that come and go, which a network answers for. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SandboxNetworkNamesIT {
    private static final String ASK =
            """
            import socket
            def ask(what):
                try: return what()
                except OSError as e: return 'none'
            """;

    /** Sends some bytes to the resolver, and prints the code and the number of records of the answer. */
    private static final String RAW =
            """
            import socket, struct
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20)
            s.connect(('10.7.0.1', 53))
            def question(name, kind=1): return struct.pack('>HHHHHH', 7, 0x100, 1, 0, 0, 0) + b''.join(
                bytes([len(l)]) + l.encode() for l in name.split('.')) + struct.pack('>BHH', 0, kind, 1)
            def send(data): s.send(data); a = s.recv(4096); return (a[3] & 15, a[7])
            """;

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder()
                .name("lan")
                .subnet("10.7.0.0/24")
                .subnet("fd07::/64")
                .resolver()
                .open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private static Sandbox untrusted(NetworkMember member, NetworkMember... more) {
        return Sandbox.untrusted().network(Network.attached(member, more)).build();
    }

    private static String exec(SandboxProcess process, Command command) throws Exception {
        try (SandboxProcess asked = process.exec(command)) {
            asked.getOutputStream().close();
            String text = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(asked.waitFor(20, TimeUnit.SECONDS));
            return text.strip();
        }
    }

    @Test
    void namesComeAndGoWithTheirMembers() throws Exception {
        String python = ASK + "print(ask(lambda: socket.gethostbyname('server')),"
                + " ask(lambda: sorted({a[4][0] for a in socket.getaddrinfo('server', 80)})),"
                + " ask(lambda: socket.gethostbyaddr('10.7.0.3')[0]), ask(lambda: socket.gethostbyaddr('fd07::3')[0]))";
        Command getent = Command.of("getent", "ahosts", "server");
        NetworkMember name = lan.member("client");
        try (SandboxProcess client = untrusted(name).start("cat")) {
            for (int i = 0; i < 2; i++) {
                assertEquals("none none none none", exec(client, Servers.python(python)));
                assertEquals("", exec(client, getent));
                try (SandboxProcess server = untrusted(lan.member("server")).start("cat")) {
                    assertTrue(server.isAlive());
                    assertEquals(
                            "10.7.0.3 ['10.7.0.3', 'fd07::3'] server server", exec(client, Servers.python(python)));
                    String all = exec(client, getent);
                    assertTrue(all.contains("10.7.0.3") && all.contains("fd07::3"), all);
                    assertEquals(
                            "10.7.0.2       client",
                            exec(server, Command.of("getent", "hosts", "10.7.0.2"))
                                    .replaceAll(" +", "       "));
                }
            }
        }
    }

    @Test
    void javaFindsThem() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin/java");
        Assumptions.assumeTrue(java.startsWith("/usr"), "the view of the host has no Java");
        String source = "import java.net.*;\nclass Find { public static void main(String[] a) throws Exception {\n"
                + "for (String n : a) try { System.out.println(InetAddress.getByName(n).getHostAddress()); }\n"
                + "catch (UnknownHostException e) { System.out.println(\"none\"); } } }\n";
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.attached(lan.member("a")))
                .file("/tmp/Find.java", source)
                .build();
        var result = sandbox.run(Command.of(java.toString(), "/tmp/Find.java", "a", "nobody", "example.org"));
        assertEquals("10.7.0.2\nnone\nnone", result.stdout().strip(), result::toString);
    }

    @Test
    void nobodyElseIsKnownAndNobodyIsAsked() throws Exception {
        lan.member("idle");
        String names = RAW
                + "print(send(question('a')), send(question('A')), send(question('a', 28)), send(question('a', 15)),"
                + " [send(question(n))[0] for n in ('idle', 'example.org', 'localhost', 'a.a', 'lan')])";
        assertEquals("(0, 1) (0, 1) (0, 1) (0, 0) [3, 3, 3, 3, 3]", Guest.python(untrusted(lan.member("a")), names));
    }

    @Test
    void strangeMessagesAreNoHarm() throws Exception {
        String strange = RAW + "import os\n"
                + "for i in range(300): s.send(os.urandom(i * 5))\n"
                + "for n in range(12): s.send(question('a')[:n])\n"
                + "s.send(b'\\0' * 60000)\n"
                + "q = question('a')\n"
                + "while True:\n"
                + "    s.send(b'\\xab\\xcd' + q[2:])\n"
                + "    a = s.recv(4096)\n"
                + "    if a[:2] == b'\\xab\\xcd' and a[7] == 1: break\n"
                + "print('answered')";
        assertEquals("answered", Guest.python(untrusted(lan.member("a")), strange));
    }

    /** More than it answers in three times, of which the first may be nearly over. */
    @Test
    void aFloodIsSlowedDown() throws Exception {
        String flood = RAW + "import time\nt = time.monotonic()\nn = 0\n"
                + "while n < 3500: send(question('a')); n += 1\n"
                + "print(time.monotonic() - t)";
        double seconds = Double.parseDouble(Guest.python(untrusted(lan.member("a")), flood));
        assertTrue(seconds > 0.35, "3500 answers in " + seconds + " s");
    }

    @Test
    void ofSeveralNetworksTheFirstResolverIsAsked() throws Exception {
        try (SandboxNetwork back = SandboxNetwork.builder()
                        .name("back")
                        .subnet("10.8.0.0/24")
                        .open();
                SandboxProcess server = untrusted(lan.member("server")).start("cat")) {
            assertTrue(server.isAlive());
            back.member("store");
            Sandbox both = untrusted(back.member(), lan.member());
            assertEquals("nameserver 10.7.0.1\nnameserver fd07:0:0:0:0:0:0:1", Guest.sh(both, "cat /etc/resolv.conf"));
            assertEquals(
                    "10.8.0.2 10.7.0.2",
                    Guest.python(
                            both,
                            "import socket\nprint(socket.gethostbyname('store'), socket.gethostbyname('server'))"));
            assertFalse(Guest.sh(both, "cat /etc/hosts").contains("server"));
        }
    }

    /** It answers who reaches it: also members of a network that is connected, who find no names of theirs there. */
    @Test
    void membersOfAConnectedNetworkMayAskIt() throws Exception {
        String names = "\ns.close(); s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20)\n"
                + "s.connect(('10.8.0.1', 53)); print(send(question('store')), send(question('asker')))";
        try (SandboxNetwork front =
                        SandboxNetwork.builder().subnet("10.9.0.0/24").gateway().open();
                SandboxNetwork back = SandboxNetwork.builder()
                        .subnet("10.8.0.0/24")
                        .gateway()
                        .resolver()
                        .open();
                SandboxProcess store = untrusted(back.member("store")).start("cat")) {
            assertTrue(store.isAlive());
            front.connect(back);
            assertEquals("(0, 1) (3, 0)", Guest.python(untrusted(front.member("asker")), RAW + names));
        }
    }

    @Test
    void explainSaysWhereNamesComeFrom() throws Exception {
        String text = untrusted(lan.member()).explain().entries().toString();
        assertTrue(text.contains("names by the resolver of lan"), text);
        Sandbox plain = Sandbox.builder().network(Network.attached(lan)).build();
        assertEquals(
                List.of(AppliedPolicy.Outcome.DEGRADED),
                plain.explain().entries().stream()
                        .filter(entry -> entry.request().startsWith("names"))
                        .map(AppliedPolicy.Entry::outcome)
                        .toList());
    }

    @Test
    void aPresetWithFilesOfItsOwnAsksToo() throws Exception {
        Sandbox hermetic = Sandbox.hermetic()
                .network(Network.attached(lan.member("a")))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .symlink("/bin", "usr/bin")
                .symlink("/lib", "usr/lib")
                .symlink("/lib64", "usr/lib64")
                .build();
        assertEquals("10.7.0.2", Guest.python(hermetic, "import socket\nprint(socket.gethostbyname('a'))"));
    }

    @Test
    void nothingOfItStaysOpen() throws Exception {
        long before = polls();
        for (int i = 0; i < 20; i++) {
            SandboxNetwork.builder().subnet("10.9.0.0/24").resolver().open().close();
        }
        assertTrue(before > 0);
        assertTrue(Await.within(Duration.ofSeconds(20), () -> polls() <= before), () -> polls() + " of " + before);
    }

    /** Descriptors of this JVM by which a name server waits. */
    private static long polls() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(fd -> {
                        try {
                            return Files.readSymbolicLink(fd).toString().equals("anon_inode:[eventpoll]");
                        } catch (IOException e) {
                            return false; // closed meanwhile
                        }
                    })
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
