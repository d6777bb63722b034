package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel through JNA's direct mapping: no callbacks, no structures, flat memory only. Layouts and integer sizes are those of
 * 64-bit Linux, the same on x86-64 and aarch64, and so is passing a fixed number of arguments to open, fcntl and ioctl.
 */
final class JnaKernel implements Kernel {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_STREAM = 1;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int MSG_TRUNCATED = 0x20 | 0x8;
    private static final int SHUT_WR = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDTIMEO = 21;
    private static final int SCM_RIGHTS = 1;
    private static final long TIOCSWINSZ = 0x5414;
    private static final int FDS_MAX = 64;
    private static final int CONTROL_SIZE = 16 + FDS_MAX * 4;
    private static final int RECEIVE_SIZE = 24 + 65536;
    /** Where struct msghdr, struct iovec and the control message lie in the memory of one call; the data comes behind. */
    private static final int IOVEC = 56;

    private static final int CONTROL = IOVEC + 16;
    private static final int DATA = CONTROL + CONTROL_SIZE;
    /** Numbers that no descriptor of a child's own will take. */
    private static final int ABOVE_STANDARD = 10;
    /** More than any C library's posix_spawn_file_actions_t and posix_spawnattr_t. */
    private static final int SPAWN_SIZE = 1024;

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

    private static final short SPAWN_SETSIGDEF = 4;
    private static final short SPAWN_SETSIGMASK = 8;

    /** The functions of the C library; whatever is not here, nothing can call. */
    static final class C {
        static native int open(byte[] path, int flags, int mode);

        static native int close(int fd);

        static native int flock(int fd, int operation);

        static native int pipe2(int[] ends, int flags);

        static native int socketpair(int domain, int type, int protocol, int[] ends);

        static native int memfd_create(String name, int flags);

        static native long read(int fd, Pointer buffer, long size);

        static native long write(int fd, Pointer buffer, long size);

        static native int fcntl(int fd, int command, long argument);

        static native int ioctl(int fd, long request, Pointer argument);

        static native int socket(int domain, int type, int protocol);

        static native int connect(int fd, Pointer address, int length);

        static native int setsockopt(int fd, int level, int option, long[] value, int length);

        static native int poll(int[] fds, long count, int timeout);

        static native int epoll_create1(int flags);

        static native int epoll_ctl(int epoll, int operation, int fd, int[] event);

        static native int epoll_wait(int epoll, int[] events, int count, int timeout);

        static native int fallocate(int fd, int mode, long offset, long length);

        static native long sendmsg(int socket, Pointer message, int flags);

        static native int shutdown(int socket, int how);

        static native long recvmsg(int socket, Pointer message, int flags);

        static native int posix_spawn(
                Pointer pid, byte[] path, Pointer actions, Pointer attributes, Pointer argv, Pointer environment);

        static native int posix_spawn_file_actions_init(Pointer actions);

        static native int posix_spawn_file_actions_destroy(Pointer actions);

        static native int posix_spawn_file_actions_adddup2(Pointer actions, int fd, int as);

        static native int posix_spawn_file_actions_addopen(Pointer actions, int fd, String path, int flags, int mode);

        static native int posix_spawnattr_init(Pointer attributes);

        static native int posix_spawnattr_destroy(Pointer attributes);

        static native int posix_spawnattr_setflags(Pointer attributes, short flags);

        static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer set);

        static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer set);

        static native int waitpid(int pid, Pointer status, int options);

        static native int kill(int pid, int signal);
    }

    private static volatile @Nullable JnaKernel instance;

    private JnaKernel() {}

    static JnaKernel instance() throws SandboxException {
        JnaKernel kernel = instance;
        if (kernel == null) {
            try {
                if (NativeFunctions.result(() -> C.close(-1)) < 0) {
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

    private static byte[] terminated(byte[] path) {
        return Arrays.copyOf(path, path.length + 1);
    }

    @Override
    public int open(byte[] path, int flags, int mode) {
        byte[] name = terminated(path);
        int fd;
        do {
            fd = NativeFunctions.result(() -> C.open(name, flags | O_CLOEXEC, mode));
        } while (Errno.EINTR.is(-fd));
        return fd;
    }

    @Override
    public int close(int fd) {
        return NativeFunctions.result(() -> C.close(fd));
    }

    @Override
    public int pipe(int[] ends) {
        return NativeFunctions.result(() -> C.pipe2(ends, O_CLOEXEC));
    }

    @Override
    public int socketPair(int[] ends) {
        return NativeFunctions.result(() -> C.socketpair(AF_UNIX, SOCK_SEQPACKET | O_CLOEXEC, 0, ends));
    }

    @Override
    public int memfd(String name, int flags) {
        return NativeFunctions.result(() -> C.memfd_create(name, flags));
    }

    @Override
    public int read(int fd, byte[] buffer, int offset, int length) {
        try (Memory memory = new Memory(Math.max(length, 1))) {
            int n = NativeFunctions.result(() -> C.read(fd, memory, length));
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
            return NativeFunctions.result(() -> C.write(fd, memory, length));
        }
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        return NativeFunctions.result(() -> C.fcntl(fd, command, argument));
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
        return NativeFunctions.result(() -> C.flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB));
    }

    /** struct flock: type, whence (0, SEEK_SET), start, length, process (0, for a lock of the open file). */
    private static int lock(int fd, long offset, short type) {
        try (Memory lock = new Memory(32)) {
            lock.clear();
            lock.setShort(0, type);
            lock.setLong(8, offset);
            lock.setLong(16, 1);
            return NativeFunctions.result(() -> C.fcntl(fd, F_OFD_SETLK, Pointer.nativeValue(lock)));
        }
    }

    @Override
    public int windowSize(int fd, int rows, int columns) {
        try (Memory size = new Memory(8)) {
            size.clear();
            size.setShort(0, (short) rows);
            size.setShort(2, (short) columns);
            return NativeFunctions.result(() -> C.ioctl(fd, TIOCSWINSZ, size));
        }
    }

    /** struct pollfd: the descriptor, then events and what of them there is as two halves. */
    @Override
    public int pollTwo(int first, int events, int second) {
        int[] fds = {first, events, second, POLLIN};
        int n = NativeFunctions.result(() -> C.poll(fds, 2, -1));
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
        int n = NativeFunctions.result(() -> C.poll(fds, 1, milliseconds));
        return n <= 0 ? n : fds[1] >>> 16;
    }

    @Override
    public int epollCreate() {
        return NativeFunctions.result(() -> C.epoll_create1(O_CLOEXEC));
    }

    /** struct epoll_event is packed on x86-64: the data follows the events at once, elsewhere after a gap. */
    @Override
    public int epollControl(int epoll, int operation, int fd, int events) {
        int[] event = new int[EPOLL_EVENT];
        event[0] = events;
        event[EPOLL_DATA] = fd;
        return NativeFunctions.result(() -> C.epoll_ctl(epoll, operation, fd, event));
    }

    @Override
    public int epollWait(int epoll, int[] fds, int milliseconds) {
        int[] events = new int[fds.length * EPOLL_EVENT];
        int n = NativeFunctions.result(() -> C.epoll_wait(epoll, events, fds.length, milliseconds));
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
        return NativeFunctions.result(() -> C.read(fd, ((JnaBuffer) buffer).memory, length));
    }

    @Override
    public int write(int fd, NativeBuffer buffer, int offset, int length) {
        Memory memory = ((JnaBuffer) buffer).memory;
        return NativeFunctions.result(() -> C.write(fd, offset == 0 ? memory : memory.share(offset), length));
    }

    @Override
    public int fallocate(int fd, int mode, long offset, long length) {
        return NativeFunctions.result(() -> C.fallocate(fd, mode, offset, length));
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
            int n = NativeFunctions.result(() -> C.ioctl(fd, request, memory));
            memory.read(0, structure, 0, structure.length);
            return n;
        }
    }

    @Override
    public int connect(int domain, byte[] address, int millis) {
        int fd = NativeFunctions.result(() -> C.socket(domain, SOCK_STREAM | O_CLOEXEC, 0));
        if (fd < 0) {
            return fd;
        }
        int failure = sendTimeout(fd, millis);
        if (failure == 0) {
            try (Memory memory = new Memory(address.length)) {
                memory.write(0, address, 0, address.length);
                // SO_SNDTIMEO holds for connect(2) too, which fails with EINPROGRESS then, as an interrupted one does
                // with EINTR.
                failure = NativeFunctions.result(() -> C.connect(fd, memory, address.length));
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
        return NativeFunctions.result(() -> C.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, time, Long.BYTES * time.length));
    }

    @Override
    public int send(int socket, byte[] datagram, int length, int[] fds) {
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
                n = NativeFunctions.result(() -> C.sendmsg(socket, memory, MSG_NOSIGNAL));
            } while (Errno.EINTR.is(-n));
            return n;
        }
    }

    @Override
    public int endSending(int socket) {
        return NativeFunctions.result(() -> C.shutdown(socket, SHUT_WR));
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

    @Override
    public Received receive(int socket) {
        try (Memory memory = new Memory(DATA + RECEIVE_SIZE)) {
            int n;
            do {
                header(memory, RECEIVE_SIZE, CONTROL_SIZE);
                n = NativeFunctions.result(() -> C.recvmsg(socket, memory, MSG_CMSG_CLOEXEC));
                // A peer that ends without having read everything is reported once, before what it has sent.
            } while (Errno.EINTR.is(-n) || Errno.ECONNRESET.is(-n));
            if (n < 0) {
                return new Received(n, new byte[0], new int[0], false);
            }
            boolean truncated = (memory.getInt(48) & MSG_TRUNCATED) != 0;
            return new Received(n, memory.getByteArray(DATA, n), descriptors(memory, memory.getLong(40)), truncated);
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

    @Override
    public int raise(int fd) {
        return fcntl(fd, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
    }

    @Override
    public int spawn(byte[] path, List<String> argv, List<String> environment, int socket) {
        NativeFunctions.enter();
        try {
            return spawned(path, argv, environment, socket);
        } finally {
            NativeFunctions.leave();
        }
    }

    private int spawned(byte[] path, List<String> argv, List<String> environment, int socket) {
        // Never 3 itself: dup2 onto the same number would leave it close-on-exec in some C libraries.
        int high = raise(socket);
        if (high < 0) {
            return high;
        }
        try (Memory actions = new Memory(SPAWN_SIZE);
                Memory attributes = new Memory(SPAWN_SIZE);
                Memory pid = new Memory(8)) {
            prepare(actions, attributes, high);
            StringArray words = new StringArray(argv.toArray(new String[0]), "UTF-8");
            StringArray variables = new StringArray(environment.toArray(new String[0]), "UTF-8");
            try {
                int error = C.posix_spawn(pid, terminated(path), actions, attributes, words, variables);
                return error != 0 ? -error : pid.getInt(0);
            } finally {
                Reference.reachabilityFence(words);
                Reference.reachabilityFence(variables);
                C.posix_spawn_file_actions_destroy(actions);
                C.posix_spawnattr_destroy(attributes);
            }
        } finally {
            C.close(high);
        }
    }

    private static void prepare(Memory actions, Memory attributes, int socket) {
        C.posix_spawn_file_actions_init(actions);
        C.posix_spawnattr_init(attributes);
        C.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
        C.posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
        C.posix_spawn_file_actions_adddup2(actions, socket, 3);
        try (Memory set = new Memory(128)) {
            set.clear();
            C.posix_spawnattr_setsigmask(attributes, set);
            set.setMemory(0, 128, (byte) 0xff);
            C.posix_spawnattr_setsigdefault(attributes, set);
        }
        C.posix_spawnattr_setflags(attributes, (short) (SPAWN_SETSIGDEF | SPAWN_SETSIGMASK));
    }

    @Override
    public int waitFor(int pid) {
        try (Memory status = new Memory(4)) {
            int n;
            do {
                n = NativeFunctions.result(() -> C.waitpid(pid, status, 0));
            } while (Errno.EINTR.is(-n));
            return n < 0 ? n : status.getInt(0);
        }
    }

    @Override
    public int kill(int pid, int signal) {
        return NativeFunctions.result(() -> C.kill(pid, signal));
    }
}
