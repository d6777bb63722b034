package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** What can be reached with each choice of network. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class NetworkIT {
    private static final String DEVICES = "sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev";

    private static String connect(int port) {
        return "import socket\ntry: socket.create_connection(('127.0.0.1', " + port
                + "), 5); print('connected')\nexcept OSError as e: print(e.errno)";
    }

    /** What 127.0.0.1 answers to a listener of the sandbox itself. */
    private static final String ECHO = "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\n"
            + "try: socket.create_connection(s.getsockname(), 5); print('connected')\nexcept OSError as e: print(e.errno)";

    private static Sandbox with(Network network) {
        return Sandbox.builder().network(network).build();
    }

    @Test
    void loopbackIsUpAndAlone() throws Exception {
        assertEquals(
                "lo",
                Guest.sh(with(Network.loopback()), DEVICES)
                        .lines()
                        .filter(d -> !isTunnel(d))
                        .findFirst()
                        .orElse(""));
        assertEquals("connected", Guest.python(with(Network.loopback()), ECHO));
    }

    /** Devices that some kernels put into every new namespace; down, and to nowhere. */
    private static boolean isTunnel(String device) {
        return device.matches("(tunl|sit|gre|gretap|erspan|ip_vti|ip6_vti|ip6tnl|ip6gre|tap)\\d");
    }

    @Test
    void loopbackStaysDownIfAsked() throws Exception {
        String result = Guest.python(with(Network.none()), ECHO);
        assertTrue(result.equals("101") || result.equals("99"), "ENETUNREACH or EADDRNOTAVAIL, not " + result);
    }

    @Test
    void theHostsServicesAreReachedOnTheHostsNetworkOnly() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            String program = connect(server.getLocalPort());
            assertEquals("connected", Guest.python(with(Network.host()), program));
            assertEquals("111", Guest.python(with(Network.loopback()), program), "ECONNREFUSED");
            assertEquals("101", Guest.python(with(Network.none()), program), "ENETUNREACH");
        }
    }

    @Test
    void abstractSocketsOfTheHostAreOutOfReach() throws Exception {
        String name = "sandjar-" + ProcessHandle.current().pid();
        String program = "import socket\ns = socket.socket(socket.AF_UNIX)\n" + "try: s.connect('\\0" + name
                + "'); print('connected')\nexcept OSError as e: print(e.errno)";
        Process server = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-I",
                        "-c",
                        "import socket,sys\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0" + name
                                + "')\ns.listen()\nprint('up', flush=True)\nsys.stdin.read()")
                .start();
        try (InputStream out = server.getInputStream();
                InputStream err = server.getErrorStream()) {
            assertEquals("up", server.inputReader().readLine());
            assertEquals("connected", Guest.python(with(Network.host()), program));
            assertEquals("111", Guest.python(with(Network.loopback()), program));
        } finally {
            server.getOutputStream().close();
            server.waitFor();
        }
    }

    @Test
    void theHostsNetworkIsTheSame() throws Exception {
        assertEquals(
                HostProgram.sh("readlink /proc/self/ns/net"),
                Guest.sh(with(Network.host()), "readlink /proc/self/ns/net"));
        assertEquals(HostProgram.sh(DEVICES), Guest.sh(with(Network.host()), DEVICES));
    }
}
