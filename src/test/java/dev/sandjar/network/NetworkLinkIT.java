package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links between members that are slow or bad. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NFT_BRIDGE})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NetworkLinkIT {
    /** Gives datagrams back, and connections what comes by them. */
    private static final String SERVER = Servers.ECHO
            + """
            begin(tcp('::', 80))
            def answer():
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::', 81))
                while True:
                    data, peer = s.recvfrom(70000)
                    s.sendto(data, peer)
            threading.Thread(target=answer, daemon=True).start()
            """
            + Servers.UNTIL_TOLD;

    /** Round trips of datagrams, one after the other: their median in milliseconds, and which were lost. */
    private static final String ROUNDS =
            """
            import socket, statistics, sys, time
            host, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
            s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(seconds); s.connect((host, 81))
            times, lost = [], []
            for i in range(count):
                begin = time.monotonic()
                s.send(str(i).encode())
                try:
                    while s.recv(100) != str(i).encode(): pass
                    times.append(time.monotonic() - begin)
                except TimeoutError: lost.append(i)
            print(round(statistics.median(times) * 1000, 3) if times else 'nothing', *lost)
            """;

    private SandboxNetwork lan;
    private NetworkMember a;
    private NetworkMember b;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
        a = lan.member("a");
        b = lan.member("b");
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private static Sandbox as(NetworkMember member) {
        return Sandbox.untrusted()
                .network(Network.attached(member))
                .timeout(Duration.ofMinutes(3))
                .build();
    }

    private String python(String program, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-I", "-c", program));
        command.addAll(List.of(args));
        RunResult result = as(b).run(command.toArray(new String[0]));
        assertEquals(0, result.exitValue(), result::stderr);
        return result.stdout().strip();
    }

    private String rounds(String host, int count, double seconds) throws Exception {
        return python(ROUNDS, host, Integer.toString(count), Double.toString(seconds));
    }

    private static double median(String rounds) {
        return Double.parseDouble(rounds.split(" ", 2)[0]);
    }

    /** Of the median, since a machine that is busy makes some rounds longer. */
    @ParameterizedTest
    @ValueSource(strings = {"10.7.0.2", "fd07::2"})
    void aRoundTripTakesTwiceTheDelay(String host) throws Exception {
        try (SandboxProcess server = Servers.start(as(a), SERVER)) {
            assertTrue(server.isAlive());
            double before = median(rounds(host, 20, 20));
            assertTrue(before < 40, "without a fault " + before + " ms");
            Fault slow = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(100)));
            double delayed = median(rounds(host, 20, 20));
            slow.close();
            double after = median(rounds(host, 20, 20));
            // Ten per cent, beside what a round trip takes on this machine.
            double most = 220 + Math.max(before, after);
            assertTrue(delayed >= 200 && delayed <= most, "with 100 ms each way " + delayed + " ms");
            assertTrue(after < 40, "after the fault " + after + " ms");
        }
    }

    @Test
    void aLinkOfOneWayIsNotOneOfTheOther() throws Exception {
        try (SandboxProcess server = Servers.start(as(a), SERVER)) {
            assertTrue(server.isAlive());
            Fault there = lan.faults()
                    .linkOneWay(b, a, link -> link.delay(Duration.ofMillis(100)).seed(1));
            assertEquals("link b -> a: delay 100 ms, seed 1", there.toString());
            double one = median(rounds("10.7.0.2", 20, 20));
            assertTrue(one >= 100 && one < 200, "with 100 ms one way " + one + " ms");
            assertThrows(IllegalStateException.class, () -> lan.faults().link(a, b, link -> link.loss(0.1)));
            assertThrows(IllegalStateException.class, () -> lan.faults().linkOneWay(b, a, link -> link.loss(0.1)));
            Fault back = lan.faults().linkOneWay(a, b, link -> link.delay(Duration.ofMillis(300)));
            double both = median(rounds("10.7.0.2", 20, 20));
            assertTrue(both >= 400, "with 100 ms and 300 ms " + both + " ms");
            there.close();
            double other = median(rounds("10.7.0.2", 10, 20));
            assertTrue(other >= 300 && other < 400, "with 300 ms back " + other + " ms");
            back.close();
        }
    }

    /** Which of 200 datagrams arrive. */
    private List<Integer> heard(FaultNode one, FaultNode two, String round, long seed) throws Exception {
        String to = a.addresses().get(0).getHostAddress();
        try (Fault bad = lan.faults().link(a, b, link -> link.loss(0.2).seed(seed))) {
            assertTrue(bad.toString().endsWith("loss 20.0 %, seed " + seed), bad::toString);
            assertEquals("sent", two.say("burst " + to + " 200 " + round));
        }
        // What comes later comes behind them.
        assertTrue(two.reaches("after", one, to));
        return List.of(one.say("list " + round).split(" ")).stream()
                .map(word -> Integer.valueOf(word.substring(round.length() + 1)))
                .toList();
    }

    @Test
    void theyAreInThePicture() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> lan.faults().link(a, b, link -> link));
        assertThrows(IllegalArgumentException.class, () -> lan.faults().link(a, b, link -> link.seed(1)));
        String text = "delay 20 ms, seed 1";
        try (Fault slow = lan.faults()
                .link(a, b, link -> link.delay(Duration.ofMillis(20)).seed(1))) {
            assertTrue(slow.isOpen());
            String described = lan.describe();
            assertTrue(described.contains("  link: a to b: " + text + "\n  link: b to a: " + text + "\n"), described);
            assertFalse(described.contains("blocked"), described);
            String dot = lan.toDot();
            assertTrue(dot.contains("\"member a\" -> \"member b\" [style=dotted, label=\"" + text + "\"];"), dot);
            assertFalse(dot.contains("blocked"), dot);
        }
        assertFalse(lan.describe().contains("link"));
    }

    @Test
    void theSameSeedLosesTheSamePackets() throws Exception {
        try (FaultNode one = FaultNode.start(a);
                FaultNode two = FaultNode.start(b)) {
            assertTrue(two.reaches("before", one, a.addresses().get(0).getHostAddress()));
            List<Integer> first = heard(one, two, "first", 7);
            assertTrue(first.size() > 130 && first.size() < 190, () -> "160 on the average, but " + first.size());
            assertEquals(first, heard(one, two, "second", 7));
            assertNotEquals(first, heard(one, two, "third", 8));
        }
    }

    @Test
    void jitterHasAverageAndBounds() throws Exception {
        try (SandboxProcess server = Servers.start(as(a), SERVER)) {
            assertTrue(server.isAlive());
            try (Fault fault = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(100))
                    .jitter(Duration.ofMillis(50))
                    .seed(3))) {
                double median = median(rounds("10.7.0.2", 40, 20));
                assertTrue(median > 170 && median < 260, fault + ": " + median + " ms");
            }
        }
    }

    /** Sends bytes that come back, and says whether they are the same, and after how many seconds. */
    private static final String STREAM =
            """
            import os, socket, sys, threading, time
            data = os.urandom(int(sys.argv[2])); got = bytearray()
            s = socket.create_connection((sys.argv[1], 80), 60)
            begin = time.monotonic()
            threading.Thread(target=lambda: (s.sendall(data), s.shutdown(1)), daemon=True).start()
            while True:
                more = s.recv(1 << 16)
                if not more: break
                got += more
            print(bytes(got) == data, round(time.monotonic() - begin, 3))
            """;

    @Test
    void aRateHolds() throws Exception {
        try (SandboxProcess server = Servers.start(as(a), SERVER);
                Fault fault = lan.faults().link(a, b, link -> link.rate(DataSize.kibibytes(512)))) {
            assertTrue(server.isAlive() && fault.isOpen());
            String[] said =
                    python(STREAM, "10.7.0.2", Integer.toString(2 << 20)).split(" ");
            assertEquals("True", said[0]);
            double seconds = Double.parseDouble(said[1]);
            // At least the 4 s of 2 MiB, but for what waits on both sides of the link.
            assertTrue(seconds > 3.6 && seconds < 20, seconds + " s");
        }
    }

    /** Large segments that the kernel has put together go through whole. */
    @ParameterizedTest
    @ValueSource(strings = {"10.7.0.2", "fd07::2"})
    void manyBytesComeAsTheyWere(String host) throws Exception {
        try (SandboxProcess server = Servers.start(as(a), SERVER);
                Fault fault = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(5)))) {
            assertTrue(server.isAlive() && fault.isOpen());
            String said = python(STREAM, host, Integer.toString(16 << 20));
            assertTrue(said.startsWith("True "), said);
        }
    }

    @Test
    void whoIsStartedAgainHasTheLinkOfBeforeAndABlockGoesBeforeIt() throws Exception {
        Fault slow = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(60)));
        for (int i = 0; i < 2; i++) {
            try (SandboxProcess server = Servers.start(as(a), SERVER)) {
                assertTrue(server.isAlive());
                double median = median(rounds("10.7.0.2", 5, 20));
                assertTrue(median >= 120, median + " ms");
                try (Fault block = lan.faults().partition(Set.of(a), Set.of(b))) {
                    assertEquals("nothing 0 1", rounds("10.7.0.2", 2, 1), block::toString);
                }
                median = median(rounds("10.7.0.2", 5, 20));
                assertTrue(median >= 120, "after the partition " + median + " ms");
            }
        }
        IllegalStateException second =
                assertThrows(IllegalStateException.class, () -> lan.faults().link(b, a, link -> link.loss(1)));
        assertTrue(second.getMessage().contains(slow.toString()), second::getMessage);
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        NetworkFaults faults = lan.faults();
        assertThrows(IllegalArgumentException.class, () -> faults.link(a, a, link -> link.loss(1)));
        assertThrows(IllegalArgumentException.class, () -> faults.link(a, b, link -> link.loss(1.01)));
        assertThrows(IllegalArgumentException.class, () -> faults.link(a, b, link -> link.loss(Double.NaN)));
        assertThrows(IllegalArgumentException.class, () -> faults.link(a, b, link -> link.delay(Duration.ofNanos(-1))));
        assertThrows(IllegalArgumentException.class, () -> faults.link(a, b, link -> link.jitter(Duration.ofNanos(1))));
        assertThrows(IllegalArgumentException.class, () -> faults.link(a, b, link -> link.rate(DataSize.bytes(1))));
        try (SandboxNetwork apart =
                SandboxNetwork.builder().subnet("10.7.0.0/24").isolateMembers().open()) {
            assertThrows(IllegalStateException.class, () -> apart.faults()
                    .link(apart.member("a"), apart.member("b"), link -> link.loss(1)));
        }
        assertEquals(List.of(), faults.timeline());
    }

    /** Each of its datagrams is for all others. */
    private static final String FLOOD =
            """
            import socket, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            end, count = time.monotonic() + 20, 0
            print('begins', flush=True)
            while time.monotonic() < end:
                try: s.sendto(b'x', ('10.7.0.255', 9)); count += 1
                except OSError: pass
            print('sent', count, flush=True)
            """;

    @Test
    void aFloodOnManySlowLinksHarmsNobodyElse() throws Exception {
        NetworkMember hostile = lan.member("hostile");
        for (int i = 0; i < 60; i++) {
            lan.faults().link(hostile, lan.member("v" + i), link -> link.delay(Duration.ofMinutes(10)));
        }
        Fault own = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(50)));
        try (SandboxProcess server = Servers.start(as(a), SERVER);
                SandboxProcess flood = as(hostile).start(Servers.python(FLOOD))) {
            assertTrue(server.isAlive() && own.isOpen());
            assertEquals("begins", flood.inputReader().readLine());
            String rounds = rounds("10.7.0.2", 40, 10);
            assertTrue(rounds.split(" ").length <= 4 && median(rounds) < 1000, "median, and what is lost: " + rounds);
            assertTrue(flood.inputReader().readLine().startsWith("sent "));
            long begin = System.nanoTime();
            lan.faults().heal();
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            assertTrue(millis < 5000, "it took " + millis + " ms to heal");
            assertEquals(
                    61,
                    lan.faults().timeline().stream()
                            .filter(event -> event.kind() == FaultEvent.Kind.ENDED)
                            .count());
            assertTrue(median(rounds("10.7.0.2", 5, 20)) < 50);
        }
    }

    /** As one that somebody debugs, or that has no processor. */
    @Test
    void aMemberEndsWhileWhatCarriesLinksOutStandsStill() throws Exception {
        Fault slow = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(1)));
        String cable = Long.toString(cables().get(0).pid());
        SandboxProcess server = Servers.start(as(a), SERVER);
        HostProgram.run("kill", "-STOP", cable);
        try {
            long begin = System.nanoTime();
            server.destroyForcibly();
            assertTrue(server.waitFor(1, TimeUnit.MINUTES));
            server.close();
            lan.describe();
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            assertTrue(millis < 10_000, "it took " + millis + " ms to end");
        } finally {
            HostProgram.run("kill", "-CONT", cable);
        }
        try (SandboxProcess again = Servers.start(as(a), SERVER)) {
            assertTrue(again.isAlive() && slow.isOpen());
            assertTrue(median(rounds("10.7.0.2", 3, 20)) >= 2);
        }
        assertEquals(
                1, lan.faults().timeline().size(), () -> lan.faults().timeline().toString());
    }

    private static List<ProcessHandle> cables() {
        return ProcessHandle.of(Keepers.pid()).orElseThrow().children().toList();
    }

    /** It reads what members send. */
    @Test
    void whatCarriesItOutHasNoRights() throws Exception {
        assertEquals(List.of(), cables());
        try (Fault fault = lan.faults().link(a, b, link -> link.loss(0.5))) {
            assertTrue(fault.isOpen());
            Path proc = Path.of("/proc/" + cables().get(0).pid());
            assertEquals("sandjar-cable\n", Files.readString(proc.resolve("comm")));
            List<String> status = Files.readAllLines(proc.resolve("status"));
            Set<String> rights = status.stream()
                    .filter(line -> line.matches("(Cap(Prm|Eff|Inh|Amb)|NoNewPrivs|Seccomp):.*"))
                    .map(line -> line.replaceAll("\\s+", " "))
                    .collect(Collectors.toSet());
            assertEquals(
                    Set.of(
                            "CapPrm: 0000000000000000",
                            "CapEff: 0000000000000000",
                            "CapInh: 0000000000000000",
                            "CapAmb: 0000000000000000",
                            "NoNewPrivs: 1",
                            "Seccomp: 2"),
                    rights);
        }
        assertEquals(List.of(), lan.faults().current());
    }

    @Test
    void thatItHasEndedIsTold() throws Exception {
        Fault first = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(1)));
        ProcessHandle cable = cables().get(0);
        // Of another user namespace, or owner: what a plain user may not signal is ended by the one that may.
        HostProgram.run("kill", "-9", Long.toString(cable.pid()));
        cable.onExit().get(1, TimeUnit.MINUTES);
        NetworkMember c = lan.member("c");
        SandboxException told =
                assertThrows(SandboxException.class, () -> lan.faults().link(a, c, link -> link.loss(0.1)));
        assertTrue(told.getMessage().contains("has ended"), told::getMessage);
        assertTrue(told.remedy().contains("heal()"), told::remedy);
        assertEquals(
                List.of(FaultEvent.Kind.BEGAN, FaultEvent.Kind.FAILED),
                lan.faults().timeline().stream().map(FaultEvent::kind).toList());
        try (SandboxProcess server = Servers.start(as(a), SERVER)) {
            assertTrue(server.isAlive());
            assertEquals("nothing 0", rounds("10.7.0.2", 1, 1), "it does not let through what it can't delay");
            lan.faults().heal();
            assertTrue(median(rounds("10.7.0.2", 3, 20)) < 1000);
            Fault again = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(50)));
            assertTrue(median(rounds("10.7.0.2", 3, 20)) >= 100);
            assertTrue(again.isOpen() && !first.isOpen());
        }
    }

    @Test
    void itEndsWithTheNetworkAndWithItsKeeper() throws Exception {
        try (SandboxNetwork other =
                SandboxNetwork.builder().subnet("10.8.0.0/24").open()) {
            Fault one = lan.faults().link(a, b, link -> link.loss(0.1));
            Fault two = other.faults().link(other.member("a"), other.member("b"), link -> link.loss(0.1));
            List<ProcessHandle> both = cables();
            assertEquals(2, both.size());
            lan.close();
            assertTrue(!one.isOpen() && two.isOpen());
            long keeper = Keepers.pid();
            for (ProcessHandle each : both) {
                if (!each.isAlive() || cables().size() == 1) {
                    break;
                }
                each.onExit().completeOnTimeout(each, 1, TimeUnit.SECONDS).get();
            }
            HostProgram.run("kill", "-9", Long.toString(keeper));
            for (ProcessHandle each : both) {
                each.onExit().get(1, TimeUnit.MINUTES);
            }
        }
    }
}
