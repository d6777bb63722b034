package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members that stand still, die, have other clocks, and can't be found by their names. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NodeFaultsIT {
    private SandboxNetwork lan;
    private NetworkMember a;
    private NetworkMember b;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").resolver().open();
        a = lan.member("a");
        b = lan.member("b");
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private static SandboxBuilder as(NetworkMember member) {
        return Sandbox.untrusted().network(Network.attached(member)).timeout(Duration.ofMinutes(3));
    }

    private static String address(NetworkMember member) {
        return member.addresses().get(0).getHostAddress();
    }

    /** Its interface still takes packets: the connection stands still, and what was said is answered afterwards. */
    @Test
    @NeedsHost(Feature.CGROUP_FREEZER)
    void whoIsFrozenKeepsItsNetwork() throws Exception {
        try (FaultNode one = FaultNode.start(a);
                FaultNode two = FaultNode.start(as(b).accounting().build())) {
            assertEquals("open", one.say("open " + address(b)));
            two.process.freeze();
            assertEquals("waits", one.say("tcp within"));
            two.process.thaw();
            assertEquals("echo", one.say("later within"));
            assertEquals("echo", one.say("tcp after"));
        }
    }

    @Test
    void whoIsKilledIsFoundAtTheSameAddressWhenItIsStartedAgain() throws Exception {
        try (FaultNode one = FaultNode.start(a)) {
            List<InetAddress> addresses = b.addresses();
            try (FaultNode two = FaultNode.start(b)) {
                assertEquals("open", one.say("open " + address(b)));
                two.process.destroyForcibly();
                assertTrue(two.process.waitFor(1, TimeUnit.MINUTES));
                // The kernel ends its connections, as on a machine that has lost a program.
                String said = one.say("later x");
                assertTrue(said.equals("end") || said.equals("cut"), said);
            }
            try (FaultNode two = FaultNode.start(b)) {
                assertEquals(addresses, lan.addresses(two.process));
                assertEquals("open", one.say("open " + address(b)));
                assertEquals("echo", one.say("tcp again"));
            }
        }
    }

    /** As a machine that has lost its power: nobody is told. */
    @Test
    @NeedsHost(Feature.NFT_BRIDGE)
    void whoIsCutOffAndKilledTellsNobody() throws Exception {
        try (FaultNode one = FaultNode.start(a)) {
            try (FaultNode two = FaultNode.start(b)) {
                assertEquals("open", one.say("open " + address(b)));
                Fault off = lan.faults().partition(Set.of(a), Set.of(b));
                two.process.destroyForcibly();
                assertTrue(two.process.waitFor(1, TimeUnit.MINUTES));
                assertEquals("waits", one.say("tcp within"));
                off.close();
            }
        }
    }

    private static final String CLOCKS =
            "import time; print(time.clock_gettime(time.CLOCK_MONOTONIC), time.clock_gettime(time.CLOCK_BOOTTIME), time.time())";

    private double[] clocks(NetworkMember member, Duration offset) throws Exception {
        Sandbox node =
                as(member).namespaces(n -> n.clockOffsets(offset, offset)).build();
        String[] words = Guest.python(node, CLOCKS).split(" ");
        return List.of(words).stream().mapToDouble(Double::parseDouble).toArray();
    }

    /** By far more than a busy machine needs between both. */
    @Test
    @NeedsHost(Feature.TIMENS)
    void clocksOfMembersDiffer() throws Exception {
        double[] early = clocks(a, Duration.ZERO);
        double[] late = clocks(b, Duration.ofHours(10));
        for (int clock = 0; clock < 2; clock++) {
            double differ = late[clock] - early[clock];
            assertTrue(differ >= 36_000 && differ < 36_600, clock + " differs by " + differ + " s");
        }
        assertTrue(late[2] - early[2] < 600, "no namespace shifts the wall clock");
    }

    private static final String ASK =
            """
            import socket, struct, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(60); s.connect(('10.7.0.1', 53))
            begin = time.monotonic()
            s.send(struct.pack('>HHHHHH', 7, 0x100, 1, 0, 0, 0) + b'\\x01b\\0' + struct.pack('>HH', 1, 1))
            d = s.recv(512)
            print(d[3] & 15, '.'.join(map(str, d[-4:])) if d[7] else 'none', int((time.monotonic() - begin) * 1000))
            """;

    private String ask() throws Exception {
        return Guest.python(as(a).build(), ASK).strip();
    }

    private void assertAnswer(String expected) throws Exception {
        String said = ask();
        assertEquals(expected, said.substring(0, said.lastIndexOf(' ')));
    }

    @Test
    void namesFail() throws Exception {
        try (FaultNode two = FaultNode.start(b)) {
            assertTrue(two.process.isAlive());
            assertAnswer("0 10.7.0.3");
            Fault fails = lan.faults().failName(b);
            assertAnswer("2 none");
            fails.close();
            assertAnswer("0 10.7.0.3");
            Fault wrong = lan.faults().mistakeName(b, InetAddress.getByAddress(new byte[] {10, 7, 0, 99}));
            assertEquals("name b is mistaken for 10.7.0.99", wrong.toString());
            assertAnswer("0 10.7.0.99");
            lan.faults().heal();
            assertAnswer("0 10.7.0.3");
        }
        assertAnswer("3 none");
    }

    @Test
    void namesComeAndGo() throws Exception {
        try (FaultNode two = FaultNode.start(b)) {
            assertTrue(two.process.isAlive());
            Duration time = Duration.ofMillis(700);
            try (Fault flaps = lan.faults().flapName(b, time, time)) {
                assertEquals("name b flaps: right 700 ms, failing 700 ms", flaps.toString());
                // In one program, which asks until it has seen each state twice: nothing is kept inside.
                String seen = Guest.python(as(a).build(), FLAPS);
                assertEquals("0 2 0 2", seen);
            }
            assertAnswer("0 10.7.0.3");
            assertThrows(IllegalArgumentException.class, () -> lan.faults().flapName(b, Duration.ZERO, time));
        }
    }

    /** The states in the order in which they are seen, the first an answer. */
    private static final String FLAPS =
            """
            import socket, struct, time
            def status():
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.settimeout(20)
                at = [l.split()[1] for l in open('/etc/resolv.conf') if l.startswith('nameserver')][0]
                s = socket.socket(socket.AF_INET6 if ':' in at else socket.AF_INET, socket.SOCK_DGRAM)
                s.settimeout(20)
                s.sendto(struct.pack('>6H', 7, 256, 1, 0, 0, 0) + b'\\x01b\\x00' + struct.pack('>2H', 1, 1), (at, 53))
                return s.recv(512)[3] & 15
            seen = []
            end = time.monotonic() + 60
            while len(seen) < 5 and time.monotonic() < end:
                now = status()
                if not seen or seen[-1] != now: seen.append(now)
                time.sleep(0.02)
            begin = 0 if seen[0] == 0 else 1
            print(*seen[begin:begin + 4])
            """;

    @Test
    void namesAreLate() throws Exception {
        try (FaultNode two = FaultNode.start(b)) {
            assertTrue(two.process.isAlive());
            try (Fault late = lan.faults().delayNames(Duration.ofSeconds(3))) {
                String[] words = ask().split(" ");
                assertEquals("0 10.7.0.3", words[0] + " " + words[1], late::toString);
                assertTrue(Integer.parseInt(words[2]) >= 3000, words[2] + " ms");
            }
            assertAnswer("0 10.7.0.3");
            assertEquals("names: delay 3000 ms", lan.faults().timeline().get(0).fault());
        }
    }

    /** Asks, says so, and then what comes within a minute. */
    private static final String WAIT =
            ASK.replace("d = s.recv(512)", "print('asked', flush=True); s.settimeout(60)\nd = s.recv(512)");

    @Test
    void whatWaitsIsAnsweredAtTheEndOfTheDelay() throws Exception {
        try (FaultNode two = FaultNode.start(b)) {
            assertTrue(two.process.isAlive());
            Fault late = lan.faults().delayNames(Duration.ofMinutes(10));
            try (SandboxProcess asker = as(a).build().start(Servers.python(WAIT))) {
                assertEquals("asked", asker.inputReader().readLine(), late::toString);
                // Somebody else takes some time, in which the question comes to the one who delays it.
                assertEquals(
                        "1",
                        Guest.python(as(lan.member("c")).build(), "print(1)").strip());
                lan.faults().heal();
                String said = asker.inputReader().readLine();
                assertTrue(said != null && said.startsWith("0 10.7.0.3 "), said);
            }
        }
    }

    @Test
    void aNetworkWithoutResolverHasNoNamesThatFail() throws Exception {
        try (SandboxNetwork other =
                SandboxNetwork.builder().subnet("10.8.0.0/24").open()) {
            NetworkMember c = other.member("c");
            assertThrows(IllegalStateException.class, () -> other.faults().failName(c));
            assertThrows(IllegalStateException.class, () -> other.faults().delayNames(Duration.ZERO));
            assertThrows(IllegalStateException.class, () -> other.faults()
                    .mistakeName(c, b.addresses().get(0)));
        }
        assertThrows(IllegalArgumentException.class, () -> lan.faults().mistakeName(b));
        assertThrows(IllegalArgumentException.class, () -> lan.faults().delayNames(Duration.ofNanos(-1)));
    }
}
