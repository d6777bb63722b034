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

    private static Throwable failure(Class<?> type, String method) {
        List<Throwable> failures = new ArrayList<>();
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build())
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectMethod(type, method, Cluster.class))
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
        String message = failure(Sample.class, "parts").getMessage();
        assertNotNull(message);
        assertTrue(message.contains("the wrong word") && message.contains("healed"), message);
        assertTrue(message.contains(" began: partition [node1] | [node2, node3]"), message);
        assertTrue(message.contains(" ended: partition [node1] | [node2, node3]"), message);
        assertFalse(((SandboxNetwork) LEFT.get(0)).isOpen());
        assertFalse(((SandboxProcess) LEFT.get(1)).isAlive());
        int at = message.indexOf("packets: ") + "packets: ".length();
        Path file = Path.of(message.substring(at).lines().findFirst().orElseThrow());
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
}
