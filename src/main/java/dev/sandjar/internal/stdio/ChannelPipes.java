package dev.sandjar.internal.stdio;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.NativeBuffer;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.VirtualThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two pipes to and from a program, whose ends here are read and written with a limit of time. One thread at a time may read, and one
 * write; closing waits for neither, and takes effect when both have come back.
 */
public final class ChannelPipes implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;
    private static final String STEP = "open a channel to a plugin";
    private static final int CLOSED = 1 << 30;
    private static final long AWAKE_NANOS = 100_000;
    private static final int TRUST = 8;
    private static final int DOUBT = 64;

    private final Kernel kernel;
    /** What the guest reads, what we write, what we read, what the guest writes; -1 when closed. */
    private final int[] fds;

    private final NativeBuffer incoming;
    private final NativeBuffer outgoing;
    private final AtomicInteger users = new AtomicInteger();
    /** Below 0: so many times it isn't worth while to stay awake. Only the thread that reads touches it. */
    private int trust;

    private ChannelPipes(Kernel kernel, int[] fds) {
        this.kernel = kernel;
        this.fds = fds;
        this.incoming = kernel.buffer(BUFFER);
        this.outgoing = kernel.buffer(BUFFER);
    }

    public static ChannelPipes open() throws IOException {
        Kernel kernel = Kernel.get();
        int[] down = Calls.pipe(kernel, STEP);
        int[] up;
        try {
            up = Calls.pipe(kernel, STEP);
        } catch (SandboxException e) {
            kernel.close(down[0]);
            kernel.close(down[1]);
            throw e;
        }
        ChannelPipes pipes = new ChannelPipes(kernel, new int[] {down[0], down[1], up[0], up[1]});
        try {
            // The program opens its ends once more by /proc/self/fd, as whatever user it is.
            for (int fd : new int[] {down[0], up[1]}) {
                Files.setPosixFilePermissions(path(fd), PosixFilePermissions.fromString("rw-rw-rw-"));
            }
            Calls.check(
                    kernel.fcntl(down[1], Kernel.F_SETFL, Kernel.O_NONBLOCK | Kernel.O_WRONLY), STEP, "fcntl", null);
            return pipes;
        } catch (IOException | RuntimeException e) {
            pipes.close();
            throw e;
        }
    }

    private static Path path(int fd) {
        return Path.of("/proc/self/fd", Integer.toString(fd));
    }

    /** What the program is to read, until {@link #closeGuestEnds}. */
    public Path guestInput() {
        return path(fds[0]);
    }

    /** What the program is to write, until {@link #closeGuestEnds}. */
    public Path guestOutput() {
        return path(fds[3]);
    }

    /** Only the program may have them, or nobody would see its end. */
    public void closeGuestEnds() {
        closeFd(0);
        closeFd(3);
    }

    private synchronized void closeFd(int i) {
        if (fds[i] >= 0) {
            kernel.close(fds[i]);
            fds[i] = -1;
        }
    }

    /**
     * Reads what is there.
     *
     * @param nanos how long to wait for something, up to a millisecond more
     * @param soon whether something is expected any moment: then the processor is kept awake for a while, since one that sleeps takes
     *     longer to wake up than a short call takes altogether, above all in a virtual machine
     * @return how much; 0 when the time is over, -1 at the end
     */
    public int read(byte[] into, int offset, int length, long nanos, boolean soon) throws IOException {
        if (!enter()) {
            return -1;
        }
        try {
            int ready = soon ? awake() : 0;
            if (ready == 0) {
                ready = awaitReady(fds[2], Kernel.POLLIN, nanos);
            }
            if (ready == 0 || Errno.EINTR.is(-ready)) {
                return 0;
            }
            check(ready, "poll");
            int n = kernel.read(fds[2], incoming, Math.min(length, BUFFER));
            if (Errno.EINTR.is(-n)) {
                return 0;
            }
            check(n, "read");
            if (n > 0) {
                incoming.get(into, offset, n);
            }
            return n == 0 ? -1 : n;
        } finally {
            leave();
        }
    }

    /** What there is to read, if it comes within a moment in which whatever else can run does. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but time
    private int awake() {
        if (trust < 0) {
            trust++;
            return 0;
        }
        long begin = System.nanoTime();
        do {
            int ready = kernel.poll(fds[2], Kernel.POLLIN, 0);
            if (ready != 0) {
                trust = Math.min(trust + 1, TRUST);
                return ready;
            }
            Thread.yield();
        } while (System.nanoTime() - begin < AWAKE_NANOS);
        trust = trust > 0 ? trust - TRUST / 2 : -DOUBT;
        return 0;
    }

    private int awaitReady(int fd, int events, long nanos) {
        int millis = milliseconds(nanos);
        if (!VirtualThreads.isCurrent()) {
            return kernel.poll(fd, events, millis);
        }
        int ready = kernel.poll(fd, events, 0);
        if (ready == 0 && millis > 0) {
            Poller.await(kernel, fd, events, millis);
            ready = kernel.poll(fd, events, 0);
        }
        return ready;
    }

    private static int milliseconds(long nanos) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999)));
    }

    /**
     * Writes all.
     *
     * @param deadline of {@link System#nanoTime}
     * @return false when the time is over: then a part may have been written
     */
    public boolean write(byte[] from, int offset, int length, long deadline) throws IOException {
        if (!enter()) {
            throw new IOException("the channel is closed");
        }
        try {
            for (int done = 0; done < length; ) {
                int piece = Math.min(length - done, BUFFER);
                outgoing.put(from, offset + done, piece);
                if (!writePiece(piece, deadline)) {
                    return false;
                }
                done += piece;
            }
            return true;
        } finally {
            leave();
        }
    }

    private boolean writePiece(int length, long deadline) throws IOException {
        for (int done = 0; done < length; ) {
            int n = kernel.write(fds[1], outgoing, done, length - done);
            if (n >= 0) {
                done += n;
            } else if (Errno.EAGAIN.is(-n)) {
                int ready = awaitReady(fds[1], Kernel.POLLOUT, deadline - System.nanoTime());
                if (ready == 0) {
                    return false;
                }
                if (!Errno.EINTR.is(-ready)) {
                    check(ready, "poll");
                }
            } else if (!Errno.EINTR.is(-n)) {
                check(n, "write");
            }
        }
        return true;
    }

    private static void check(int result, String call) throws IOException {
        if (result < 0) {
            throw new IOException(call + ": " + Errno.describe(-result));
        }
    }

    private boolean enter() {
        if ((users.incrementAndGet() & CLOSED) != 0) {
            leave();
            return false;
        }
        return true;
    }

    private void leave() {
        if (users.decrementAndGet() == CLOSED) {
            closeAll();
        }
    }

    @Override
    public void close() {
        closeGuestEnds();
        int before = users.getAndUpdate(n -> n | CLOSED);
        if (before == 0) {
            closeAll();
        }
    }

    private synchronized void closeAll() {
        if (fds[1] >= 0) {
            closeFd(1);
            closeFd(2);
            incoming.close();
            outgoing.close();
        }
    }
}
