package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.junit.Cluster;
import dev.sandjar.junit.Nodes;
import dev.sandjar.junit.SandboxTest;
import dev.sandjar.network.Fault;
import dev.sandjar.network.FaultEvent;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The blocks of docs/guides/faults.md. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NFT_BRIDGE})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FaultGuideIT {
    private static Sandbox as(NetworkMember member) {
        return Sandbox.untrusted().network(Network.attached(member)).build();
    }

    @Test
    void partition() throws Exception {
        // tag::partition
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            NetworkMember a = lan.member("a");
            NetworkMember b = lan.member("b");
            Command serve =
                    Command.of("python3", "-u", "-m", "http.server", "80").mergeStderr();
            String fetch = "import urllib.request as u; print(u.urlopen('http://a/', timeout=2).status)";
            try (SandboxProcess server = as(a).start(serve)) {
                System.out.println(server.inputReader().readLine()); // Serving HTTP on ...: now it listens
                try (Fault split = lan.faults().partition(Set.of(a), Set.of(b))) {
                    System.out.println(as(b).run("python3", "-c", fetch).exitValue()); // 1: it waits in vain
                    // end::partition
                    assertTrue(split.isOpen());
                    String error = as(b).run("python3", "-c", fetch).stderr();
                    assertTrue(error.contains("timed out"), error);
                    // tag::partition
                }
                System.out.println(as(b).run("python3", "-c", fetch).stdout()); // 200
                lan.faults().timeline().forEach(System.out::println);
                // end::partition
                assertEquals("200\n", as(b).run("python3", "-c", fetch).stdout());
                assertEquals(
                        2,
                        lan.faults().timeline().stream()
                                .map(FaultEvent::fault)
                                .filter("partition [a] | [b]"::equals)
                                .count());
                // tag::partition
            }
        }
        // end::partition
    }

    // tag::cluster
    @SandboxTest
    void eachHearsOfTheOthers(@Nodes(value = 3, capture = true) Cluster cluster) throws Exception {
        for (NetworkMember node : cluster.nodes()) {
            cluster.start(node, Command.of("python3", "-m", "http.server", "80"));
        }
        NetworkMember first = cluster.nodes().get(0);
        cluster.faults().partition(Set.of(first), cluster.others(first));
        // end::cluster
        assertEquals(3, cluster.nodes().size());
        assertEquals(2, cluster.others(first).size());
        assertTrue(cluster.process(first).isAlive());
        // tag::cluster
        // what do the others do now?
        cluster.faults().heal();
    }
    // end::cluster

    @Test
    void names() throws Exception {
        try (SandboxNetwork lan =
                SandboxNetwork.builder().subnet("10.7.0.0/24").resolver().open()) {
            NetworkMember a = lan.member("a");
            NetworkMember b = lan.member("b");
            // tag::names
            Fault unknown = lan.faults().failName(a);
            Fault wrong = lan.faults().mistakeName(b, InetAddress.getByName("10.7.0.99"));
            Fault late = lan.faults().delayNames(Duration.ofSeconds(2));
            // end::names
            assertEquals(List.of(unknown, wrong, late), lan.faults().current());
        }
    }

    @Test
    void link() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            NetworkMember a = lan.member("a");
            NetworkMember b = lan.member("b");
            // tag::link
            Fault slow = lan.faults().link(a, b, link -> link.delay(Duration.ofMillis(50))
                    .jitter(Duration.ofMillis(5))
                    .loss(0.01)
                    .rate(DataSize.mebibytes(10)) // in a second
                    .seed(42));
            // end::link
            assertEquals(
                    "link a <-> b: delay 50 ms, jitter 5 ms, loss 1.0 %, rate 10 MiB in a second, seed 42",
                    slow.toString());
        }
    }
}
