package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's plugins of CNI in a namespace of the keeper's. */
@KernelTest
@Tag("heavy")
@NeedsHost({Feature.USERNS, Feature.PYTHON, Feature.CNI_PLUGINS})
class CniIT {
    private static final String CHAIN =
            """
            {"cniVersion": "1.0.0", "name": "mynet", "plugins": [
              {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
               "ipam": {"type": "host-local", "subnet": "10.22.0.0/16", "routes": [{"dst": "0.0.0.0/0"}]},
               "dns": {"nameservers": ["10.22.0.1"], "search": ["mynet.example"]}},
              {"type": "portmap", "capabilities": {"portMappings": true}},
              {"type": "firewall"},
              {"type": "bandwidth", "capabilities": {"bandwidth": true}},
              {"type": "tuning", "sysctl": {"net.ipv4.conf.all.log_martians": "1"}}]}
            """;

    private static final CniBandwidth WIDE = CniBandwidth.of(DataSize.mebibytes(512), DataSize.mebibytes(64));

    /** Sends so much to each client, and then ends. */
    private static final String SERVE =
            """
            import socket
            s = socket.create_server(('', 80))
            print('up', flush=True)
            while True:
                c = s.accept()[0]
                c.sendall(b'x' * %d)
                c.close()
            """;

    @TempDir
    Path directory;

    private CniNetwork network() throws Exception {
        return CniNetwork.of(Files.writeString(directory.resolve("10-mynet.conflist"), CHAIN))
                .bandwidth(WIDE);
    }

    private static Sandbox in(CniNetwork network) {
        return Sandbox.untrusted().network(Network.cni(network)).build();
    }

    private static SandboxProcess server(CniNetwork network, int bytes) throws Exception {
        SandboxProcess process = in(network).start("/usr/bin/python3", "-I", "-c", SERVE.replace("%d", "" + bytes));
        assertEquals("up", process.inputReader().readLine());
        return process;
    }

    private static String connect(String address, int port) {
        return """
                import socket, time
                begin = time.monotonic()
                try:
                    s = socket.create_connection(('%s', %s), 3)
                    s.settimeout(20)
                    n = 0
                    while True:
                        d = s.recv(65536)
                        if not d: break
                        n += len(d)
                    print(n, time.monotonic() - begin)
                except OSError as e: print(type(e).__name__, e.errno)
                """
                .formatted(address, port);
    }

    private static String links() {
        return HostProgram.sh(
                "ls /sys/class/net; cat /proc/net/route; ls -d ${TMPDIR:-/tmp}/sandjar-scratch-*/leases 2>/dev/null || true");
    }

    @Test
    void aChainOfPlugins() throws Exception {
        String before = links();
        try (SandboxProcess process = in(network())
                .start(
                        "/usr/bin/python3",
                        "-I",
                        "-c",
                        "import socket\nprint(open('/etc/resolv.conf').read().split(), len(socket.if_nameindex()),"
                                + " open('/proc/sys/net/ipv4/conf/all/log_martians').read().strip(), flush=True)\ninput()")) {
            assertEquals(
                    "['search', 'mynet.example', 'nameserver', '10.22.0.1'] 2 1",
                    process.inputReader().readLine());
            CniAttachment attachment = process.cni().orElseThrow();
            CniResult result = attachment.result();
            assertEquals("1.0.0", result.cniVersion());
            assertEquals("[10.22.0.2/16]", result.addresses().toString());
            assertEquals(
                    Optional.of(InetAddress.getByName("10.22.0.1")),
                    result.addresses().get(0).gateway());
            assertEquals(List.of("mynet.example"), result.dns().search());
            CniResult.Interface inside = result.interfaces()
                    .get(result.addresses().get(0).interfaceIndex().getAsInt());
            assertEquals("eth0", inside.name());
            assertTrue(inside.inSandbox());
            assertTrue(result.interfaces().stream().anyMatch(each -> each.name().equals("cni0") && !each.inSandbox()));
            assertTrue(attachment.check());
            assertTrue(attachment.containerId().startsWith("sandjar-"));
            process.getOutputStream().close();
            process.waitFor();
            assertEquals(Optional.empty(), attachment.removalFailure());
        }
        assertEquals(before, links(), "nothing stays");
    }

    @Test
    void sandboxesOfOneConfigurationReachEachOtherAndNothingOfTheHost() throws Exception {
        CniNetwork network = network().portMapping(CniPortMapping.tcp(8080, 80));
        try (ServerSocket host = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"));
                SandboxProcess server = server(network, 1000)) {
            String address = server.cni()
                    .orElseThrow()
                    .result()
                    .addresses()
                    .get(0)
                    .address()
                    .getHostAddress();
            Sandbox client = in(network());
            assertTrue(Guest.python(client, connect(address, 80)).startsWith("1000 "));
            assertTrue(Guest.python(client, connect("10.22.0.1", 8080)).startsWith("1000 "), "by the mapped port");
            assertEquals("ConnectionRefusedError 111", Guest.python(client, connect("10.22.0.1", 8081)));
            for (String each : List.of("10.22.0.1", "127.0.0.1")) {
                assertEquals(
                        "ConnectionRefusedError 111", Guest.python(client, connect(each, host.getLocalPort())), each);
            }
            // The gateway has no way on.
            String outside = Guest.python(client, connect("192.0.2.1", 80));
            assertTrue(outside.startsWith("OSError 101") || outside.startsWith("OSError 113"), outside);
            // One with another configuration is elsewhere, where the same addresses are others'.
            Path other = Files.writeString(directory.resolve("other.conflist"), CHAIN.replace("mynet\"", "other\""));
            assertEquals(
                    "ConnectionRefusedError 111",
                    Guest.python(in(CniNetwork.of(other).bandwidth(WIDE)), connect(address, 80)));
        }
    }

    @Test
    void portsAreSharedWithTheHostAsOfAnyNetwork() throws Exception {
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.cni(network()).publish(80)).build();
        try (SandboxProcess server = sandbox.start("/usr/bin/python3", "-I", "-c", SERVE.replace("%d", "1000"))) {
            assertEquals("up", server.inputReader().readLine());
            try (Socket client = new Socket("127.0.0.1", server.publishedPort(80))) {
                assertEquals(1000, client.getInputStream().readAllBytes().length);
            }
        }
    }

    @Test
    void severalStartAtOnceWithAddressesOfTheirOwn() throws Exception {
        Sandbox sandbox = in(network());
        List<CompletableFuture<SandboxProcess>> starts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            starts.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return sandbox.start("cat");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        Set<String> addresses = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (CompletableFuture<SandboxProcess> start : starts) {
            CniAttachment attachment = start.get().cni().orElseThrow();
            addresses.add(attachment.result().addresses().toString());
            ids.add(attachment.containerId());
        }
        assertEquals(6, addresses.size(), addresses::toString);
        assertEquals(6, ids.size());
        for (CompletableFuture<SandboxProcess> start : starts) {
            start.get().close();
            assertEquals(Optional.empty(), start.get().cni().orElseThrow().removalFailure());
        }
    }

    @Test
    void aBandwidthHolds() throws Exception {
        int bytes = 768 << 10;
        CniNetwork slow = network().bandwidth(CniBandwidth.of(DataSize.kibibytes(512), DataSize.kibibytes(64)));
        try (SandboxProcess server = server(network(), bytes)) {
            String address = server.cni()
                    .orElseThrow()
                    .result()
                    .addresses()
                    .get(0)
                    .address()
                    .getHostAddress();
            String[] fast = Guest.python(in(network()), connect(address, 80)).split(" ");
            String[] bound = Guest.python(in(slow), connect(address, 80)).split(" ");
            assertEquals(Integer.toString(bytes), fast[0]);
            assertEquals(Integer.toString(bytes), bound[0]);
            assertTrue(Double.parseDouble(bound[1]) > 1.2, "768 KiB at 512 KiB in a second, after 64 KiB: " + bound[1]);
            assertTrue(Double.parseDouble(fast[1]) < Double.parseDouble(bound[1]) / 2, fast[1] + " " + bound[1]);
        }
    }

    @Test
    void aBinaryThatIsMissingIsNamedBeforeAnythingIsMade() throws Exception {
        Path file = Files.writeString(
                directory.resolve("missing.conflist"), CHAIN.replace("\"tuning\"", "\"no-such-plugin\""));
        Sandbox sandbox = in(CniNetwork.of(file).timeout(Duration.ofSeconds(10)));
        CniException e = org.junit.jupiter.api.Assertions.assertThrows(CniException.class, () -> sandbox.run("true"));
        assertEquals("no-such-plugin", e.plugin());
        assertTrue(e.getMessage().contains("CNI_PATH, /opt/cni/bin:/usr/lib/cni:/usr/libexec/cni"), e.getMessage());
        assertTrue(e.remedy().contains("containernetworking-plugins"), e.remedy());
        String explained = sandbox.explain().entries().toString();
        assertTrue(explained.contains("no-such-plugin"), explained);
        assertFalse(explained.contains("eth0, by the CNI plugins"), explained);
    }
}
