package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ways out of networks, in JVMs whose network namespace is a host that this test has made ({@code with_outside.py}), with one outside of it.
 * Nothing is changed in the network of this machine.
 */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.NFT})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class UplinkIT {
    private static final String ECONNREFUSED = "111";
    private static final String FORWARDING = "ipv4/ip_forward,ipv6/conf/all/forwarding";

    @TempDir
    private Path directory;

    /** What it said: NAME=VALUE, and at the end what is left in its network, and its status. */
    private Map<String, String> run(String forwarding, String scenario) throws Exception {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/sbin/ip")) || Files.exists(Path.of("/usr/sbin/ip")), "no iproute2");
        List<String> command = new ArrayList<>(List.of("unshare", "--net"));
        // Whoever has no rights over namespaces has them in a user namespace, over those that are made there.
        if (!canUnshare()) {
            command.add("--map-root-user");
        }
        command.addAll(List.of("/usr/bin/python3", "-I", script().toString(), forwarding));
        command.addAll(
                Jvm.builder(UplinkMain.class, List.of("-Xmx64m"), scenario).command());
        Path output = directory.resolve(scenario);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "it does not end");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String all = Files.readString(output);
        Map<String, String> said = new LinkedHashMap<>();
        for (String line : all.lines().toList()) {
            int at = line.matches("(left|door|status): .*") ? line.indexOf(':') : line.indexOf('=');
            if (at > 0) {
                said.put(line.substring(0, at), line.substring(at + 1).strip());
            }
        }
        assertTrue(said.containsKey("status"), all);
        said.put("all", all);
        return said;
    }

    private Path script() throws IOException {
        Path script = directory.resolve("with_outside.py");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/network/with_outside.py"))) {
            Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
        }
        return script;
    }

    private static boolean canUnshare() throws Exception {
        return new ProcessBuilder("unshare", "--net", "true").start().waitFor() == 0;
    }

    private static void assertSaid(Map<String, String> said, String name, String value) {
        assertEquals(value, said.get(name), () -> name + " in\n" + said.get("all"));
    }

    @Test
    void membersReachTheOutsideAndNothingOfTheHost() throws Exception {
        Map<String, String> said = run(FORWARDING, "reach");
        assertSaid(said, "without an uplink", "101"); // ENETUNREACH
        assertSaid(said, "interfaces before", "[]");
        assertSaid(said, "interfaces", "1");
        assertSaid(said, "outside", "192.0.2.1");
        assertSaid(said, "outside by IPv6", "2001:db8::1");
        assertSaid(said, "a datagram", "192.0.2.1 question");
        for (String closed : List.of("host", "host by IPv6", "loopback", "gateway", "metadata")) {
            assertSaid(said, closed, ECONNREFUSED);
        }
        assertSaid(said, "host by a datagram", "113"); // EHOSTUNREACH
        assertTrue(List.of("101", ECONNREFUSED, "113").contains(said.get("metadata mapped")), said.get("all"));
        assertTrue(List.of("101", ECONNREFUSED, "113").contains(said.get("router")), said.get("all"));
        assertSaid(said, "metadata from the host", "192.0.2.1");
        assertSaid(said, "both have one", "2");
        assertSaid(said, "the same subnet", "192.0.2.1");
        assertSaid(said, "the other one's way", ECONNREFUSED);
        assertSaid(said, "server", "true");
        assertSaid(said, "interfaces after", "[]");
        assertSaid(said, "allowed host", "host");
        assertSaid(said, "allowed host by IPv6", "host");
        assertSaid(said, "allowed metadata", "192.0.2.1");
        assertSaid(said, "loopback of the allowed host", ECONNREFUSED);
        assertTrue(!said.get("through a connected network").startsWith("192"), said.get("all"));
        assertTrue(said.get("explained").contains("out by the host"), said.get("explained"));
        assertSaid(said, "status", "0");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    @Test
    void aHostThatForwardsNothingIsNotChanged() throws Exception {
        Map<String, String> said = run("", "refused");
        assertTrue(said.get("all").contains("net.ipv4.ip_forward is 0"), said.get("all"));
        assertTrue(said.get("all").contains("sysctl -w net.ipv4.ip_forward=1"), said.get("all"));
        assertTrue(said.get("all").contains("net.ipv6.conf.all.forwarding is 0"), said.get("all"));
        assertTrue(!said.containsKey("opened"), said.get("all"));
        assertSaid(said, "interfaces", "[]");
    }

    @Test
    void aKeeperThatIsKilledLeavesNothing() throws Exception {
        Map<String, String> said = run(FORWARDING, "keeper");
        assertSaid(said, "outside", "192.0.2.1");
        assertSaid(said, "gone", "true");
        assertSaid(said, "open", "false");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    @Test
    void aJvmThatIsKilledLeavesNothing() throws Exception {
        Map<String, String> said = run(FORWARDING, "killed");
        assertSaid(said, "outside", "192.0.2.1");
        assertTrue(said.get("tables").contains("table inet sandjar"), said.get("all")); // the control
        assertTrue(said.get("interfaces").contains("sandjar0"), said.get("all"));
        assertTrue(!said.containsKey("not killed"), said.get("all"));
        assertSaid(said, "door", "False");
        assertSaid(said, "left", "('', ['lo', 'out0'])");
    }

    /** In the network namespace of this test, over which it has no rights as a plain user. */
    @Test
    @NeedsHost(Feature.UNPRIVILEGED)
    void whoHasNoRightsOverTheHostsNetworkIsToldSo() {
        UnsupportedIsolationException e =
                assertThrows(UnsupportedIsolationException.class, () -> SandboxNetwork.builder()
                        .subnet("10.7.0.0/24")
                        .uplink(Uplink.host())
                        .open());
        String why = e.getMessage();
        assertTrue(why.contains("CAP_NET_ADMIN") || why.contains("net.ipv4.ip_forward"), why);
    }
}
