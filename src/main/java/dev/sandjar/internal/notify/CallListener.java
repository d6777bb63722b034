package dev.sandjar.internal.notify;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Recurrence;
import dev.sandjar.seccomp.SyscallResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the listener of one program's filter ({@code seccomp_unotify(2)}) until the last process under the filter is gone. When it is
 * closed earlier, because this process ends, calls that wait fail with ENOSYS: that is the kernel's doing.
 */
public final class CallListener {
    private static final Logger LOG = LoggerFactory.getLogger(CallListener.class);
    private static final long RECEIVE = 0xC0502100L;
    private static final long SEND = 0xC0182101L;
    private static final int NOTIFICATION = 80;
    private static final int RESPONSE = 24;
    private static final int ARGUMENTS = 6;
    private static final int CONTINUE = 1;

    private final Kernel kernel;
    private final int fd;
    private final CallHandler handler;
    private final Recurrence failures = new Recurrence();

    private CallListener(Kernel kernel, int fd, CallHandler handler) {
        this.kernel = kernel;
        this.fd = fd;
        this.handler = handler;
    }

    /** Takes the descriptor over. */
    public static void start(Kernel kernel, int fd, CallHandler handler) {
        CallListener listener = new CallListener(kernel, fd, handler);
        IoThreads.background(() -> {
            listener.serve();
        });
    }

    private void serve() {
        try {
            for (; ; ) {
                int ready = kernel.poll(fd, Kernel.POLLIN);
                if (ready < 0 && !Errno.EINTR.is(-ready)) {
                    throw new IllegalStateException("poll: " + Errno.describe(-ready));
                }
                if (ready > 0 && (ready & Kernel.POLLIN) == 0) {
                    return;
                }
                if (ready > 0) {
                    one();
                }
            }
        } finally {
            kernel.close(fd);
        }
    }

    private void one() {
        byte[] bytes = new byte[NOTIFICATION];
        int received = kernel.ioctl(fd, RECEIVE, bytes);
        if (received < 0) {
            if (Errno.ENOENT.is(-received) || Errno.EINTR.is(-received)) {
                return; // whoever asked has died meanwhile
            }
            throw new IllegalStateException("ioctl(SECCOMP_IOCTL_NOTIF_RECV): " + Errno.describe(-received));
        }
        // struct seccomp_notif: id, pid, flags, then struct seccomp_data: nr, arch, instruction_pointer, args[6]
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        long id = in.getLong();
        int pid = in.getInt();
        in.getInt();
        int number = in.getInt();
        int architecture = in.getInt();
        in.getLong();
        List<Long> arguments = new ArrayList<>(ARGUMENTS);
        for (int i = 0; i < ARGUMENTS; i++) {
            arguments.add(in.getLong());
        }
        answer(
                id,
                decide(new InterceptedCall(
                        id, pid, number, architecture, arguments, new CallerMemory(kernel, fd, id, pid))));
    }

    /** Whatever a user's code does, there is an answer, and this thread lives to hear the next call. */
    private SyscallResponse decide(InterceptedCall call) {
        try {
            return handler.handle(call);
        } catch (Exception | Error e) {
            long times = failures.again();
            if (times > 0) {
                LOG.warn(
                        "A handler has failed, time {} of this program, so system call {} is refused",
                        times,
                        call.number(),
                        e);
            }
            return new SyscallResponse.Failure(Errno.EPERM.number());
        }
    }

    private void answer(long id, SyscallResponse answer) {
        if (answer instanceof SyscallResponse.Open open) {
            respond(id, GivenDescriptor.open(kernel, fd, id, open));
        } else if (answer instanceof SyscallResponse.Connect connect) {
            respond(id, GivenDescriptor.connect(kernel, fd, id, connect));
        } else if (answer instanceof SyscallResponse.Value value) {
            send(id, value.value(), 0, 0);
        } else if (answer instanceof SyscallResponse.Failure failure) {
            send(id, 0, -failure.errno(), 0);
        } else if (answer instanceof SyscallResponse.Proceed) {
            send(id, 0, 0, CONTINUE);
        } else {
            send(id, 0, -Errno.EPERM.number(), 0);
        }
    }

    /** A result as the kernel gives it: negative for an error. */
    private void respond(long id, int result) {
        send(id, Math.max(result, 0), Math.min(result, 0), 0);
    }

    private void send(long id, long value, int error, int flags) {
        byte[] bytes = new byte[RESPONSE];
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.nativeOrder())
                .putLong(id)
                .putLong(value)
                .putInt(error)
                .putInt(flags);
        int sent = kernel.ioctl(fd, SEND, bytes);
        if (sent < 0 && !Errno.ENOENT.is(-sent)) {
            throw new IllegalStateException("ioctl(SECCOMP_IOCTL_NOTIF_SEND): " + Errno.describe(-sent));
        }
    }
}
