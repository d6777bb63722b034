package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Connections that a program closes while nobody reads what it has sent: the kernel keeps them, and the whole machine has a number of such
 * (net.ipv4.tcp_max_orphans).
 */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PYTHON})
class ClosedConnectionsIT {
    /** Makes some, and says how many there are, and how many are left when none is or some time has passed. */
    private static final String MAKE =
            """
            import socket, time
            def left():
                lines = [l.split() for l in open('/proc/net/tcp')][1:]
                return sum(l[3] == '04' and l[9] == '0' for l in lines)
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            server.bind(('127.0.0.1', 0))
            server.listen(100)
            for i in range(100):
                s = socket.create_connection(server.getsockname())
                s.setblocking(False)
                try:
                    while True: s.send(b'x' * 512)
                except BlockingIOError: pass
                s.close()
            print(left())
            end = time.monotonic() + %d
            while left() > 0 and time.monotonic() < end: time.sleep(.05)
            print(left())
            """;

    private static String made(SandboxBuilder sandbox, int seconds) throws Exception {
        return Guest.python(sandbox.build(), String.format(MAKE, seconds));
    }

    @Test
    @Tag("heavy")
    void aParameterOfTheNetworkEndsThem() throws Exception {
        assertEquals("100\n100", made(Sandbox.untrusted(), 3), "for as long as the kernel asks whether anybody reads");
        SandboxBuilder soon = Sandbox.untrusted().namespaces(n -> n.sysctl("net.ipv4.tcp_orphan_retries", "1"));
        String[] ended = made(soon, 30).split("\n");
        assertEquals("0", ended[ended.length - 1]);
    }
}
