package dev.sandjar.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sandjar.Isolation;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Attestation;
import dev.sandjar.verify.Attestation.Grade;
import java.io.BufferedReader;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Hostile code on the host's network and what listens there on sockets of AF_UNIX: servers that verify() starts outside. The controls
 * are the same sandboxes with those sockets asked for.
 */
@KernelTest
@NeedsHost(Feature.USERNS)
@Timeout(value = 4, unit = TimeUnit.MINUTES) // all attacks, on emulated processors
@Tag("heavy")
class HostSocketsIT {
    private static final String LANDLOCK = "sandjar.landlockVersion";
    private static final String WITHOUT_NAMESPACES = "sandjar.withoutNamespaces";
    private static final List<String> ABSTRACT = List.of("abstract-socket", "abstract-datagram");
    private static final String PAIR =
            "import socket\na, b = socket.socketpair()\na.send(b'x')\nprint(b.recv(1).decode())";
    /** Each type of pairs, and whether one of them reaches the address. */
    private static final String PAIRS =
            """
            import errno, socket
            name = "\\0ADDRESS"
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
                def ends():
                    return socket.socketpair(socket.AF_UNIX, kind | socket.SOCK_CLOEXEC)
                def sendto():
                    a, b = ends()
                    a.sendto(b"sendto", name)
                def sendmsg():
                    a, b = ends()
                    a.sendmsg([b"sendmsg"], [], 0, name)
                def connect():
                    a, b = ends()
                    a.connect(name)
                    a.send(b"connect")
                for way in (ends, sendto, sendmsg, connect):
                    try:
                        way()
                        said = "done"
                    except OSError as e:
                        said = errno.errorcode[e.errno]
                    print(kind.name, way.__name__, said)
            """;

    private static final String RECEIVER =
            """
            import socket
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind("\\0ADDRESS")
            print("ready", flush=True)
            while True:
                s.recv(64)
            """;

    private static final String SERVER =
            "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0sandjar-inside')\ns.listen()\n"
                    + "socket.socket(socket.AF_UNIX).connect('\\0sandjar-inside')\nprint('connected')";

    @AfterEach
    void switchBack() {
        System.clearProperty(LANDLOCK);
        System.clearProperty(WITHOUT_NAMESPACES);
    }

    private static SandboxBuilder on(Network network) {
        return Sandbox.untrusted().network(network);
    }

    private static Map<String, Grade> grades(Sandbox sandbox) throws Exception {
        Map<String, Grade> grades = new TreeMap<>();
        Attestation attestation = sandbox.verify();
        attestation.results().forEach(result -> grades.put(result.name(), result.grade()));
        return grades;
    }

    private static void assertOnlyAskedFor(List<String> attacks, SandboxBuilder without, SandboxBuilder with)
            throws Exception {
        Map<String, Grade> withheld = grades(without.build());
        Map<String, Grade> control = grades(with.build());
        for (String attack : attacks) {
            assertEquals(Grade.CONTAINED, withheld.get(attack), attack);
            assertEquals(Grade.EXPOSED, control.get(attack), attack);
        }
    }

    private static String explained(Sandbox sandbox) throws Exception {
        return sandbox.explain().entries().toString();
    }

    /** By Landlock or by the filter, whatever this kernel has. */
    @Test
    void abstractSocketsOfTheHostAreOutOfReach() throws Exception {
        assertOnlyAskedFor(ABSTRACT, on(Network.host()), on(Network.host().withUnixSockets()));
        assertOnlyAskedFor(
                ABSTRACT,
                Sandbox.hermetic().network(Network.host()),
                Sandbox.hermetic().network(Network.host().withUnixSockets()));
        assertOnlyAskedFor(
                ABSTRACT,
                Sandbox.untrusted().without(Isolation.NETWORK_NAMESPACE),
                on(Network.host().withUnixSockets()));
    }

    @Test
    void beforeVersionSixTheFilterRefusesThem() throws Exception {
        System.setProperty(LANDLOCK, "5");
        assertOnlyAskedFor(ABSTRACT, on(Network.host()), on(Network.host().withUnixSockets()));
        String explanation = explained(on(Network.host()).build());
        assertTrue(
                explanation.contains("no sockets of AF_UNIX, but pairs of SOCK_STREAM and SOCK_SEQPACKET"),
                explanation);
        assertTrue(explanation.contains("Network.host().withUnixSockets()"), explanation);
    }

    @Test
    @NeedsHost(Feature.LANDLOCK_SCOPES)
    void fromVersionSixOnLandlockKeepsThemApart() throws Exception {
        String explanation = explained(on(Network.host()).build());
        assertTrue(explanation.contains("LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"), explanation);
        if (Feature.PYTHON.isPresent()) {
            assertEquals("connected", Guest.python(on(Network.host()).build(), SERVER));
        }
    }

    @Test
    void whatWasAskedForIsSaid() throws Exception {
        String explanation = explained(on(Network.host().withUnixSockets()).build());
        assertTrue(explanation.contains("withUnixSockets() was asked for"), explanation);
        String other = explained(on(Network.loopback()).build());
        assertTrue(!other.contains("AF_UNIX"), other);
    }

    @Test
    @NeedsHost(Feature.PYTHON)
    void pairsWork() throws Exception {
        for (String version : List.of("15", "5")) {
            System.setProperty(LANDLOCK, version);
            assertEquals("x", Guest.python(on(Network.host()).build(), PAIR));
        }
    }

    private static void assertPairsReach(boolean reached, String address, SandboxBuilder builder) throws Exception {
        String said = Guest.python(builder.build(), PAIRS.replace("ADDRESS", address));
        assertTrue(said.contains("SOCK_STREAM ends done"), said);
        assertTrue(said.contains("SOCK_SEQPACKET ends done"), said);
        assertTrue(!said.contains("SOCK_STREAM sendto done") && !said.contains("SOCK_STREAM connect done"), said);
        assertTrue(!said.contains("SOCK_SEQPACKET connect done"), said);
        for (String type : List.of("SOCK_DGRAM", "SOCK_RAW")) {
            for (String way : List.of("sendto", "sendmsg", "connect")) {
                assertEquals(reached, said.contains(type + " " + way + " done"), type + " " + way + " in\n" + said);
            }
        }
    }

    /** One of a pair of datagram sockets is as good as any other: it sends to whatever address it is given, and connects anew. */
    @Test
    @NeedsHost(Feature.PYTHON)
    void noneOfAPairReachesTheHost() throws Exception {
        String name = "sandjar-pairs-" + ProcessHandle.current().pid();
        Process server = new ProcessBuilder("/usr/bin/python3", "-I", "-c", RECEIVER.replace("ADDRESS", name)).start();
        try (BufferedReader ready = server.inputReader()) {
            assertEquals("ready", ready.readLine());
            System.setProperty(LANDLOCK, "5");
            assertPairsReach(true, name, on(Network.host().withUnixSockets()));
            assertPairsReach(false, name, on(Network.host()));
            if (!Feature.MAPPED_ROOT.isPresent()) {
                System.setProperty(WITHOUT_NAMESPACES, "true");
                assertPairsReach(
                        true, name, on(Network.host().withUnixSockets()).allowDegraded(Isolation.values()));
                assertPairsReach(false, name, on(Network.host()).allowDegraded(Isolation.values()));
                Sandbox untrusted =
                        Sandbox.untrusted().allowDegraded(Isolation.values()).build();
                assertTrue(explained(untrusted).contains("no sockets, but pairs of SOCK_STREAM and SOCK_SEQPACKET"));
                assertPairsReach(false, name, Sandbox.untrusted().allowDegraded(Isolation.values()));
            }
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** The names of the host are in reach there: a session bus starts programs as its user. */
    @Test
    void withoutAMountNamespaceThoseWithNamesTooAreOutOfReach() throws Exception {
        assumeFalse(
                Feature.MAPPED_ROOT.isPresent(),
                "SKIPPED: root of a user namespace may not become the user of the preset, as setgroups(2) is denied there");
        System.setProperty(WITHOUT_NAMESPACES, "true");
        List<String> all = List.of("abstract-socket", "abstract-datagram", "pathname-socket");
        SandboxBuilder without = on(Network.host()).allowDegraded(Isolation.values());
        System.setProperty(LANDLOCK, "15");
        assertOnlyAskedFor(all, without, on(Network.host().withUnixSockets()).allowDegraded(Isolation.values()));
        System.setProperty(LANDLOCK, "2");
        Map<String, Grade> withheld = grades(without.build());
        all.forEach(attack -> assertEquals(Grade.CONTAINED, withheld.get(attack), attack));
    }
}
