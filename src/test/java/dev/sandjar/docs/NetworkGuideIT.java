package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.Decision;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallRule;
import dev.sandjar.network.Header;
import dev.sandjar.network.NetworkDevice;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.network.Uplink;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The blocks of docs/guides/networks.md; its server inside is in {@link GuidesIT}. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class NetworkGuideIT {
    @Test
    void hostPort() throws Exception {
        try (ServerSocket database = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            int port = database.getLocalPort();
            // tag::host-port
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.loopback().hostPort(port, "db"))
                    .build();
            // end::host-port
            String client = "import socket; socket.create_connection(('db', " + port + "), 20)";
            assertEquals(0, sandbox.run("/usr/bin/python3", "-I", "-c", client).exitValue());
        }
    }

    @Test
    void severalSandboxes() throws Exception {
        // tag::several
        try (SandboxNetwork lan = SandboxNetwork.builder()
                .subnet("10.7.0.0/24")
                .subnet("fd07::/64")
                .open()) {
            Sandbox server = Sandbox.untrusted()
                    .network(Network.attached(lan.member("server")))
                    .build();
            Sandbox client = Sandbox.untrusted().network(Network.attached(lan)).build();
            Command serve =
                    Command.of("python3", "-u", "-m", "http.server", "80").mergeStderr();
            String fetch = "import urllib.request as u; print(u.urlopen('http://server/').status)";
            try (SandboxProcess process = server.start(serve)) {
                System.out.println(process.inputReader().readLine()); // Serving HTTP on ...: now it listens
                System.out.println(client.run("python3", "-c", fetch).stdout()); // 200
                // end::several
                assertEquals("200\n", client.run("python3", "-c", fetch).stdout());
                // tag::several
            }
        }
        // end::several
    }

    @Test
    void aMemberThatClientsOfTheHostReach() throws Exception {
        String serve = "import socket; s = socket.create_server(('', 80)); print('listening', flush=True);"
                + " c = s.accept()[0]; c.sendall(b'from web'); c.close()";
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                ServerSocket database = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            int port = database.getLocalPort();
            // tag::member-port
            Sandbox web = Sandbox.untrusted()
                    .network(Network.attached(lan.member("web")).publish(80).hostPort(port, "db"))
                    .build();
            // end::member-port
            try (SandboxProcess server = web.start("python3", "-c", serve)) {
                assertEquals("listening", server.inputReader().readLine());
                try (Socket client = new Socket("127.0.0.1", server.publishedPort(80))) {
                    client.setSoTimeout(60_000);
                    assertEquals(
                            "from web", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                }
                assertTrue(server.waitFor(60, TimeUnit.SECONDS));
            }
        }
    }

    /** What it does is tried in {@code NetworkDevicesIT}. */
    @Test
    void interfacesOfTheHost() {
        // tag::devices
        Network network = Network.devices(
                NetworkDevice.macvlan("eth0").address("192.0.2.7/24").route("0.0.0.0/0", "192.0.2.1"));
        // end::devices
        assertEquals(1, network.devices().size());
    }

    /** What it does is tried in {@code UplinkIT}, in a network of its own: nothing here changes the host's. */
    @Test
    void aWayOut() {
        // tag::uplink
        SandboxNetwork.Builder lan =
                SandboxNetwork.builder().subnet("10.7.0.0/24").uplink(Uplink.host());
        // end::uplink
        assertThrows(IllegalArgumentException.class, () -> lan.subnet("10.8.0.0/24"));
    }

    @Test
    void severalNetworks() throws Exception {
        try (SandboxNetwork front =
                        SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                SandboxNetwork back =
                        SandboxNetwork.builder().subnet("10.8.0.0/24").open()) {
            // tag::front-and-back
            Sandbox gate = Sandbox.untrusted()
                    .network(Network.attached(front.member("gate"), back.member("gate"))) // eth0, eth1
                    .build();
            // end::front-and-back
            assertEquals(
                    0, gate.run("/bin/sh", "-c", "grep -q eth1 /proc/net/dev").exitValue());
        }
    }

    @Test
    void pictures() throws Exception {
        try (SandboxNetwork lan =
                        SandboxNetwork.builder().subnet("10.7.0.0/24").gateway().open();
                SandboxNetwork back = SandboxNetwork.builder()
                        .name("back")
                        .subnet("10.8.0.0/24")
                        .gateway()
                        .open()) {
            lan.connect(back);
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.attached(lan.member("server")))
                    .build();
            try (SandboxProcess process = sandbox.start("sh", "-c", "echo up; exec cat")) {
                assertEquals("up", process.inputReader().readLine());
                // tag::pictures
                lan.traffic()
                        .forEach(member -> System.out.println(
                                member.name() + " " + member.sent().bytes()));
                System.out.println(lan.describe());
                System.out.println(lan.toDot()); // for dot -Tsvg
                // end::pictures
                assertTrue(lan.describe().contains("connected with back"), lan.describe());
            }
        }
    }

    @Test
    void namespace() {
        // tag::namespace
        Sandbox sandbox = Sandbox.untrusted()
                .network(Network.namespace(Path.of("/run/netns/blue")))
                .build();
        // end::namespace
        assertTrue(sandbox.namespaces().network().namespace().isPresent());
    }

    @Test
    void rules() throws IOException {
        Path socket = Path.of("/run/postgresql/.s.PGSQL.5432");
        // tag::rules
        Network network = Network.loopback()
                .with(PortRule.publish(new PortRange(8000, 8009)).onHost(9000))
                .with(PortRule.publish(8080).onHost(Path.of("/run/user/1000/app.sock")))
                .with(PortRule.hostPort(5432).inside(15432).named("db").fixed())
                .with(PortRule.hostSocket(socket).inside("/tmp/postgres.sock"));
        // end::rules
        assertEquals(4, network.rules().ports().size());
    }

    @Test
    void connected() throws Exception {
        // tag::connected
        try (SandboxNetwork front = SandboxNetwork.builder()
                        .subnet("10.7.1.0/24")
                        .gateway()
                        .isolateMembers()
                        .open();
                SandboxNetwork back =
                        SandboxNetwork.builder().subnet("10.7.2.0/24").gateway().open()) {
            front.connect(back); // until front.disconnect(back), or one of both is closed
            // end::connected
            assertEquals(1, front.gateways().size());
        }
    }

    @Test
    void resolver() throws Exception {
        // tag::resolver
        try (SandboxNetwork lan =
                SandboxNetwork.builder().subnet("10.7.0.0/24").resolver().open()) {
            // end::resolver
            assertEquals("10.7.0.1", lan.resolvers().get(0).getHostAddress());
        }
    }

    @Test
    void routes() throws Exception {
        try (SandboxNetwork front =
                SandboxNetwork.builder().subnet("10.7.1.0/24").open()) {
            // tag::routes
            NetworkMember router = front.member("router"); // 10.7.1.2
            Sandbox client = Sandbox.untrusted()
                    .network(Network.attached(front.member().route("10.7.2.0/24", "10.7.1.2")))
                    .build();
            // end::routes
            assertEquals("10.7.1.2", router.addresses().get(0).getHostAddress());
            assertEquals(0, client.run("/bin/true").exitValue());
        }
    }

    @Test
    @NeedsHost({Feature.NF_TABLES, Feature.TBF})
    void traffic() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            // tag::traffic
            Network network = Network.attached(lan).traffic(t -> t.sendRate(DataSize.mebibytes(1))
                    .receiveRate(DataSize.mebibytes(10)) // in a second
                    .bytes(DataSize.gibibytes(1)) // both ways, until it ends
                    .connections(100)); // at once
            // end::traffic
            assertEquals(
                    0,
                    Sandbox.untrusted()
                            .network(network)
                            .build()
                            .run("/bin/true")
                            .exitValue());
        }
    }

    @Test
    @NeedsHost(Feature.NF_TABLES)
    void firewall() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            // tag::firewall
            Firewall firewall = Firewall.denyAll()
                    .allow(FirewallRule.outgoing().tcp(5432).peer("10.7.0.2"))
                    .allow(FirewallRule.incoming().tcp(80, 443))
                    .allow(FirewallRule.incoming().icmp());
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.attached(lan).firewall(firewall))
                    .build();
            // end::firewall
            assertEquals(0, sandbox.run("/bin/true").exitValue());
        }
    }

    @Test
    void egress() {
        // tag::egress
        Network network = Network.egress(
                EgressRule.allow("repo.example.org", 443),
                EgressRule.allow("git.corp.example", 22, 443)
                        .withAddresses(AddressRange.of("10.0.0.0/8"))
                        .anyProtocol());
        // end::egress
        assertEquals(2, network.rules().egress().size());
    }

    @Test
    void egressPatterns() {
        // tag::egress-patterns
        Network network =
                Network.egress(EgressRule.allow("*.example.org", 443), EgressRule.allow("git.example.org", 22, 443));
        // end::egress-patterns
        assertEquals(2, network.rules().egress().size());
    }

    @Test
    void egressAddresses() {
        // tag::egress-addresses
        Network network = Network.egress(
                EgressRule.allowAddress("9.9.9.9", 853),
                EgressRule.allowAddress("10.7.0.0/16", 5432)
                        .withAddresses(AddressRange.of("10.7.0.0/16"))
                        .anyProtocol());
        // end::egress-addresses
        assertEquals(2, network.rules().egress().size());
    }

    @Test
    void proxies() {
        // tag::proxies
        Network network =
                Network.egress(EgressRule.allow("repo.example.org", 443)).withProxies();
        // end::proxies
        assertTrue(network.rules().hasProxies());
    }

    @Test
    void credentials() {
        Path tokenFile = Path.of("/run/secrets/token");
        List<String> told = new CopyOnWriteArrayList<>();
        // tag::credentials
        EgressRule api = EgressRule.allow("api.example.org", 443)
                .allowRequests("GET", "/v1/**")
                .allowRequests("POST", "/v1/messages")
                .credential(Header.bearer(() -> firstLine(tokenFile))); // with each request
        Network network = Network.egress(api)
                .requestListener(event -> told.add(event.method() + " " + event.path() + " " + event.verdict() + " "
                        + event.status() + " " + event.reason()));
        // end::credentials
        assertEquals(2, api.requests().size());
        assertEquals(List.of(api), network.rules().egress());
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void egressBounds() {
        List<String> told = new CopyOnWriteArrayList<>();
        // tag::egress-bounds
        Network network = Network.egress(EgressRule.allow("repo.example.org", 443))
                .bounds(b -> b.connections(32).connectionsPerSecond(10).bytes(DataSize.mebibytes(200)))
                .listener(event -> told.add(event.connection().name().orElse("") + " " + event.address() + " "
                        + event.verdict() + " " + event.reason()));
        // end::egress-bounds
        assertEquals(32, network.bounds().connections());
    }

    @Test
    void decide() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        try (ServerSocket database = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            database.setSoTimeout(20_000);
            int port = database.getLocalPort();
            // tag::decide
            Network network = Network.loopback()
                    .hostPort(port, "db")
                    .decide(connection -> connection.port().orElse(0) == port ? Decision.ALLOW : Decision.REFUSE)
                    .listener(event -> told.add(
                            event.connection().rule() + " " + event.verdict() + " " + event.bytesOut() + " bytes"));
            // end::decide
            String client =
                    "import socket; socket.create_connection(('127.0.0.1', " + port + "), 20).sendall(b'hello')";
            Sandbox sandbox = Sandbox.untrusted().network(network).build();
            try (SandboxProcess process = sandbox.start(Command.of("/usr/bin/python3", "-I", "-c", client));
                    Socket accepted = database.accept()) {
                accepted.setSoTimeout(20_000);
                assertEquals("hello", new String(accepted.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                accepted.close();
                assertTrue(process.waitFor(20, TimeUnit.SECONDS));
                assertEquals(0, process.exitValue());
            }
            assertEquals(List.of("hostPort 127.0.0.1:" + port + " at " + port + " as db COMPLETED 5 bytes"), told);
        }
    }
}
