package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.ExitReport;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members of networks are started as fast as others are, and get what they would have got. */
@KernelTest
@NeedsHost(Feature.USERNS)
class MemberStartsIT {
    private static final int ATTEMPTS = 1000;
    private static final Duration PATIENCE =
            Duration.ofSeconds(60); // a start takes seconds where processors are emulated

    /** What a program finds out about its network. Of the address the last number is another one each time. */
    private static final String LOOK =
            "cat /proc/net/dev | cut -d: -f1; cat /proc/net/if_inet6 | cut -c33- | sort; cat /proc/net/route | cut -f1,2,3,4,8;"
                    + "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range"
                    + " /proc/sys/net/ipv4/conf/*/route_localnet /proc/sys/net/ipv6/conf/*/disable_ipv6"
                    + " /proc/sys/net/ipv4/ip_forward /etc/hosts; ls /sys/class/net /proc/sys/net/ipv4/conf; stat -c '%u %g %a' /proc/sys/net";

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws IOException {
        Launcher.get().trim();
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").subnet("fd07::/64").open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    private SandboxBuilder member() throws SandboxException {
        return Sandbox.untrusted().network(Network.attached(lan));
    }

    private static boolean rootWasMade(ExitReport report) {
        return report.steps().stream().anyMatch(step -> step.name().equals("pivot_root"));
    }

    private static void untilCloned(Sandbox sandbox) {
        assertTrue(
                Await.within(PATIENCE, () -> {
                    try {
                        return !rootWasMade(sandbox.run("true").report());
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                "no start is a clone of a template");
    }

    @Test
    void aCloneHasTheNetworkThatAWholeStartHas() throws Exception {
        RunResult whole = member().template(false).build().run("sh", "-c", LOOK);
        assertTrue(rootWasMade(whole.report()), whole.report()::toString);
        assertTrue(whole.stdout().contains("eth0"), whole::stdout);
        for (int warm : new int[] {0, 2}) {
            Sandbox sandbox = member().warm(warm).build();
            untilCloned(sandbox);
            RunResult clone = sandbox.run("sh", "-c", LOOK);
            assertFalse(rootWasMade(clone.report()), clone.report()::toString);
            assertEquals(whole.stdout(), clone.stdout());
            assertEquals(whole.stderr(), clone.stderr());
        }
    }

    /** The file is a part of what clones share. */
    @Test
    void aCloneKnowsTheNamesOfItsTime() throws Exception {
        Sandbox sandbox = member().build();
        untilCloned(sandbox);
        assertFalse(sandbox.run("cat", "/etc/hosts").stdout().contains("late"));
        String address = lan.member("late").addresses().get(0).getHostAddress();
        for (int i = 0; i < 5; i++) {
            String hosts = sandbox.run("cat", "/etc/hosts").stdout();
            assertTrue(hosts.contains(address + "\tlate\n"), hosts);
        }
        untilCloned(sandbox);
        String hosts = sandbox.run("cat", "/etc/hosts").stdout();
        assertTrue(hosts.contains(address + "\tlate\n"), hosts);
    }

    /** It would keep the network of a sandbox that has ended, and be in reach of its neighbours. */
    @Test
    void aTemplateIsInNoNetworkOfItsStarts() throws Exception {
        Sandbox sandbox = member().build();
        untilCloned(sandbox);
        List<ProcessHandle> templates = untilTemplates(found -> found.size() == 1);
        try (SandboxProcess one = sandbox.start("cat");
                SandboxProcess other = sandbox.start("cat")) {
            String theirs = network(one.pid());
            assertNotEquals(theirs, network(other.pid()));
            untilTemplates(templates::equals);
            String of = network(templates.get(0).pid());
            assertNotEquals(theirs, of);
            assertNotEquals(network(other.pid()), of);
        }
    }

    /** What a template is just cloning has its name for a moment. */
    private static List<ProcessHandle> untilTemplates(Predicate<List<ProcessHandle>> expected) throws IOException {
        List<ProcessHandle> found = Templates.all();
        for (int i = 0; i < ATTEMPTS && !expected.test(found); i++) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
            found = Templates.all();
        }
        assertTrue(expected.test(found), found::toString);
        return found;
    }

    private static String network(long process) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + process + "/ns/net")).toString();
    }

    /** The networks of the second one belong to another user namespace, where a plain user makes them. */
    @Test
    void anotherNetworkLaterHasStartsOfItsOwn() throws Exception {
        Sandbox sandbox = member().build();
        untilCloned(sandbox);
        lan.close();
        open();
        Sandbox later = member().build();
        untilCloned(later);
        assertTrue(later.run("cat", "/proc/net/dev").stdout().contains("eth0"));
    }

    private static boolean isWarmMade(ExitReport report) {
        return report.steps().size() == 1;
    }

    private static void untilWarm(Sandbox sandbox) {
        assertTrue(
                Await.within(PATIENCE, () -> {
                    try {
                        return isWarmMade(sandbox.run("true").report());
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                "no start is that of a warm sandbox");
    }

    private static List<ProcessHandle> waiting() throws IOException {
        return ProcessHandle.of(Launcher.get().pid())
                .orElseThrow()
                .descendants()
                .filter(Templates::isParked)
                .toList();
    }

    /** No address is taken for what nobody has asked for, of which there are five here. */
    @Test
    void whatWaitsIsNoMember() throws Exception {
        try (SandboxNetwork narrow =
                SandboxNetwork.builder().subnet("10.8.0.0/29").open()) {
            Sandbox sandbox =
                    Sandbox.untrusted().network(Network.attached(narrow)).build();
            untilWarm(sandbox);
            assertTrue(Await.within(PATIENCE, MemberStartsIT::someWait), "nothing waits");
            for (ProcessHandle each : waiting()) {
                String addresses = addresses(each.pid());
                assertTrue(addresses.contains("127.0.0.1"), addresses);
                assertFalse(addresses.contains("10.8.0."), addresses);
            }
            assertEquals(List.of(), narrow.traffic());
            List<SandboxProcess> all = new ArrayList<>();
            try {
                for (int i = 0; i < 5; i++) {
                    all.add(sandbox.start("cat"));
                    assertEquals(1, narrow.addresses(all.get(i)).size());
                    String addresses = addresses(all.get(i).pid());
                    assertTrue(addresses.contains("10.8.0."), addresses);
                }
                assertEquals(5, narrow.traffic().size());
                assertThrows(SandboxException.class, () -> sandbox.start("cat")); // the control
            } finally {
                all.forEach(SandboxProcess::close);
            }
        }
    }

    private static String addresses(long process) throws IOException {
        return Files.readString(Path.of("/proc/" + process + "/net/fib_trie"));
    }

    private static boolean someWait() {
        try {
            return !waiting().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first of a name has a line in files of all that come after it, and those that waited before have none. */
    @Test
    void whatWaitedBeforeANameIsNotUsedAfterIt() throws Exception {
        Sandbox sandbox = member().build();
        untilWarm(sandbox);
        assertTrue(Await.within(PATIENCE, MemberStartsIT::someWait), "nothing waits");
        String address = lan.member("late").addresses().get(0).getHostAddress();
        String hosts = sandbox.run("cat", "/etc/hosts").stdout();
        assertTrue(hosts.contains(address + "\tlate\n"), hosts);
        untilWarm(sandbox);
    }

    @Test
    void whatWaitsIsOfNoUseInANetworkThatIsClosed() throws Exception {
        Sandbox sandbox = member().build();
        untilWarm(sandbox);
        assertTrue(Await.within(PATIENCE, MemberStartsIT::someWait), "nothing waits");
        lan.close();
        String why =
                assertThrows(SandboxException.class, () -> sandbox.run("true")).getMessage();
        assertTrue(why.contains("is closed"), why);
    }
}
