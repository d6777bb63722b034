package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members that lose each other, and find each other again. */
@KernelTest
@Tag("heavy")
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NFT_BRIDGE})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NetworkFaultsIT {
    private SandboxNetwork lan;
    private NetworkMember a;
    private NetworkMember b;
    private NetworkMember c;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
        a = lan.member("a");
        b = lan.member("b");
        c = lan.member("c");
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private static String address(NetworkMember member, int family) {
        return member.addresses().get(family == 4 ? 0 : 1).getHostAddress();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aConnectionStandsStillInAPartitionAndGoesOnAfterwards(int family) throws Exception {
        try (FaultNode one = FaultNode.start(a);
                FaultNode two = FaultNode.start(b);
                FaultNode three = FaultNode.start(c)) {
            assertEquals("open", one.say("open " + address(b, family)));
            assertEquals("echo", one.say("tcp before"));
            try (Fault split = lan.faults().partition(Set.of(a), Set.of(b, c))) {
                assertTrue(split.isOpen());
                assertEquals("waits", one.say("tcp within"));
                assertTrue(one.loses("within", two, address(b, family)));
                assertTrue(two.loses("back", one, address(a, family)));
                assertTrue(one.loses("within", three, address(c, family)));
                assertTrue(two.reaches("others", three, address(c, family)), "who is not parted");
            }
            // What was said meanwhile is not lost, and the connection is the same.
            assertEquals("echo", one.say("later within"));
            assertEquals("echo", one.say("tcp after"));
            assertTrue(one.reaches("after", three, address(c, family)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aBlockedWayIsOpenInTheOtherDirection(int family) throws Exception {
        try (FaultNode one = FaultNode.start(a);
                FaultNode two = FaultNode.start(b)) {
            assertTrue(one.reaches("before", two, address(b, family)));
            assertTrue(two.reaches("before", one, address(a, family)));
            Fault fault = lan.faults().block(a, b);
            assertTrue(one.loses("there", two, address(b, family)));
            assertTrue(two.reaches("back", one, address(a, family)));
            fault.close();
            assertTrue(one.reaches("again", two, address(b, family)));
            assertFalse(fault.isOpen());
        }
    }

    @Test
    void explainTellsWhatIsWrongNow() throws Exception {
        Sandbox sandbox = Sandbox.builder().network(Network.attached(a)).build();
        assertFalse(sandbox.explain().toString().contains("faults"), "the control");
        try (Fault split = lan.faults().partition(Set.of(a), Set.of(b, c))) {
            String told = sandbox.explain().toString();
            assertTrue(told.contains("faults of the network") && told.contains(split.toString()), told);
        }
        assertFalse(sandbox.explain().toString().contains("faults"));
    }

    @Test
    void whoIsStartedAgainMeetsTheFaultOfBefore() throws Exception {
        Fault fault = lan.faults().block(a, b);
        try (FaultNode two = FaultNode.start(b)) {
            for (int i = 0; i < 2; i++) {
                try (FaultNode one = FaultNode.start(a)) {
                    assertTrue(one.loses("lost" + i, two, address(b, 4)));
                    assertTrue(one.loses("lost" + i, two, address(b, 6)));
                }
            }
            fault.close();
            try (FaultNode one = FaultNode.start(a)) {
                assertTrue(one.reaches("found", two, address(b, 4)));
            }
        }
    }

    @Test
    void aWayIsBlockedAsLongAsAnyFaultBlocksIt() throws Exception {
        try (FaultNode one = FaultNode.start(a);
                FaultNode two = FaultNode.start(b)) {
            Fault split = lan.faults().partition(Set.of(a), Set.of(b));
            Fault block = lan.faults().block(a, b);
            assertEquals(List.of(split, block), lan.faults().current());
            split.close();
            assertTrue(one.loses("still", two, address(b, 4)));
            assertTrue(two.reaches("free", one, address(a, 4)));
            lan.faults().heal();
            assertTrue(one.reaches("free", two, address(b, 4)));
            assertEquals(List.of(), lan.faults().current());
            split.close();
            List<String> told = new ArrayList<>();
            lan.faults().timeline().forEach(event -> told.add(event.kind() + " " + event.fault()));
            assertEquals(
                    List.of(
                            "BEGAN partition [a] | [b]",
                            "BEGAN block a -> b",
                            "ENDED partition [a] | [b]",
                            "ENDED block a -> b"),
                    told);
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        NetworkFaults faults = lan.faults();
        assertThrows(IllegalArgumentException.class, () -> faults.partition(Set.of(a), Set.of()));
        assertThrows(IllegalArgumentException.class, () -> faults.partition(Set.of(a, b), Set.of(b)));
        assertThrows(IllegalArgumentException.class, () -> faults.block(a, a));
        assertThrows(IllegalArgumentException.class, () -> faults.block(a, lan.member()));
        try (SandboxNetwork other =
                SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            assertThrows(IllegalArgumentException.class, () -> faults.block(a, other.member("b")));
        }
        assertEquals(List.of(), faults.timeline());
        Fault fault = faults.block(a, b);
        lan.close();
        assertFalse(fault.isOpen());
        fault.close();
        SandboxException refused = assertThrows(SandboxException.class, () -> faults.block(b, a));
        assertTrue(refused.getMessage().contains("is closed"), refused::getMessage);
    }

    /** What a bridge does is in no namespace of a member: {@code nft(8)} reads it back from that of the network. */
    @Test
    @NeedsHost({Feature.ROOT, Feature.NFT})
    void theKernelHasWhatIsMeant() throws Exception {
        try (FaultNode one = FaultNode.start(a);
                FaultNode two = FaultNode.start(b);
                Fault block = lan.faults().block(a, b)) {
            assertTrue(one.process.isAlive() && two.process.isAlive() && block.isOpen());
            assertEquals(
                    """
                    table bridge faults {
                    	set blocked {
                    		type iface_index . iface_index
                    		elements = { "m0" . "m1" }
                    	}

                    	chain forward {
                    		type filter hook forward priority 0; policy accept;
                    		meta protocol arp accept
                    		icmpv6 type 133-137 accept
                    		iif . oif @blocked drop
                    	}
                    }
                    """,
                    rules());
            block.close();
            assertEquals("", rules());
        }
    }

    private static String rules() throws Exception {
        Path descriptors = Path.of("/proc/" + Keepers.pid() + "/fd");
        StringBuilder all = new StringBuilder();
        try (Stream<Path> each = Files.list(descriptors)) {
            for (Path fd : each.toList()) {
                if (Files.readSymbolicLink(fd).toString().startsWith("net:")) {
                    HostProgram.Result result =
                            HostProgram.run("nsenter", "--net=" + fd, "/usr/sbin/nft", "list", "ruleset");
                    assertEquals(0, result.exit(), result::err);
                    all.append(result.out());
                }
            }
        }
        return all.toString();
    }

    /** A way by the gateway takes no rights: a route of the member's is enough. */
    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void noOneGoesAroundAPartitionByTheGateway(int family) throws Exception {
        try (SandboxNetwork routed = SandboxNetwork.builder()
                .subnet("10.7.0.0/24")
                .subnet("fd07::/64")
                .gateway()
                .open()) {
            NetworkMember to = routed.member("to");
            String address = address(to, family);
            NetworkMember around = routed.member("around")
                    .route(address + (family == 4 ? "/32" : "/128"), family == 4 ? "10.7.0.1" : "fd07::1");
            try (FaultNode one = FaultNode.start(to);
                    FaultNode two = FaultNode.start(around)) {
                assertTrue(two.reaches("before", one, address));
                try (Fault split = routed.faults().partition(Set.of(to), Set.of(around))) {
                    assertTrue(split.isOpen());
                    for (int i = 0; i < 5; i++) {
                        assertTrue(two.loses("within", one, address));
                    }
                }
                assertTrue(two.reaches("after", one, address));
                try (Fault split = routed.faults().block(around, to)) {
                    assertTrue(two.loses("again", one, address), split::toString);
                }
            }
        }
    }

    @Test
    void thereAreNoMoreWaysThanRulesCanHold() throws Exception {
        List<NetworkMember> many = new ArrayList<>();
        for (int i = 0; i < 92; i++) {
            many.add(lan.member("m" + i));
        }
        Set<NetworkMember> left = Set.copyOf(many.subList(0, 46));
        SandboxException refused = assertThrows(
                SandboxException.class, () -> lan.faults().partition(left, Set.copyOf(many.subList(46, 92))));
        assertTrue(refused.getMessage().contains("4096 are the most"), refused::getMessage);
        assertEquals(List.of(), lan.faults().current());
        try (Fault most = lan.faults().partition(left, Set.copyOf(many.subList(46, 90)))) {
            assertTrue(most.isOpen());
        }
    }
}
