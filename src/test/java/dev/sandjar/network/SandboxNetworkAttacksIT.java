package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What root inside tries with all capabilities, against a network that its sandbox is attached to; each refusal beside the same in a network
 * of the sandbox's own, which lets it.
 */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class SandboxNetworkAttacksIT {
    /** Tries all and prints a line for each: what it is, and 0 or the error. DEVICE is what it tries it on. */
    private static final String ATTACKS =
            """
            import ctypes, fcntl, os, socket, struct
            def attempt(name, what):
                try: what(); print(name, 0)
                except OSError as e: print(name, e.errno)
            libc = ctypes.CDLL(None, use_errno=True)
            def check(result):
                if result < 0: raise OSError(ctypes.get_errno(), '')
            def ioctl(number, data):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: fcntl.ioctl(s, number, data)
            def netlink(kind, flags, body):
                with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
                    s.bind((0, 0))
                    s.settimeout(20)
                    s.send(struct.pack('=IHHII', 16 + len(body), kind, flags | 5, 1, 0) + body)
                    error = -struct.unpack('=i', s.recv(4096)[16:20])[0]
                    if error: raise OSError(error, '')
            index = socket.if_nametoindex(DEVICE)
            def flags(bits): ioctl(0x8914, struct.pack('16sh14x', DEVICE.encode(), bits))
            def address(): netlink(20, 0x600, struct.pack('=BBBBI', 2, 24, 0, 0, index)
                + struct.pack('=HH4B', 8, 2, 10, 7, 0, 99) + struct.pack('=HH4B', 8, 1, 10, 7, 0, 99))
            def route(): netlink(24, 0x600, struct.pack('=BBBBBBBBI', 2, 24, 0, 0, 254, 4, 253, 1, 0)
                + struct.pack('=HH4B', 8, 1, 10, 99, 0, 0) + struct.pack('=HHI', 8, 4, index))
            def link(): netlink(16, 0x600, struct.pack('=BBHiII', 0, 0, 0, 0, 0, 0)
                + struct.pack('=HH8s', 12, 3, b'evil0\\0\\0\\0') + struct.pack('=HH', 16, 18) + struct.pack('=HH8s', 12, 1, b'bridge\\0\\0'))
            def neighbour(): netlink(28, 0x500, struct.pack('=BBHiHBB', 2, 0, 0, index, 0x80, 0, 0)
                + struct.pack('=HH4B', 8, 1, 10, 7, 0, 3) + struct.pack('=HH6B2x', 10, 2, 2, 0, 0, 0, 0, 9))
            def sysctl():
                with open('/proc/sys/net/ipv4/ip_default_ttl', 'w') as f: f.write('9')
            def promiscuous():
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
                s.setsockopt(263, 1, struct.pack('=IHH8s', index, 1, 0, b''))
            def mark():
                with socket.socket() as s: s.setsockopt(1, 36, 7)
            attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 6).close())
            attempt('packet', promiscuous)
            attempt('mark', mark)
            attempt('address', address)
            attempt('route', route)
            attempt('neighbour', neighbour)
            attempt('link', link)
            attempt('mac', lambda: ioctl(0x8924, struct.pack('16sH6s8x', DEVICE.encode(), LINKTYPE, b'\\x02\\0\\0\\0\\0\\x09')))
            attempt('sysctl', sysctl)
            attempt('down', lambda: flags(0))
            """;

    private SandboxNetwork lan;

    @BeforeEach
    void open() throws SandboxException {
        lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
    }

    @AfterEach
    void close() {
        lan.close();
    }

    /** A bridge of the sandbox's own, which is up. */
    private static final String BRIDGE =
            """
            import fcntl, socket, struct
            with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
                body = (struct.pack('=BBHiII', 0, 0, 0, 0, 1, 1) + struct.pack('=HH8s', 8, 3, b'br9\\0\\0\\0\\0\\0')[:8]
                    + struct.pack('=HH', 16, 18) + struct.pack('=HH8s', 12, 1, b'bridge\\0\\0'))
                s.send(struct.pack('=IHHII', 16 + len(body), 16, 0x605, 1, 0) + body)
                assert struct.unpack('=i', s.recv(4096)[16:20])[0] == 0
            """;

    private static List<String> attacks(Network network, String before, String device) throws Exception {
        return Guest.python(Guest.capable(network), before + "DEVICE = '" + device + "'\nLINKTYPE = 1\n" + ATTACKS)
                .lines()
                .toList();
    }

    @Test
    void allCapabilitiesInsideChangeNothing() throws Exception {
        List<String> attached = attacks(Network.attached(lan), "", "eth0");
        assertEquals(10, attached.size(), attached.toString());
        for (String line : attached) {
            assertTrue(line.matches("\\w+ (1|13)"), "not EPERM or EACCES: " + attached);
        }
        // The control: what is refused above works in a network that the sandbox owns.
        List<String> own = attacks(Network.loopback(), BRIDGE, "br9");
        assertEquals(
                attached.stream().map(line -> line.replaceFirst(" .*", " 0")).toList(), own);
    }

    @Test
    void aNamespaceInsideOfTheSandboxHasNoWayIntoTheNetwork() throws Exception {
        try (SandboxProcess server = Servers.start(
                Guest.capable(Network.attached(lan.member("server"))),
                Servers.ECHO + "begin(tcp('0.0.0.0', 80))\n" + Servers.UNTIL_TOLD)) {
            assertTrue(server.isAlive());
            String nested =
                    """
                    import ctypes, os, socket
                    libc = ctypes.CDLL(None, use_errno=True)
                    def connect():
                        try: socket.create_connection(('10.7.0.2', 80), 20).close(); return 0
                        except OSError as e: return e.errno
                    before = os.open('/proc/self/ns/net', os.O_RDONLY)
                    print(connect())
                    print('new', 0 if libc.unshare(0x10000000 | 0x40000000) == 0 else ctypes.get_errno())
                    print(connect())
                    print('back', 0 if libc.setns(before, 0x40000000) == 0 else ctypes.get_errno())
                    """;
            assertEquals(
                    List.of("0", "new 0", "101", "back 1"),
                    Guest.python(Guest.capable(Network.attached(lan)), nested)
                            .lines()
                            .toList());
        }
    }

    /** Without a PID namespace it sees the keeper, and gets at nothing that it has. */
    @Test
    void theKeeperIsOutOfReach() throws Exception {
        long keeper = Keepers.pid();
        String attack = "import os\nfor name in ('ns/net', 'ns/user', 'root', 'mem', 'fd/3'):\n  try:\n"
                + "    os.close(os.open('/proc/" + keeper + "/' + name, os.O_RDONLY)); print(name, 0)\n"
                + "  except OSError as e: print(name, e.errno)\n"
                + "os.close(os.open('/proc/" + keeper + "/comm', os.O_RDONLY)); print('comm 0')";
        List<String> lines = Guest.python(Guest.capable(Network.attached(lan)), attack)
                .lines()
                .toList();
        assertEquals("comm 0", lines.get(5));
        for (String line : lines.subList(0, 5)) {
            assertTrue(line.matches("[\\w/]+ (1|13)"), line);
        }
        assertTrue(lan.isOpen());
    }
}
