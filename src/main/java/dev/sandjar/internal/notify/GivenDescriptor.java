package dev.sandjar.internal.notify;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.SyscallResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Descriptors that the host opens for a program that waits in a call, and puts into it (SECCOMP_IOCTL_NOTIF_ADDFD). */
final class GivenDescriptor {
    private static final long ADD = 0x40182103L;
    private static final int SET_NUMBER = 1;
    private static final int SIZE = 24;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPV4 = 4;

    /** Calls of the program that come meanwhile wait. */
    private static final int CONNECT_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(GivenDescriptor.class);

    private GivenDescriptor() {}

    /** The descriptor's number there, or an error number negated. */
    static int open(Kernel kernel, int listener, long id, SyscallResponse.Open open) {
        int fd;
        try {
            fd = OpenFiles.openForProgram(
                    kernel, "open for a program", open.file(), open.write() ? Kernel.O_RDWR : Kernel.O_RDONLY);
        } catch (SandboxException e) {
            LOG.debug("a call is answered with an error: {}", e.getMessage());
            return e.errno() == 0 ? -Errno.EACCES.number() : -e.errno();
        }
        return fd < 0 ? fd : give(kernel, listener, id, fd, -1);
    }

    /** 0, or an error number negated. */
    static int connect(Kernel kernel, int listener, long id, SyscallResponse.Connect connect) {
        InetSocketAddress address = connect.address();
        boolean v4 = address.getAddress().getAddress().length == IPV4;
        int fd = kernel.connect(v4 ? AF_INET : AF_INET6, encoded(address, v4), CONNECT_MILLIS);
        if (fd < 0) {
            return fd;
        }
        int given = give(kernel, listener, id, fd, connect.descriptor());
        return Math.min(given, 0);
    }

    /** struct sockaddr_in: family, port, address, 8 bytes; struct sockaddr_in6: family, port, flow, address, scope. */
    private static byte[] encoded(InetSocketAddress address, boolean v4) {
        InetAddress host = address.getAddress();
        ByteBuffer out = ByteBuffer.allocate(v4 ? 16 : 28).order(ByteOrder.nativeOrder());
        out.putShort((short) (v4 ? AF_INET : AF_INET6));
        out.put((byte) (address.getPort() >> 8)).put((byte) address.getPort());
        if (!v4) {
            out.putInt(0);
        }
        out.put(host.getAddress());
        if (host instanceof java.net.Inet6Address scoped) {
            out.putInt(scoped.getScopeId());
        }
        return out.array();
    }

    private static int give(Kernel kernel, int listener, long id, int fd, int number) {
        byte[] bytes = new byte[SIZE];
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.nativeOrder())
                .putLong(id)
                .putInt(number < 0 ? 0 : SET_NUMBER)
                .putInt(fd)
                .putInt(Math.max(number, 0))
                .putInt(number < 0 ? Kernel.O_CLOEXEC : 0);
        int given = kernel.ioctl(listener, ADD, bytes);
        kernel.close(fd);
        return given;
    }
}
