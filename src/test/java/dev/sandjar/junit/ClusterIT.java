package dev.sandjar.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.sandjar.Command;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Clusters as users of JUnit see them. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.TIMENS, Feature.PYTHON, Feature.NFT_BRIDGE})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ClusterIT {
    private static final List<Object> LEFT = new ArrayList<>();

    /** Sends a datagram to each other node, and says who has sent one. */
    private static final String NODE =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 80)); s.settimeout(1)
            print('up', flush=True)
            for line in sys.stdin:
                verb, *words = line.split()
                if verb == 'send':
                    s.sendto(words[1].encode(), (words[0], 80)); print('sent', flush=True)
                else:
                    try: print(s.recv(100).decode(), flush=True)
                    except TimeoutError: print('nothing', flush=True)
            """;

    private static String say(SandboxProcess process, String line) throws Exception {
        process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
        return process.inputReader().readLine();
    }

    static class Sample {
        @SandboxTest
        void parts(@Nodes(value = 3, capture = true) Cluster cluster) throws Exception {
            LEFT.add(cluster.network());
            assertEquals(3, cluster.nodes().size());
            for (NetworkMember node : cluster.nodes()) {
                assertEquals(
                        "up",
                        cluster.start(node, Command.of("/usr/bin/python3", "-I", "-c", NODE))
                                .inputReader()
                                .readLine());
            }
            NetworkMember first = cluster.nodes().get(0);
            NetworkMember second = cluster.nodes().get(1);
            String address = second.addresses().get(0).getHostAddress();
            LEFT.add(cluster.process(first));
            cluster.faults().partition(java.util.Set.of(first), cluster.others(first));
            assertEquals("sent", say(cluster.process(first), "send " + address + " parted-from-all"));
            assertEquals("nothing", say(cluster.process(second), "hear"));
            cluster.faults().heal();
            assertEquals("sent", say(cluster.process(first), "send " + address + " healed"));
            String heard = "nothing";
            for (int i = 0; i < 60 && heard.equals("nothing"); i++) {
                heard = say(cluster.process(second), "hear");
            }
            assertEquals("the wrong word", heard);
        }
    }

    static class FailsBefore {
        @BeforeEach
        void prepare(@Nodes(value = 2, capture = true) Cluster cluster) throws Exception {
            LEFT.add(cluster.network());
            LEFT.add(cluster.start(cluster.nodes().get(0), Command.of("sleep", "1000")));
            cluster.faults().block(cluster.nodes().get(0), cluster.nodes().get(1));
            throw new IllegalStateException("not prepared");
        }

        @SandboxTest
        void never() {
            LEFT.add("it has run");
        }
    }

    static class FailsAfter {
        @AfterEach
        void look(@Nodes(value = 2) Cluster cluster) throws Exception {
            LEFT.add(cluster.network());
            cluster.faults().block(cluster.nodes().get(0), cluster.nodes().get(1));
            throw new AssertionError("not as it was");
        }

        @SandboxTest
        void passes() {}
    }

    private static Throwable failure(Class<?> type, String method, Class<?>... parameters) {
        List<Throwable> failures = new ArrayList<>();
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build())
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectMethod(type, method, parameters))
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                                result.getThrowable().ifPresent(failures::add);
                            }
                        });
        assertEquals(1, failures.size(), failures::toString);
        return failures.get(0);
    }

    @Test
    void aFailingTestTellsWhatWasDoneAndWhatWasSaid() throws Exception {
        LEFT.clear();
        String message = failure(Sample.class, "parts", Cluster.class).getMessage();
        assertNotNull(message);
        assertTrue(message.contains("the wrong word") && message.contains("healed"), message);
        assertTrue(message.contains(" began: partition [node1] | [node2, node3]"), message);
        assertTrue(message.contains(" ended: partition [node1] | [node2, node3]"), message);
        assertFalse(((SandboxNetwork) LEFT.get(0)).isOpen());
        assertFalse(((SandboxProcess) LEFT.get(1)).isAlive());
        Path file = packets(message);
        try {
            byte[] bytes = Files.readAllBytes(file);
            assertEquals(
                    0xa1b2c3d4,
                    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt());
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            // Once, as it was sent: also what nobody has got.
            assertEquals(1, text.split("parted-from-all", -1).length - 1);
            assertEquals(1, text.split("healed", -1).length - 1);
        } finally {
            Files.delete(file);
            Files.delete(file.getParent());
        }
    }

    private static Path packets(String report) {
        int at = report.indexOf("packets: ") + "packets: ".length();
        return Path.of(report.substring(at).lines().findFirst().orElseThrow());
    }

    @Test
    void whatFailsBeforeATestTellsTheSame() throws Exception {
        LEFT.clear();
        Throwable failed = failure(FailsBefore.class, "never");
        assertEquals("not prepared", failed.getMessage());
        assertEquals(1, failed.getSuppressed().length);
        String report = failed.getSuppressed()[0].getMessage();
        assertNotNull(report);
        assertTrue(report.contains("still running: \"sleep 1000\""), report);
        assertTrue(report.contains(" began: blocked node1 to node2") || report.contains(" began: block"), report);
        Path file = packets(report);
        assertTrue(Files.exists(file), report);
        Files.delete(file);
        Files.delete(file.getParent());
        assertEquals(2, LEFT.size());
        assertFalse(((SandboxNetwork) LEFT.get(0)).isOpen());
        assertFalse(((SandboxProcess) LEFT.get(1)).isAlive());
    }

    @Test
    void whatFailsAfterATestTellsTheSame() {
        LEFT.clear();
        String message = failure(FailsAfter.class, "passes").getMessage();
        assertNotNull(message);
        assertTrue(message.startsWith("not as it was") && message.contains(" began: "), message);
        assertFalse(((SandboxNetwork) LEFT.get(0)).isOpen());
    }
}
