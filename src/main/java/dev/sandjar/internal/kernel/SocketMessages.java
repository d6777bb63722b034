package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import dev.sandjar.internal.util.Errno;

/** Messages over sockets, with descriptors ({@code sendmsg(2)}, {@code recvmsg(2)}, SCM_RIGHTS of {@code unix(7)}). */
final class SocketMessages {
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int MSG_TRUNCATED = 0x20 | 0x8;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int FDS_MAX = 64;
    private static final int CONTROL_SIZE = 16 + FDS_MAX * 4;
    private static final int RECEIVE_SIZE = 24 + 65536;
    /** Where struct msghdr, struct iovec and the control message lie in the memory of one call; the data comes behind. */
    private static final int IOVEC = 56;

    private static final int CONTROL = IOVEC + 16;
    private static final int DATA = CONTROL + CONTROL_SIZE;

    private SocketMessages() {}

    static int receiveFrom(int socket, byte[] buffer, byte[] address, int[] addressSize) {
        addressSize[0] = address.length;
        return NativeFunctions.result(
                () -> CLibrary.recvfrom(socket, buffer, buffer.length, MSG_DONTWAIT, address, addressSize));
    }

    static int sendTo(int socket, byte[] datagram, int length, byte[] address, int addressSize) {
        return NativeFunctions.result(
                () -> CLibrary.sendto(socket, datagram, length, MSG_DONTWAIT | MSG_NOSIGNAL, address, addressSize));
    }

    static int send(int socket, byte[] datagram, int length, int[] fds) {
        try (Memory memory = new Memory(DATA + Math.max(length, 1))) {
            memory.write(DATA, datagram, 0, length);
            header(memory, length, fds.length == 0 ? 0 : 16 + alignedFds(fds.length));
            if (fds.length > 0) {
                memory.setLong(CONTROL, 16 + 4L * fds.length);
                memory.setInt(CONTROL + 8, SOL_SOCKET);
                memory.setInt(CONTROL + 12, SCM_RIGHTS);
                memory.write(CONTROL + 16, fds, 0, fds.length);
            }
            int n;
            do {
                n = NativeFunctions.result(() -> CLibrary.sendmsg(socket, memory, MSG_NOSIGNAL));
            } while (Errno.EINTR.is(-n));
            return n;
        }
    }

    private static long alignedFds(int count) {
        return (4L * count + 7) & ~7L;
    }

    private static void header(Memory memory, long length, long controlLength) {
        memory.clear(CONTROL);
        memory.setPointer(16, memory.share(IOVEC));
        memory.setLong(24, 1);
        if (controlLength > 0) {
            memory.setPointer(32, memory.share(CONTROL));
        }
        memory.setLong(40, controlLength);
        memory.setPointer(IOVEC, memory.share(DATA));
        memory.setLong(IOVEC + 8, length);
    }

    static Kernel.Received receive(int socket) {
        try (Memory memory = new Memory(DATA + RECEIVE_SIZE)) {
            int n;
            do {
                header(memory, RECEIVE_SIZE, CONTROL_SIZE);
                n = NativeFunctions.result(() -> CLibrary.recvmsg(socket, memory, MSG_CMSG_CLOEXEC));
                // A peer that ends without having read everything is reported once, before what it has sent.
            } while (Errno.EINTR.is(-n) || Errno.ECONNRESET.is(-n));
            if (n < 0) {
                return new Kernel.Received(n, new byte[0], new int[0], false);
            }
            boolean truncated = (memory.getInt(48) & MSG_TRUNCATED) != 0;
            return new Kernel.Received(
                    n, memory.getByteArray(DATA, n), descriptors(memory, memory.getLong(40)), truncated);
        }
    }

    private static int[] descriptors(Memory memory, long controlLength) {
        if (controlLength < 16
                || memory.getInt(CONTROL + 8) != SOL_SOCKET
                || memory.getInt(CONTROL + 12) != SCM_RIGHTS) {
            return new int[0];
        }
        long count = (memory.getLong(CONTROL) - 16) / 4;
        return memory.getIntArray(CONTROL + 16, (int) Math.max(0, Math.min(count, FDS_MAX)));
    }
}
