package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxHost;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How far members get: as somebody else, in a network that looks like the host's, in as many networks as there may be. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SandboxNetworkBoundsIT {
    private static final String SERVER = Servers.ECHO + "begin(tcp('::', 80))\n" + Servers.UNTIL_TOLD;

    private static Sandbox untrusted(NetworkMember member, NetworkMember... more) {
        return Sandbox.untrusted().network(Network.attached(member, more)).build();
    }

    /** IPV6_FREEBIND, which every program may set, binds a socket to an address that is another's. */
    @Test
    void nobodySendsFromTheAddressOfAnother() throws Exception {
        String server = "import socket, sys\ns = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
                + "s.bind(('fd07::2', 5000))\nprint('up', flush=True)\n"
                + "while True:\n  d, a = s.recvfrom(99)\n  print(d.decode(), a[0], flush=True)\n  s.sendto(d, a)\n";
        String client = "import socket\ndef attempt(name, source, free=True):\n"
                + "  s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.settimeout(20)\n"
                + "  if free: s.setsockopt(41, 78, 1)\n"
                + "  try:\n    if source: s.bind((source, 0))\n"
                + "    s.sendto(name.encode(), ('fd07::2', 5000)); print(name, s.recv(99).decode())\n"
                + "  except OSError as e: print(name, e.errno)\n"
                + "attempt('another', 'fd07::9')\nattempt('server', 'fd07::2')\nattempt('foreign', '2001:db8::1')\n"
                + "attempt('own', 'fd07::3')\nattempt('any', None)\n"
                + "attempt('bound', 'fd07::3', False)\n";
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("fd07::/64").open();
                SandboxProcess process = Servers.start(untrusted(lan.member("server")), server)) {
            assertEquals(
                    List.of("another 101", "server 101", "foreign 101", "own own", "any any", "bound bound"),
                    Guest.python(untrusted(lan.member("client")), client)
                            .lines()
                            .toList());
            var out = process.inputReader();
            assertEquals(
                    List.of("own fd07::3", "any fd07::3", "bound fd07::3"),
                    List.of(out.readLine(), out.readLine(), out.readLine()));
        }
    }

    /** Every interface to a network with IPv6 has an address of its link, which can be used after some seconds. */
    @Test
    void nobodySendsFromTheLinkLocalAddressOfAnother() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/sys/net/ipv6")), "the kernel has no IPv6");
        String own = "import socket, time\ndef link(device):\n  while True:\n"
                + "    for l in map(str.split, open('/proc/net/if_inet6')):\n"
                + "      if l[5] == device and not int(l[4], 16) & 0x40: return (':'.join(l[0][i:i + 4] for i in range(0, 32, 4)),"
                + " 0, 0, int(l[1], 16))\n"
                + "    time.sleep(.05)\n";
        String server = own + "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
                + "s.bind(('::', 5000))\nprint(link('eth0')[0], flush=True)\n"
                + "while True:\n  d, a = s.recvfrom(99)\n  print(d.decode(), flush=True)\n  s.sendto(d, a)\n";
        String client = own + "import sys\ndevice = %s\nlink(device)\ndef attempt(name, source):\n"
                + "  s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.settimeout(20); s.setsockopt(41, 78, 1)\n"
                + "  try:\n    if source: s.bind((source, 0, 0, link(device)[3]))\n"
                + "    s.sendto(name.encode(), (%s, 5000, 0, link(device)[3])); print(name, s.recv(99).decode())\n"
                + "  except OSError as e: print(name, e.errno)\n"
                + "attempt('another', 'fe80::9')\nattempt('own', link(device)[0])\nattempt('any', None)\n";
        try (SandboxNetwork six = SandboxNetwork.builder().subnet("fd07::/64").open();
                SandboxNetwork dual = SandboxNetwork.builder()
                        .subnet("10.7.0.0/24")
                        .subnet("fd08::/64")
                        .open();
                SandboxProcess process = untrusted(dual.member("server")).start(Servers.python(server))) {
            var out = process.inputReader();
            String address = "'" + out.readLine() + "'";
            String alone = Guest.python(untrusted(dual.member()), String.format(client, "'eth0'", address));
            assertEquals("another 101\nown own\nany any", alone);
            Sandbox both = untrusted(six.member(), dual.member());
            assertEquals(alone, Guest.python(both, String.format(client, "'eth1'", address)));
            for (int i = 0; i < 2; i++) {
                assertEquals("own any", out.readLine() + " " + out.readLine());
            }
        }
    }

    @Test
    void aMemberOfSeveralNetworksSendsFromItsAddressInEach() throws Exception {
        try (SandboxNetwork one = SandboxNetwork.builder().subnet("fd07:1::/64").open();
                SandboxNetwork other =
                        SandboxNetwork.builder().subnet("fd07:2::/64").open();
                SandboxProcess first = Servers.start(untrusted(one.member("first")), SERVER);
                SandboxProcess second = Servers.start(untrusted(other.member("second")), SERVER)) {
            assertTrue(first.isAlive() && second.isAlive());
            Sandbox both = untrusted(one.member(), other.member());
            assertEquals("hello", Guest.python(both, HostPortIT.client("first", 80)));
            assertEquals("hello", Guest.python(both, HostPortIT.client("second", 80)));
        }
    }

    @Test
    void aNetworkThatLooksLikeTheHostsIsNotTheHosts() throws Exception {
        InterfaceAddress own = ofThisHost();
        Assumptions.assumeTrue(own != null, "the host has no address of IPv4 but loopback");
        String address = own.getAddress().getHostAddress();
        byte[] bytes = own.getAddress().getAddress();
        for (int i = own.getNetworkPrefixLength(); i < 32; i++) {
            bytes[i / 8] &= (byte) ~(128 >> i % 8);
        }
        String subnet = InetAddress.getByAddress(bytes).getHostAddress() + "/" + own.getNetworkPrefixLength();
        try (ServerSocket server = Servers.echo(own.getAddress());
                SandboxNetwork lan = SandboxNetwork.builder().subnet(subnet).open()) {
            String client = HostPortIT.client(address, server.getLocalPort());
            Sandbox member = untrusted(lan.member());
            String said = Guest.python(member, client);
            assertTrue(said.equals("113") || said.equals("111"), said + ", not EHOSTUNREACH, nor refused by itself");
            assertEquals(
                    "hello",
                    Guest.python(Sandbox.untrusted().network(Network.host()).build(), client),
                    "the control");
        }
    }

    private static @Nullable InterfaceAddress ofThisHost() throws Exception {
        for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InterfaceAddress address : each.getInterfaceAddresses()) {
                if (address.getAddress() instanceof Inet4Address
                        && !each.isLoopback()
                        && each.isUp()
                        && !address.getAddress().isLinkLocalAddress()
                        && address.getNetworkPrefixLength() >= 8
                        && address.getNetworkPrefixLength() <= 29) {
                    return address;
                }
            }
        }
        return null;
    }

    @Test
    void sixteenNetworksAreTheMost() throws Exception {
        List<SandboxNetwork> networks = new ArrayList<>();
        try {
            for (int i = 0; i < 17; i++) {
                networks.add(
                        SandboxNetwork.builder().subnet("10.7." + i + ".0/24").open());
            }
            SandboxNetwork first = networks.get(0);
            SandboxNetwork[] rest = networks.subList(1, 17).toArray(new SandboxNetwork[0]);
            Sandbox sandbox = Sandbox.untrusted()
                    .network(Network.attached(first, Arrays.copyOf(rest, 15)))
                    .build();
            assertEquals("16", Guest.sh(sandbox, "grep -c eth /proc/net/dev"));
            String message = assertThrows(IllegalArgumentException.class, () -> Network.attached(first, rest))
                    .getMessage();
            assertTrue(message.contains("number of networks is 17"), message);
        } finally {
            networks.forEach(SandboxNetwork::close);
        }
    }

    @Test
    void membersOfAPoolAreAttached() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                SandboxProcess server = Servers.start(
                        untrusted(lan.member("server")),
                        Servers.ECHO + "begin(tcp('0.0.0.0', 80))\n" + Servers.UNTIL_TOLD);
                SandboxPool pool = untrusted(lan.member()).pool(2)) {
            assertTrue(server.isAlive());
            for (int i = 0; i < 3; i++) {
                SandboxProcess process = pool.start(Servers.python(HostPortIT.client("server", 80)));
                assertEquals("hello", process.inputReader().readLine());
                assertTrue(process.waitFor(20, TimeUnit.SECONDS));
                assertTrue(lan.addresses(process).get(0).getHostAddress().startsWith("10.7.0."));
            }
        }
    }

    @Test
    void theReportOfTheHostSpeaksOfNetworks() {
        assertTrue(SandboxHost.probe().toString().contains("networks of several sandboxes"), () -> SandboxHost.probe()
                .toString());
    }

    /** Root without a user namespace of its own, which owns as much as this process does. */
    @Test
    @NeedsHost(Feature.ROOT)
    void whoMayChangeItsInterfaceChangesNoNeighbour() throws Exception {
        String view = "print(open('/proc/net/route').read())";
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                SandboxProcess server = Servers.start(
                        untrusted(lan.member("server")),
                        Servers.ECHO + "begin(tcp('0.0.0.0', 80))\n" + Servers.UNTIL_TOLD);
                SandboxProcess neighbour = untrusted(lan.member("neighbour")).start("cat")) {
            assertTrue(server.isAlive());
            String before = exec(neighbour, view);
            Sandbox admin = Sandbox.builder()
                    .network(Network.attached(lan.member("admin")))
                    .user(0, 0)
                    .keepCapabilities(Capability.NET_ADMIN)
                    .build();
            String change = "import socket, struct, fcntl\n"
                    + "def ioctl(n, d):\n  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: fcntl.ioctl(s, n, d)\n"
                    + "ioctl(0x8916, struct.pack('16sHH4s8x', b'eth0', 2, 0, bytes([10, 99, 0, 1])))\n"
                    + "ioctl(0x8914, struct.pack('16sh14x', b'eth0', 0))\nprint('changed')\n";
            assertEquals("changed", Guest.python(admin, change), "the control: it may");
            assertTrue(admin.explain().entries().toString().contains("who has CAP_NET_ADMIN inside can change eth0"));
            assertEquals(before, exec(neighbour, view));
            assertEquals("hello", exec(neighbour, HostPortIT.client("server", 80)));
        }
    }

    /** Packet sockets are where no firewall is; so nobody is told that it holds. */
    @Test
    @NeedsHost(Feature.ROOT)
    void whoHasPacketSocketsIsNotHeldByAFirewall() throws Exception {
        String open = "import socket\ntry: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 8); print('open')\n"
                + "except OSError as e: print(e.errno)\n";
        String past = "sends and reads past it";
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            Network network = Network.attached(lan).firewall(Firewall.denyAll());
            Sandbox raw = Sandbox.builder()
                    .network(network)
                    .user(0, 0)
                    .keepCapabilities(Capability.NET_RAW)
                    .build();
            assertEquals("open", Guest.python(raw, open));
            assertTrue(raw.explain().entries().toString().contains(past));
            Sandbox none = Sandbox.builder().network(network).user(0, 0).build();
            assertEquals("1", Guest.python(none, open), "EPERM");
            assertFalse(none.explain().entries().toString().contains(past));
        }
    }

    private static String exec(SandboxProcess process, String program) throws Exception {
        try (SandboxProcess asked = process.exec(Servers.python(program))) {
            String text = new String(asked.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertTrue(asked.waitFor(20, TimeUnit.SECONDS));
            return text.strip();
        }
    }
}
