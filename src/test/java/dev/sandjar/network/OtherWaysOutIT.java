package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Capability;
import dev.sandjar.Network;
import dev.sandjar.Rlimit;
import dev.sandjar.RootFs;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.net.ServerSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ways to connect that pass by {@code connect(2)}, or by TCP, with names that may be reached; each refusal beside what goes on working. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class OtherWaysOutIT {
    /** Each returns 0 or the error number, of connecting alone. */
    private static final String WAYS =
            """
            import ctypes, mmap, os, socket, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            def plain(address):
                with socket.socket() as s: return s.connect_ex(address)
            def mptcp(address):
                try:
                    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as s: return s.connect_ex(address)
                except OSError as e: return e.errno
            def fastopen(address):
                try:
                    with socket.socket() as s: s.sendto(b'x', 0x20000000, address); return 0
                except OSError as e: return e.errno
            def uring(address):
                p = ctypes.create_string_buffer(120)
                ring = libc.syscall(425, 2, p)
                if ring < 0: return ctypes.get_errno()
                entries, cqes = struct.unpack_from('II', p)
                sq, cq = struct.unpack_from('7I', p, 40), struct.unpack_from('7I', p, 80)
                submit = mmap.mmap(ring, sq[6] + entries * 4, offset=0)
                complete = mmap.mmap(ring, cq[5] + cqes * 16, offset=0x8000000)
                calls = mmap.mmap(ring, entries * 64, offset=0x10000000)
                to = ctypes.create_string_buffer(struct.pack('=H', 2) + struct.pack('!H', address[1])
                    + socket.inet_aton(address[0]) + bytes(8), 16)
                with socket.socket() as s:
                    struct.pack_into('=BBHiQQ', calls, 0, 16, 0, 0, s.fileno(), 16, ctypes.addressof(to))
                    struct.pack_into('=I', submit, sq[6], 0)
                    struct.pack_into('=I', submit, sq[1], 1)
                    if libc.syscall(426, ring, 1, 1, 1, None, 0) < 0: return ctypes.get_errno()
                    return -struct.unpack_from('=i', complete, cq[5] + 8)[0]
            way = dict(plain=plain, mptcp=mptcp, fastopen=fastopen, uring=uring)[sys.argv[1]]
            """;

    /** The name, another port of it, an address of nobody, and the port of the host's that the name leads to. */
    private static final String EVERYWHERE = "port = %d\nthere = socket.gethostbyname('server.test')\n"
            + "print(way((there, port)), way((there, 9)), way(('203.0.113.77', port)), way(('127.0.0.1', port)))";

    private static final String HERE = "s = socket.create_server(('127.0.0.1', 0))\nprint(way(s.getsockname()))";

    private final Hosts hosts = new Hosts().with("server.test", "127.0.0.1");

    private static String program(String way, String rest) {
        return "import sys\nsys.argv = ['', '" + way + "']\n" + WAYS + rest;
    }

    /** Root inside, with everything, and no filter: the network alone counts. */
    private static SandboxBuilder capable() {
        return Sandbox.builder()
                .userNamespace()
                .rootfs(RootFs.hostReadOnly())
                .user(0, 0)
                .keepCapabilities(Capability.values());
    }

    private String everywhere(SandboxBuilder builder, String way, int port) throws Exception {
        Network network = Network.egress(EgressRule.allow("server.test", port).withAddresses(Hosts.LOOPBACK))
                .resolver(hosts);
        return Guest.python(builder.network(network).build(), program(way, String.format(EVERYWHERE, port)));
    }

    /** Error numbers of untrusted(): where its filter refuses the way itself, that one four times. */
    @ParameterizedTest
    @CsvSource({"plain, ''", "fastopen, ''", "mptcp, 93 93 93 93", "uring, 38 38 38 38"})
    void leadNowhereElse(String way, String filtered) throws Exception {
        String outside = HostProgram.python(program(way, HERE)).strip();
        assumeTrue(outside.equals("0"), "SKIPPED " + way + ": this host has nothing of the kind, error " + outside);
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            String free = everywhere(capable(), way, port);
            assertEquals("0 111 101 111", free, "reached, refused, unreachable, refused");
            String untrusted = everywhere(Sandbox.untrusted(), way, port);
            assertEquals(filtered.isEmpty() ? free : filtered, untrusted);
        }
    }

    /** Sockets of virtual machines belong to no network namespace (before Linux 7.0): the filter alone keeps them out. */
    @Test
    void hypervisorsAreOutOfReach() throws Exception {
        String serve =
                "import socket, sys\ns = socket.socket(40, socket.SOCK_STREAM)\ns.bind((0xffffffff, 0xffffffff))\n"
                        + "s.listen()\nprint(s.getsockname()[1], flush=True)\nsys.stdin.read()";
        String connect =
                "import socket\ntry:\n  s = socket.socket(40, socket.SOCK_STREAM); s.settimeout(20); s.connect((1, %s))\n"
                        + "  print('connected')\nexcept OSError as e: print(e.errno)";
        Process server = new ProcessBuilder("/usr/bin/python3", "-I", "-c", serve)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            String port = server.inputReader().readLine();
            assumeTrue(port != null, "SKIPPED: this kernel has no AF_VSOCK");
            String program = String.format(connect, port);
            String outside = HostProgram.python(program).strip();
            assumeTrue(outside.equals("connected"), "SKIPPED: vsock has no loopback here, error " + outside);
            assertEquals("97", Guest.python(Sandbox.untrusted().build(), program), "EAFNOSUPPORT");
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private static final String IDLE =
            """
            import errno, os, resource, socket, sys
            resource.setrlimit(resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE)[1:] * 2)
            address, held = (socket.gethostbyname('server.test'), PORT), []
            for i in range(COUNT):
                s = socket.socket(); s.setblocking(False); held.append(s)
                assert s.connect_ex(address) in (0, errno.EINPROGRESS)
            print('held', flush=True)
            sys.stdin.readline()
            held.clear()
            with socket.create_connection(address, 60) as s:
                s.settimeout(60)
                s.sendall(b'GET / HTTP/1.1\\r\\nHost: server.test\\r\\n\\r\\n')
                print(len(s.recv(100)), flush=True)
            """;

    /** Most of them wait in the sandbox's own kernel memory; the relay has what {@code connections} says. */
    @Test
    void tenThousandIdleConnectionsStayWithinBounds() throws Exception {
        try (ServerSocket server = Servers.echo()) {
            int port = server.getLocalPort();
            Network network = Network.egress(
                            EgressRule.allow("server.test", port).withAddresses(Hosts.LOOPBACK))
                    .resolver(hosts)
                    .publish(8080)
                    .bounds(b -> b.connections(64));
            Sandbox sandbox = Sandbox.untrusted()
                    .process(p -> p.rlimit(Rlimit.NOFILE, 11_000))
                    .network(network)
                    .build();
            String idle = IDLE.replace("PORT", Integer.toString(port)).replace("COUNT", "10000");
            java.util.Set<Long> before = Relays.pids();
            try (SandboxProcess process = sandbox.start("/usr/bin/python3", "-I", "-c", idle);
                    SandboxProcess neighbour = Servers.start(
                            Sandbox.untrusted()
                                    .network(Network.loopback().publish(8080))
                                    .build(),
                            Servers.ECHO + "begin(tcp('127.0.0.1', 8080))\n" + Servers.UNTIL_TOLD)) {
                assertEquals("held", process.inputReader().readLine());
                java.util.Set<Long> relays = Relays.pids();
                relays.removeAll(before);
                for (long relay : relays) {
                    // Two sockets and two pipes for each connection, and each direction has its own 64.
                    int descriptors = Integer.parseInt(Relays.status(relay, "FDSize"));
                    assertTrue(descriptors <= 1024, "descriptors of a relay: " + descriptors);
                }
                Servers.assertEchoes(neighbour.publishedPort(8080));
                process.outputWriter().write("\n");
                process.outputWriter().flush();
                assertEquals("37", process.inputReader().readLine(), "it is served when the others are gone");
            }
        }
    }
}
