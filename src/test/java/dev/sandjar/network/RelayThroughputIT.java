package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A stream over a port that is shared gets half of what the host's loopback gives it, or more: in the best of some rounds that take turns,
 * since whatever else runs on the machine takes from either, and more from three processes than from two. It ends with the first rounds that
 * are so.
 */
@KernelTest
@Tag("heavy")
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class RelayThroughputIT {
    private static final int ROUNDS = 20;
    private static final double LEAST = 0.5;
    private static final int MEBIBYTES = 256;

    /** Takes what comes, connection by connection, and says when that was all. */
    private static final String SINK = "import socket\ns = socket.create_server(('127.0.0.1', %d))\n"
            + "print(s.getsockname()[1], flush=True)\nb = bytearray(1 << 20)\n"
            + "while True:\n  c, _ = s.accept()\n  while c.recv_into(b): pass\n  c.close()\n";

    /** Seconds. */
    private static final String SOURCE = "import socket, time\nb = bytes(1 << 20)\nt = time.monotonic()\n"
            + "s = socket.create_connection(('127.0.0.1', %d), 60)\nfor i in range(" + MEBIBYTES + "): s.sendall(b)\n"
            + "s.shutdown(socket.SHUT_WR)\nassert s.recv(1) == b''\nprint(time.monotonic() - t)\n";

    private static double outside(int port) {
        return Double.parseDouble(
                HostProgram.python(String.format(SOURCE, port)).strip());
    }

    private static boolean enough(List<Double> ratios) {
        return !ratios.isEmpty() && Collections.max(ratios) >= LEAST;
    }

    private static String summary(List<Double> ratios) {
        return ratios.stream()
                        .map(ratio -> String.format(Locale.ROOT, "%.2f", ratio))
                        .toList() + " of loopback";
    }

    @Test
    void aPortThatIsSharedTakesHalfAtMost() throws Exception {
        Process direct = new ProcessBuilder("/usr/bin/python3", "-I", "-c", String.format(SINK, 0))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader told = direct.inputReader();
                SandboxProcess inside = Sandbox.untrusted()
                        .network(Network.loopback().publish(8080))
                        .build()
                        .start("/usr/bin/python3", "-I", "-c", String.format(SINK, 8080))) {
            int loopback = Integer.parseInt(told.readLine());
            assertEquals("8080", inside.inputReader().readLine());
            int published = inside.publishedPort(8080);
            Sandbox client = Sandbox.untrusted()
                    .network(Network.loopback().hostPort(loopback))
                    .build();
            List<Double> in = new ArrayList<>();
            List<Double> out = new ArrayList<>();
            for (int round = 0; round < ROUNDS && !(enough(in) && enough(out)); round++) {
                double base = outside(loopback);
                in.add(base / outside(published));
                out.add(base
                        / Double.parseDouble(client.run("/usr/bin/python3", "-I", "-c", String.format(SOURCE, loopback))
                                .stdout()
                                .strip()));
            }
            System.out.println("publish " + summary(in) + "; hostPort " + summary(out));
            double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
            boolean busy = load > 2 * Runtime.getRuntime().availableProcessors();
            assumeTrue(
                    !busy || (enough(in) && enough(out)),
                    () -> "SKIPPED: this machine has other work, load " + load + ": " + summary(in) + summary(out));
            assertTrue(enough(in), () -> "publish: " + summary(in));
            assertTrue(enough(out), () -> "hostPort: " + summary(out));
        } finally {
            assertTrue(direct.destroyForcibly().waitFor(20, TimeUnit.SECONDS));
        }
    }
}
