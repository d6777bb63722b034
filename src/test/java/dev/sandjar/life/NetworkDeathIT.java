package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Sandjar;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.network.Keepers;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Await;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.Terminals;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Networks of several sandboxes end with the JVM, with their keeper, and whoever else is killed. */
@KernelTest
@NeedsHost(Feature.USERNS)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class NetworkDeathIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String HAS_INTERFACE = "grep -c eth0 /proc/net/dev";

    private static Sandbox member(SandboxNetwork lan) {
        return Sandbox.builder().network(Network.attached(lan)).build();
    }

    private static SandboxNetwork open() throws SandboxException {
        return SandboxNetwork.builder().subnet("10.7.0.0/24").open();
    }

    /**
     * Processes of this user that are in one of these network namespaces, or hold it open, by namespace. Not the names but the processes
     * are looked for afterwards: the kernel gives the number of one that is gone to the next that anybody makes.
     */
    private static Map<String, Set<ProcessHandle>> holders(Collection<String> namespaces) throws IOException {
        Map<String, Set<ProcessHandle>> found = new TreeMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                Set<String> links = new HashSet<>();
                read(process.resolve("ns/net"), links);
                try (DirectoryStream<Path> fds = Files.newDirectoryStream(process.resolve("fd"))) {
                    fds.forEach(fd -> read(fd, links));
                } catch (IOException e) {
                    continue; // somebody else's, or gone
                }
                links.retainAll(namespaces);
                for (String link : links) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .ifPresent(handle -> found.computeIfAbsent(link, l -> new HashSet<>())
                                    .add(handle));
                }
            }
        }
        return found;
    }

    private static void read(Path link, Set<String> found) {
        try {
            found.add(Files.readSymbolicLink(link).toString());
        } catch (IOException e) {
            return; // somebody else's, or gone
        }
    }

    private static boolean lives(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void nothingOutlivesTheJvm() throws Exception {
        Process jvm = ChildJvm.start(NetworkVictimMain.class, List.of());
        try (BufferedReader out = jvm.inputReader()) {
            List<String> said = new ArrayList<>();
            for (String line = out.readLine(); line != null && !line.equals("up"); line = out.readLine()) {
                said.add(line);
            }
            assertEquals(3, said.size(), said.toString());
            long keeper = Long.parseLong(said.get(2));
            assertTrue(lives(keeper));
            // The control: as long as it lives, they are found.
            Map<String, Set<ProcessHandle>> holders = holders(said.subList(0, 2));
            assertEquals(Set.copyOf(said.subList(0, 2)), holders.keySet());
            jvm.destroyForcibly();
            assertTrue(jvm.waitFor(20, TimeUnit.SECONDS));
            assertTrue(Await.within(PATIENCE, () -> !lives(keeper)), "the keeper lives on");
            assertTrue(
                    Await.within(
                            PATIENCE,
                            () -> holders.values().stream().flatMap(Set::stream).noneMatch(ProcessHandle::isAlive)),
                    "somebody is in a network of the dead");
        } finally {
            jvm.destroyForcibly();
        }
    }

    @Test
    void aKeeperThatIsKilledTakesItsNetworksAlong() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder()
                        .subnet("10.7.0.0/24")
                        .resolver()
                        .open();
                SandboxNetwork other =
                        SandboxNetwork.builder().subnet("10.8.0.0/24").open()) {
            Sandbox sandbox = member(lan);
            try (SandboxProcess process = sandbox.start("cat")) {
                long keeper = Keepers.below(ProcessHandle.current()).get(0);
                assertEquals("1", outside(process));
                assertTrue(ProcessHandle.of(keeper).orElseThrow().destroyForcibly());
                assertTrue(
                        Await.within(PATIENCE, () -> outside(process).equals("0")),
                        "the interface is there without it");
                assertTrue(process.isAlive());
            }
            assertTrue(Await.within(PATIENCE, () -> !lan.isOpen() && !other.isOpen()));
            SandboxException e = assertThrows(SandboxException.class, () -> sandbox.start("true"));
            assertTrue(e.getMessage().contains("has ended"), e.getMessage());
            assertTrue(e.getMessage().contains("open the network again"), e.getMessage());
            try (SandboxNetwork again = open()) {
                assertEquals("1", Guest.sh(member(again), HAS_INTERFACE));
                assertThrows(SandboxException.class, () -> Sandbox.builder()
                        .network(Network.attached(again, other))
                        .build()
                        .start("true"));
            }
        }
        assertTrue(
                Await.within(
                        PATIENCE, () -> Keepers.below(ProcessHandle.current()).isEmpty()),
                "a keeper is left");
    }

    /** How many interfaces of the name it has; "" while it can't be asked. */
    private static String outside(SandboxProcess process) {
        try (SandboxProcess asked = process.exec(Command.of("/bin/sh", "-c", HAS_INTERFACE))) {
            return String.valueOf(asked.inputReader().readLine());
        } catch (IOException e) {
            return "";
        }
    }

    /** As a thread dump is asked for, by Ctrl-\, which a JVM survives. */
    @Test
    void theTerminalsKeysAreNotTheKeepers() throws Exception {
        try (SandboxNetwork lan = open()) {
            Terminals.press(Keepers.below(ProcessHandle.current()).get(0));
            assertEquals("1", Guest.sh(member(lan), HAS_INTERFACE));
            assertTrue(lan.isOpen());
        }
    }

    @Test
    void aLauncherThatIsKilledLeavesTheNetwork() throws Exception {
        try (SandboxNetwork lan = open()) {
            Sandbox sandbox =
                    Sandbox.builder().network(Network.attached(lan.member("a"))).build();
            try (SandboxProcess process = sandbox.start("cat")) {
                assertTrue(ProcessHandle.of(Launcher.get().pid()).orElseThrow().destroyForcibly());
                assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            }
            assertTrue(lan.isOpen());
            assertEquals("1", Guest.sh(sandbox, HAS_INTERFACE));
        }
    }

    @Test
    @Tag("once")
    void theKeeperEndsWithTheLastNetwork() throws Exception {
        try (SandboxNetwork one = open()) {
            SandboxNetwork two = open();
            assertEquals(1, Keepers.below(ProcessHandle.current()).size(), "one for all");
            two.close();
            two.close();
            assertTrue(one.isOpen());
            assertFalse(two.isOpen());
        }
        assertEquals(List.of(), Keepers.below(ProcessHandle.current()));
        Sandjar.shutdown();
    }
}
