package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.NetworkUsage;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who has sent how much in a network, and the pictures of it. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class SandboxNetworkTrafficIT {
    private static final int SENT = 300_000;
    private static final String SERVER = Servers.ECHO + "begin(tcp('0.0.0.0', 80))\n" + Servers.UNTIL_TOLD;
    private static final String CLIENT = "import socket\ns = socket.create_connection(('server', 80), 20)\n"
            + "s.sendall(b'x' * " + SENT + "); s.shutdown(socket.SHUT_WR)\nn = 0\n"
            + "while d := s.recv(65536): n += len(d)\nprint(n)";

    private static Sandbox of(NetworkMember member) {
        return Sandbox.untrusted().network(Network.attached(member)).build();
    }

    @Test
    void bytesAndPacketsOfEachMember() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            assertEquals(List.of(), lan.traffic());
            try (SandboxProcess server = Servers.start(of(lan.member("server")), SERVER)) {
                MemberTraffic before = lan.traffic().get(0);
                assertEquals(Optional.of("server"), before.name());
                assertEquals(lan.addresses(server), before.addresses());
                assertEquals(Integer.toString(SENT), Guest.python(of(lan.member()), CLIENT));
                MemberTraffic after = lan.traffic().get(0);
                long received = after.received().bytes() - before.received().bytes();
                long sent = after.sent().bytes() - before.sent().bytes();
                // The same twice, with headers.
                assertTrue(received > SENT && received < 2 * SENT, after::toString);
                assertTrue(sent > SENT && sent < 2 * SENT, after::toString);
                assertTrue(after.sent().packets() > before.sent().packets(), after::toString);
                Optional<NetworkUsage> inside = server.usage().network().stream()
                        .filter(device -> device.device().equals("eth0"))
                        .findFirst();
                if (inside.isPresent()) {
                    assertTrue(inside.get().receivedBytes() >= after.received().bytes(), inside::toString);
                }
            }
            assertEquals(List.of(), lan.traffic(), "who has ended is not there");
        }
    }

    @Test
    void pictures() throws Exception {
        SandboxNetwork lan = SandboxNetwork.builder()
                .name("front")
                .subnet("10.7.0.0/24")
                .gateway()
                .open();
        try (SandboxNetwork back = SandboxNetwork.builder()
                        .name("back")
                        .subnet("10.8.0.0/24")
                        .gateway()
                        .open();
                SandboxProcess a = Servers.start(of(lan.member("a")), SERVER);
                SandboxProcess b = Servers.start(of(lan.member("b")), SERVER);
                SandboxProcess nameless = Servers.start(of(lan.member()), SERVER)) {
            assertTrue(a.isAlive() && b.isAlive() && nameless.isAlive());
            lan.connect(back);
            if (Feature.NF_TABLES.isPresent()) {
                lan.faults().block(lan.member("a"), lan.member("b"));
            }
            String text = lan.describe().replaceAll("sent .*", "sent ...");
            String blocked = Feature.NF_TABLES.isPresent() ? "  blocked: a to b\n" : "";
            assertFalse(lan.describe().contains("link"));
            assertEquals(
                    """
                    network front 10.7.0.0/24, gateway 10.7.0.1
                      a 10.7.0.2: sent ...
                      b 10.7.0.3: sent ...
                      10.7.0.4: sent ...
                      connected with back 10.8.0.0/24
                    """
                            + blocked,
                    text);
            String dot = lan.toDot().replaceAll("sent \\d+", "sent N").replaceAll("received \\d+", "received N");
            assertTrue(dot.startsWith("digraph {\n") && dot.endsWith("\n}\n"), dot);
            for (String line : List.of(
                    "\"network front\" [shape=box, label=\"front\\n10.7.0.0/24\"];",
                    "\"member a\" [label=\"a\\n10.7.0.2\"];",
                    "\"member a\" -> \"network front\" [dir=both, label=\"sent N\\nreceived N\"];",
                    "\"member 10.7.0.4\" [label=\"10.7.0.4\"];",
                    "\"connected 0\" [shape=box, label=\"back\\n10.8.0.0/24\"];",
                    "\"network front\" -> \"connected 0\" [dir=none];")) {
                assertTrue(dot.contains("  " + line + "\n"), () -> line + " in " + dot);
            }
            assertEquals(
                    Feature.NF_TABLES.isPresent(),
                    dot.contains("\"member a\" -> \"member b\" [style=dashed, color=red, label=\"blocked\"];"),
                    dot);
            lan.disconnect(back);
            assertTrue(!lan.describe().contains("connected with"), lan.describe());
        } finally {
            lan.close();
        }
        SandboxException e = assertThrows(SandboxException.class, lan::traffic);
        assertTrue(e.getMessage().contains("is closed"), e.getMessage());
        assertThrows(SandboxException.class, lan::toDot);
    }
}
