package dev.sandjar.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.Header;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.ServerKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Blocks of docs/cookbook.md about networks. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CookbookNetworkIT {
    private static final String FETCH = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).status)";

    @Test
    void oneName() {
        // tag::one-name
        Network network = Network.egress(EgressRule.allow("api.example.org", 443));
        Sandbox sandbox = Sandbox.untrusted().network(network).build();
        // end::one-name
        assertEquals(1, sandbox.namespaces().network().rules().egress().size());
    }

    @Test
    void secret() {
        Map<String, String> environment = Map.of("API_TOKEN", "x");
        // tag::secret
        EgressRule rule = EgressRule.allow("api.example.org", 443)
                .allowRequests("GET", "/v1/**")
                .credential(Header.bearer(() -> environment.get("API_TOKEN")));
        Sandbox sandbox = Sandbox.untrusted().network(Network.egress(rule)).build();
        // end::secret
        assertEquals(1, sandbox.namespaces().network().rules().egress().size());
    }

    @Test
    void standIn() throws Exception {
        // tag::stand-in
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> exchange.sendResponseHeaders(204, -1));
        server.start();
        int port = server.getAddress().getPort();
        EgressRule rule = EgressRule.allow("api.example.org", port).withAddresses(AddressRange.of("127.0.0.1"));
        Network network = Network.egress(rule).resolver(name -> List.of(InetAddress.getLoopbackAddress()));
        Sandbox sandbox = Sandbox.untrusted().network(network).build();
        String url = "http://api.example.org:" + port + "/";
        System.out.println(sandbox.run("python3", "-c", FETCH, url).stdout()); // 204
        // end::stand-in
        try {
            assertEquals("204\n", sandbox.run("python3", "-c", FETCH, url).stdout());
            String other = "http://127.0.0.1:" + port + "/";
            assertNotEquals(0, sandbox.run("python3", "-c", FETCH, other).exitValue());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void standInWithTls(@TempDir Path directory) throws Exception {
        ServerKeys keys = ServerKeys.of(directory, "api.example.org");
        SSLContext context = keys.context();
        X509Certificate certificate = keys.certificate();
        // tag::stand-in-tls
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> exchange.sendResponseHeaders(204, -1));
        server.start();
        int port = server.getAddress().getPort();
        EgressRule rule = EgressRule.allow("api.example.org", port)
                .withAddresses(AddressRange.of("127.0.0.1"))
                .trusting(certificate); // and nobody else
        Network network = Network.egress(rule).resolver(name -> List.of(InetAddress.getLoopbackAddress()));
        Sandbox sandbox = Sandbox.untrusted().network(network).build();
        String url = "https://api.example.org:" + port + "/";
        System.out.println(sandbox.run("python3", "-c", FETCH, url).stdout()); // 204
        // end::stand-in-tls
        try {
            assertEquals("204\n", sandbox.run("python3", "-c", FETCH, url).stdout());
            X509Certificate other =
                    ServerKeys.of(directory, "other.example.org").certificate();
            Network strange = Network.egress(EgressRule.allow("api.example.org", port)
                            .withAddresses(AddressRange.of("127.0.0.1"))
                            .trusting(other))
                    .resolver(name -> List.of(InetAddress.getLoopbackAddress()));
            RunResult refused = Sandbox.untrusted().network(strange).build().run("python3", "-c", FETCH, url);
            assertNotEquals(0, refused.exitValue(), refused::stdout);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void published() throws Exception {
        // tag::published
        Command server =
                Command.of("python3", "-u", "-m", "http.server", "8080").mergeStderr();
        Sandbox sandbox =
                Sandbox.untrusted().network(Network.loopback().publish(8080)).build();
        try (SandboxProcess process = sandbox.start(server)) {
            process.inputReader().readLine(); // Serving HTTP on ...: now it listens
            int port = process.publishedPort(8080); // on 127.0.0.1, any that is free
            new Socket(InetAddress.getLoopbackAddress(), port).close();
        }
        // end::published
    }

    @Test
    void together() throws Exception {
        // tag::together
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            NetworkMember db = lan.member("db");
            Sandbox server = Sandbox.untrusted().network(Network.attached(db)).build();
            Sandbox client = Sandbox.untrusted().network(Network.attached(lan)).build();
            Command serve =
                    Command.of("python3", "-u", "-m", "http.server", "80").mergeStderr();
            try (SandboxProcess process = server.start(serve)) {
                process.inputReader().readLine(); // Serving HTTP on ...: now it listens
                client.run("python3", "-c", FETCH, "http://db/").orThrow();
            }
        }
        // end::together
    }
}
