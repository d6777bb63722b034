package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.util.Errno;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The sending half of a connection: whole messages, one after the other, from any thread. */
public final class Sender {
    private static final String STEP = "send the request";
    private static final int MFD_CLOEXEC = 1;
    private static final long FIRST_PAUSE_NANOS = 1_000_000;
    private static final int PAUSES = 12;

    private final Kernel kernel;
    private final int socket;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock: the descriptor's number may belong to someone else once it is closed. */
    private boolean open = true;

    public Sender(Kernel kernel, int socket) {
        this.kernel = kernel;
        this.socket = socket;
    }

    void close() {
        lock.lock();
        try {
            if (open) {
                open = false;
                kernel.close(socket);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The peer comes upon the end of what was sent. */
    void end() {
        lock.lock();
        try {
            if (open) {
                kernel.endSending(socket);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs something that is only right as long as the peer has not been waited for. */
    void ifOpen(Runnable action) {
        lock.lock();
        try {
            if (open) {
                action.run();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends one message; descriptors stay the caller's. */
    public void send(int type, long id, byte[] body, int... fds) throws SandboxException {
        if (body.length > Frame.BODY_MAX) {
            throw new SandboxException(
                    STEP,
                    null,
                    null,
                    Errno.E2BIG.number(),
                    body.length + " bytes of arguments, environment and files; the most is " + Frame.BODY_MAX,
                    "pass large data by a file, standard input or a descriptor");
        }
        int result = -Errno.EMSGSIZE.number();
        if (body.length <= Frame.INLINE_MAX) {
            result = transmit(frame(type, 0, id, body.length, fds.length, body), fds);
        }
        // Also where this host's socket buffers are smaller than the protocol's limit.
        if (Errno.EMSGSIZE.is(-result)) {
            result = inMemfd(type, id, body, fds);
        }
        check(result);
    }

    private int inMemfd(int type, long id, byte[] body, int[] fds) throws SandboxException {
        int memfd = Calls.check(kernel.memfd("sandjar-body", MFD_CLOEXEC), STEP, "memfd_create", null);
        try {
            Calls.check(Calls.writeAll(kernel, memfd, body), STEP, "write", "memfd");
            int[] passed = new int[fds.length + 1];
            passed[0] = memfd;
            System.arraycopy(fds, 0, passed, 1, fds.length);
            return transmit(frame(type, Frame.BODY_IN_MEMFD, id, body.length, passed.length, null), passed);
        } finally {
            kernel.close(memfd);
        }
    }

    private static byte[] frame(int type, int flags, long id, int length, int fds, byte @Nullable [] inline) {
        ByteBuffer out = ByteBuffer.allocate(Frame.SIZE + (inline == null ? 0 : length));
        new Frame(type, flags, id, length, fds).write(out);
        if (inline != null) {
            out.put(inline);
        }
        return out.array();
    }

    private int transmit(byte[] message, int[] fds) {
        int result = transmitOnce(message, fds);
        // The kernel counts descriptors that are on their way against a limit; the launcher takes them off it by
        // reading.
        for (int i = 0; Errno.ETOOMANYREFS.is(-result) && i < PAUSES; i++) {
            LockSupport.parkNanos(FIRST_PAUSE_NANOS << i);
            result = transmitOnce(message, fds);
        }
        return result;
    }

    private int transmitOnce(byte[] message, int[] fds) {
        lock.lock();
        try {
            return open ? kernel.send(socket, message, message.length, fds) : -Errno.EPIPE.number();
        } finally {
            lock.unlock();
        }
    }

    private static void check(int result) throws SandboxException {
        if (result >= 0) {
            return;
        }
        if (Errno.EPIPE.is(-result) || Errno.ECONNRESET.is(-result) || Errno.ENOTCONN.is(-result)) {
            throw new LauncherEndedException(false);
        }
        if (Errno.EBADF.is(-result)) {
            throw new SandboxException(
                    STEP,
                    "sendmsg",
                    null,
                    -result,
                    "a standard stream that the command inherits is closed in this JVM",
                    "redirect it to a file, a pipe or Redirect.DISCARD");
        }
        throw Calls.failure(STEP, "sendmsg", null, -result);
    }
}
