package dev.sandjar.internal.notify;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.seccomp.SyscallCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Reads what the process that traces a program writes of its calls, until that process is gone. */
public final class CallRecords {
    /** SJ_LISTENER of protocol.h: number, architecture, six arguments. */
    private static final int RECORD = 64;

    private static final int ARGUMENTS = 6;
    private static final int CHUNK = 1_024 * RECORD;
    private static final SyscallCall.Memory NONE = new SyscallCall.Memory() {
        @Override
        public byte[] read(long address, int length) throws IOException {
            throw new IOException("the caller runs on");
        }

        @Override
        public void write(long address, byte[] data) throws IOException {
            throw new IOException("the caller runs on");
        }
    };

    private CallRecords() {}

    /** Takes the descriptor over. */
    @SuppressWarnings("CatchingUnchecked") // whatever it is, the observer has somebody to tell
    public static void start(Kernel kernel, int fd, CallObserver observer) {
        IoThreads.background(() -> {
            Throwable failure = null;
            try {
                read(kernel, fd, observer);
            } catch (Exception | Error e) {
                failure = e;
            } finally {
                kernel.close(fd);
                observer.end(failure);
            }
        });
    }

    private static void read(Kernel kernel, int fd, CallObserver observer) throws Exception {
        byte[] buffer = new byte[CHUNK];
        int filled = 0;
        for (; ; ) {
            int n = kernel.read(fd, buffer, filled, buffer.length - filled);
            if (n == 0) {
                return;
            }
            if (n < 0 && !Errno.EINTR.is(-n)) {
                throw new IOException("read: " + Errno.describe(-n));
            }
            filled += Math.max(n, 0);
            int whole = filled - filled % RECORD;
            for (int at = 0; at < whole; at += RECORD) {
                observer.handle(call(ByteBuffer.wrap(buffer, at, RECORD).order(ByteOrder.nativeOrder())));
            }
            System.arraycopy(buffer, whole, buffer, 0, filled - whole);
            filled -= whole;
        }
    }

    private static InterceptedCall call(ByteBuffer in) {
        int number = (int) in.getLong();
        int architecture = (int) in.getLong();
        List<Long> arguments = new ArrayList<>(ARGUMENTS);
        for (int i = 0; i < ARGUMENTS; i++) {
            arguments.add(in.getLong());
        }
        return new InterceptedCall(0, 0, number, architecture, arguments, NONE);
    }
}
