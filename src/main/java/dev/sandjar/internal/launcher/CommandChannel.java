package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.util.Errno;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The way to the warm process of one sandbox, which nobody else is on: what is sent needs no launcher in between, and the kernel tells
 * of the program by closing the other end. Thread-safe.
 */
public final class CommandChannel implements AutoCloseable {
    private static final byte EXECUTING = 'G';

    private final Kernel kernel;
    private final Sender sender;
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    private CommandChannel(Kernel kernel, int fd) {
        this.kernel = kernel;
        this.sender = new Sender(kernel, fd);
        this.fd = fd;
    }

    /** Its near end, while {@code far} is passed on. */
    public interface Passing {
        void with(int far) throws SandboxException;
    }

    public static CommandChannel open(Kernel kernel, Passing passing) throws SandboxException {
        int[] pair = new int[2];
        Calls.check(kernel.socketPair(pair), "make a warm sandbox", "socketpair", null);
        CommandChannel channel = new CommandChannel(kernel, pair[0]);
        try {
            passing.with(pair[1]);
            return channel;
        } catch (SandboxException | RuntimeException | Error e) {
            channel.close();
            throw e;
        } finally {
            kernel.close(pair[1]);
        }
    }

    /** Names the program; descriptors stay the caller's. */
    public void run(long id, byte[] body, int... fds) throws SandboxException {
        sender.send(Frame.RUN, id, body, fds);
    }

    /** What has become of a program. */
    public enum Outcome {
        EXECUTES,
        /** Why, the launcher reports. */
        FAILED,
        /** Its process was gone before: nothing was executed. */
        GONE
    }

    /** Waits until that is known. */
    public Outcome outcome() {
        // Not for what is said, which comes a little earlier than the end.
        while (kernel.poll(fd, 0, 0) == 0) {
            Poller.await(kernel, fd, 0);
        }
        Outcome outcome = Outcome.GONE;
        byte[] word = new byte[1];
        int n;
        // A reset (the peer has not read everything) is reported once, before the end of the stream.
        while ((n = kernel.read(fd, word, 0, 1)) == 1 || Errno.EINTR.is(-n) || Errno.ECONNRESET.is(-n)) {
            if (n == 1) {
                outcome = word[0] == EXECUTING ? Outcome.EXECUTES : Outcome.FAILED;
            }
        }
        return outcome;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            sender.close();
        }
    }
}
