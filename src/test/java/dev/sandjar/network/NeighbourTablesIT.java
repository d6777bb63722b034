package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Of the tables of neighbours, which are the whole machine's, a member takes no more than it may; some hundred entries show that. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class NeighbourTablesIT {
    private static final String LOOK =
            """
            import socket
            device = socket.if_nametoindex('eth0')
            six = [l.split()[5] for l in open('/proc/net/if_inet6')] if socket.has_ipv6 else []
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            def attempt(to):
                try:
                    s.sendto(b'x', (to, 9, 0, device))
                    return 'sent'
                except OSError as e: return e.errno
            print(six.count('lo'), six.count('eth0'), attempt('fe80::9'), attempt('ff02::1'))
            """;

    /** The kernel takes what a socket is bound to for the way to everywhere, whatever the routes say. */
    private static final String FLOOD =
            """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setblocking(False)
            s.setsockopt(socket.SOL_SOCKET, 25, b'eth0\\0')
            for i in range(%d):
                try: s.sendto(b'x', ('198.18.%%d.%%d' %% (i >> 8, i & 255), 9))
                except OSError as e: pass
            print(sum(l.startswith('198.18.') for l in open('/proc/net/arp')))
            """;

    private static Sandbox member(SandboxNetwork lan) {
        return Sandbox.untrusted().network(Network.attached(lan.member())).build();
    }

    @Test
    void whereNoSubnetIsOfIpv6ThereIsNone() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/sys/net/ipv6")), "the kernel has no IPv6");
        try (SandboxNetwork four =
                        SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                SandboxNetwork six =
                        SandboxNetwork.builder().subnet("fd07::/64").open()) {
            assertEquals("1 0 101 101", Guest.python(member(four), LOOK));
            assertEquals("1 2 sent sent", Guest.python(member(six), LOOK));
            Sandbox both = Sandbox.untrusted()
                    .network(Network.attached(six.member(), four.member()))
                    .build();
            assertEquals("1 2 sent sent", Guest.python(both, LOOK));
            Sandbox turned = Sandbox.untrusted()
                    .network(Network.attached(four.member(), six.member()))
                    .build();
            assertEquals("1 0 101 101", Guest.python(turned, LOOK));
        }
    }

    @Test
    @NeedsHost(Feature.NF_TABLES)
    void aBoundOnConnectionsIsOneOnNeighbours() throws Exception {
        int tried = 300;
        int most = 40;
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Network bounded = Network.attached(lan.member()).traffic(t -> t.connections(most));
            String program = String.format(FLOOD, tried);
            int free = Integer.parseInt(Guest.python(member(lan), program));
            assertTrue(free > 2 * most, () -> "of " + tried + " the control has " + free);
            int held = Integer.parseInt(
                    Guest.python(Sandbox.untrusted().network(bounded).build(), program));
            assertTrue(held <= most && held > 0, () -> held + " of " + most);
        }
    }
}
