package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel through JNA's direct mapping: no callbacks, no structures, flat memory only. Layouts and integer sizes are those of
 * 64-bit Linux, the same on x86-64 and aarch64, and so is passing a fixed number of arguments to open, fcntl and ioctl.
 */
final class JnaKernel implements Kernel {
    private static final int AF_UNIX = 1;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_RAW = 3;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int SHUT_WR = 1;
    private static final int SHUT_RDWR = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDTIMEO = 21;
    private static final long TIOCSWINSZ = 0x5414;
    /** Numbers that no descriptor of a child's own will take. */
    private static final int ABOVE_STANDARD = 10;

    private static final boolean PACKED = Architecture.ofThisJvm().packsEvents();
    /** In words of 4 bytes. */
    private static final int EPOLL_EVENT = PACKED ? 3 : 4;

    private static final int EPOLL_DATA = PACKED ? 1 : 2;

    private static final long AT_FDCWD = -100;
    private static final long AT_SYMLINK_NOFOLLOW = 0x100;
    private static final long STATX_INO = 0x100;
    private static final long STATX_CTIME = 0x80;
    private static final int STATX_INODE = 32;
    private static final int STATX_CHANGED = 96;
    private static final int STATX_DEVICE = 136;
    private static final long SECOND = 1_000_000_000;

    private static volatile @Nullable JnaKernel instance;

    private JnaKernel() {}

    static JnaKernel instance() throws SandboxException {
        JnaKernel kernel = instance;
        if (kernel == null) {
            Platform.require();
            try {
                if (NativeFunctions.result(() -> CLibrary.close(-1)) < 0) {
                    kernel = new JnaKernel();
                    instance = kernel;
                    return kernel;
                }
            } catch (LinkageError | IllegalCallerException e) {
                throw NativeAccess.explain(e);
            }
            throw new IllegalStateException("close(-1) has succeeded");
        }
        return kernel;
    }

    static byte[] terminated(byte[] path) {
        return Arrays.copyOf(path, path.length + 1);
    }

    @Override
    public int open(byte[] path, int flags, int mode) {
        byte[] name = terminated(path);
        int fd;
        do {
            fd = NativeFunctions.result(() -> CLibrary.open(name, flags | O_CLOEXEC, mode));
        } while (Errno.EINTR.is(-fd));
        return fd;
    }

    @Override
    public int close(int fd) {
        return NativeFunctions.result(() -> CLibrary.close(fd));
    }

    @Override
    public int pipe(int[] ends) {
        return NativeFunctions.result(() -> CLibrary.pipe2(ends, O_CLOEXEC));
    }

    @Override
    public int netlink(int protocol) {
        return NativeFunctions.result(() -> CLibrary.socket(AF_NETLINK, SOCK_RAW | O_CLOEXEC, protocol));
    }

    @Override
    public int socketPair(int[] ends) {
        return NativeFunctions.result(() -> CLibrary.socketpair(AF_UNIX, SOCK_SEQPACKET | O_CLOEXEC, 0, ends));
    }

    @Override
    public int memfd(String name, int flags) {
        return NativeFunctions.result(() -> CLibrary.memfd_create(name, flags));
    }

    @Override
    public int read(int fd, byte[] buffer, int offset, int length) {
        try (Memory memory = new Memory(Math.max(length, 1))) {
            int n = NativeFunctions.result(() -> CLibrary.read(fd, memory, length));
            if (n > 0) {
                memory.read(0, buffer, offset, n);
            }
            return n;
        }
    }

    @Override
    public int write(int fd, byte[] buffer, int offset, int length) {
        try (Memory memory = new Memory(Math.max(length, 1))) {
            memory.write(0, buffer, offset, length);
            return NativeFunctions.result(() -> CLibrary.write(fd, memory, length));
        }
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        return NativeFunctions.result(() -> CLibrary.fcntl(fd, command, argument));
    }

    @Override
    public int lockByte(int fd, long offset) {
        return lock(fd, offset, F_WRLCK);
    }

    @Override
    public int unlockByte(int fd, long offset) {
        return lock(fd, offset, F_UNLCK);
    }

    @Override
    public int flock(int fd, boolean wait) {
        return NativeFunctions.result(() -> CLibrary.flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB));
    }

    /** struct flock: type, whence (0, SEEK_SET), start, length, process (0, for a lock of the open file). */
    private static int lock(int fd, long offset, short type) {
        try (Memory lock = new Memory(32)) {
            lock.clear();
            lock.setShort(0, type);
            lock.setLong(8, offset);
            lock.setLong(16, 1);
            return NativeFunctions.result(() -> CLibrary.fcntl(fd, F_OFD_SETLK, Pointer.nativeValue(lock)));
        }
    }

    @Override
    public int windowSize(int fd, int rows, int columns) {
        try (Memory size = new Memory(8)) {
            size.clear();
            size.setShort(0, (short) rows);
            size.setShort(2, (short) columns);
            return NativeFunctions.result(() -> CLibrary.ioctl(fd, TIOCSWINSZ, size));
        }
    }

    /** struct pollfd: the descriptor, then events and what of them there is as two halves. */
    @Override
    public int pollTwo(int first, int events, int second) {
        int[] fds = {first, events, second, POLLIN};
        int n = NativeFunctions.result(() -> CLibrary.poll(fds, 2, -1));
        if (n < 0) {
            return n;
        }
        return (fds[1] >>> 16 != 0 ? 1 : 0) | (fds[3] >>> 16 != 0 ? 2 : 0);
    }

    @Override
    public int poll(int fd, int events) {
        return poll(fd, events, -1);
    }

    @Override
    public int poll(int fd, int events, int milliseconds) {
        int[] fds = {fd, events};
        int n = NativeFunctions.result(() -> CLibrary.poll(fds, 1, milliseconds));
        return n <= 0 ? n : fds[1] >>> 16;
    }

    @Override
    public int epollCreate() {
        return NativeFunctions.result(() -> CLibrary.epoll_create1(O_CLOEXEC));
    }

    /** struct epoll_event is packed on x86-64: the data follows the events at once, elsewhere after a gap. */
    @Override
    public int epollControl(int epoll, int operation, int fd, int events) {
        int[] event = new int[EPOLL_EVENT];
        event[0] = events;
        event[EPOLL_DATA] = fd;
        return NativeFunctions.result(() -> CLibrary.epoll_ctl(epoll, operation, fd, event));
    }

    @Override
    public int epollWait(int epoll, int[] fds, int milliseconds) {
        int[] events = new int[fds.length * EPOLL_EVENT];
        int n = NativeFunctions.result(() -> CLibrary.epoll_wait(epoll, events, fds.length, milliseconds));
        for (int i = 0; i < n; i++) {
            fds[i] = events[i * EPOLL_EVENT + EPOLL_DATA];
        }
        return n;
    }

    @Override
    public NativeBuffer buffer(int size) {
        return new JnaBuffer(size);
    }

    @Override
    public int read(int fd, NativeBuffer buffer, int length) {
        return NativeFunctions.result(() -> CLibrary.read(fd, ((JnaBuffer) buffer).memory, length));
    }

    @Override
    public int write(int fd, NativeBuffer buffer, int offset, int length) {
        Memory memory = ((JnaBuffer) buffer).memory;
        return NativeFunctions.result(() -> CLibrary.write(fd, offset == 0 ? memory : memory.share(offset), length));
    }

    @Override
    public int fallocate(int fd, int mode, long offset, long length) {
        return NativeFunctions.result(() -> CLibrary.fallocate(fd, mode, offset, length));
    }

    @Override
    public NativeBuffer text(byte[] path) {
        JnaBuffer buffer = new JnaBuffer(path.length + 1);
        buffer.memory.clear();
        buffer.memory.write(0, path, 0, path.length);
        return buffer;
    }

    @Override
    public void identify(NativeBuffer path, long[] out, int at) {
        Memory found = SpareMemory.forStatus().take();
        try {
            identify(path, found, out, at);
        } finally {
            SpareMemory.forStatus().giveBack(found);
        }
    }

    private static void identify(NativeBuffer path, Memory found, long[] out, int at) {
        int result = (int) FileCall.STATX.call(
                AT_FDCWD,
                Pointer.nativeValue(((JnaBuffer) path).memory),
                AT_SYMLINK_NOFOLLOW,
                STATX_INO | STATX_CTIME,
                Pointer.nativeValue(found));
        if (result < 0) {
            // Where the call itself is missing or refused nobody can tell: it is another file each time.
            boolean unknown = Errno.ENOSYS.is(-result) || Errno.EPERM.is(-result);
            out[at] = 0;
            out[at + 1] = unknown ? System.nanoTime() : 0;
            out[at + CHANGED] = 0;
            return;
        }
        out[at] = found.getLong(STATX_DEVICE);
        out[at + 1] = found.getLong(STATX_INODE);
        out[at + CHANGED] = found.getLong(STATX_CHANGED) * SECOND + found.getInt(STATX_CHANGED + Long.BYTES);
    }

    /** Memory that lives until it is closed or forgotten. */
    private static final class JnaBuffer implements NativeBuffer {
        private final Memory memory;

        JnaBuffer(int size) {
            memory = new Memory(size);
        }

        @Override
        public int size() {
            return (int) memory.size();
        }

        @Override
        public void get(byte[] into, int offset, int length) {
            memory.read(0, into, offset, length);
        }

        @Override
        public void put(byte[] from, int offset, int length) {
            memory.write(0, from, offset, length);
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    @Override
    public int ioctl(int fd, long request, byte[] structure) {
        try (Memory memory = new Memory(structure.length)) {
            memory.write(0, structure, 0, structure.length);
            int n = NativeFunctions.result(() -> CLibrary.ioctl(fd, request, memory));
            memory.read(0, structure, 0, structure.length);
            return n;
        }
    }

    @Override
    public int connect(int domain, byte[] address, int millis) {
        int fd = NativeFunctions.result(() -> CLibrary.socket(domain, SOCK_STREAM | O_CLOEXEC, 0));
        if (fd < 0) {
            return fd;
        }
        int failure = sendTimeout(fd, millis);
        if (failure == 0) {
            try (Memory memory = new Memory(address.length)) {
                memory.write(0, address, 0, address.length);
                // SO_SNDTIMEO holds for connect(2) too, which fails with EINPROGRESS then, as an interrupted one does
                // with EINTR.
                failure = NativeFunctions.result(() -> CLibrary.connect(fd, memory, address.length));
            }
        }
        if (failure >= 0) {
            failure = sendTimeout(fd, 0);
        }
        if (failure < 0) {
            close(fd);
            return Errno.EINPROGRESS.is(-failure) ? -Errno.ETIMEDOUT.number() : failure;
        }
        return fd;
    }

    /** Of each call that sends, or connects; 0 for none. */
    private static int sendTimeout(int fd, int millis) {
        long[] time = {millis / 1_000, millis % 1_000 * 1_000L};
        return NativeFunctions.result(
                () -> CLibrary.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, time, Long.BYTES * time.length));
    }

    @Override
    public int send(int socket, byte[] datagram, int length, int[] fds) {
        return SocketMessages.send(socket, datagram, length, fds);
    }

    @Override
    public Received receive(int socket) {
        return SocketMessages.receive(socket);
    }

    @Override
    public int receiveFrom(int socket, byte[] buffer, byte[] address, int[] addressSize) {
        return SocketMessages.receiveFrom(socket, buffer, address, addressSize);
    }

    @Override
    public int sendTo(int socket, byte[] datagram, int length, byte[] address, int addressSize) {
        return SocketMessages.sendTo(socket, datagram, length, address, addressSize);
    }

    @Override
    public int endSending(int socket) {
        return NativeFunctions.result(() -> CLibrary.shutdown(socket, SHUT_WR));
    }

    @Override
    public int disconnect(int socket) {
        return NativeFunctions.result(() -> CLibrary.shutdown(socket, SHUT_RDWR));
    }

    @Override
    public int raise(int fd) {
        return raised(fd);
    }

    static int raised(int fd) {
        return NativeFunctions.result(() -> CLibrary.fcntl(fd, F_DUPFD_CLOEXEC, ABOVE_STANDARD));
    }

    @Override
    public int spawn(byte[] path, List<String> argv, List<String> environment, int socket) {
        NativeFunctions.enter();
        try {
            return Spawning.spawn(path, argv, environment, socket);
        } finally {
            NativeFunctions.leave();
        }
    }

    @Override
    public int waitFor(int pid) {
        try (Memory status = new Memory(4)) {
            int n;
            do {
                n = NativeFunctions.result(() -> CLibrary.waitpid(pid, status, 0));
            } while (Errno.EINTR.is(-n));
            return n < 0 ? n : status.getInt(0);
        }
    }

    @Override
    public int kill(int pid, int signal) {
        return NativeFunctions.result(() -> CLibrary.kill(pid, signal));
    }
}
