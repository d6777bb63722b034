package dev.sandjar.internal.stdio;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Cleaners;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.VirtualThreads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A descriptor that several threads read and write by its number: the master of a terminal, which can't be opened again by a path.
 * Its number is closed only when no thread is using it, because the next file to be opened gets the same; closing wakes those that
 * wait.
 */
public final class PolledFd {
    private static final Logger LOG = LoggerFactory.getLogger(PolledFd.class);
    private static final int CHUNK = 8192;
    /** The kernel's own bound of what a terminal holds is about 64 KiB (drivers/tty/tty_buffer.c). */
    private static final int REST_MOST = 256 * 1024;

    private static final byte[] NOTHING = {};
    private static final long TCGETS = 0x5401;
    /** struct termios of the kernel: four words of flags, a byte, 19 characters. */
    private static final int TERMIOS = 36;

    private static final int LOCAL_FLAGS = 12;
    private static final int CONTROL_CHARACTERS = 17;
    private static final int VEOF = 4;
    private static final int ICANON = 2;

    private final Kernel kernel;
    private final PolledNumbers numbers;
    private final Cleaners.Cleaning cleaning;
    /** Held by whoever reads, also while waiting. */
    private final ReentrantLock reading = new ReentrantLock();
    /** Nobody is left who could write, and the descriptor is given back; what is left to be read is in {@link #rest}. */
    private volatile boolean ended;

    private volatile boolean closed;
    /** To be given back by the one who is reading now. */
    private volatile boolean ending;
    /** Guarded by {@link #reading}. */
    private byte[] rest = NOTHING;

    private int restAt;

    /** @param wake a pipe, whose ends are closed with {@code fd} */
    PolledFd(Kernel kernel, int fd, int[] wake) {
        this.kernel = kernel;
        this.numbers = new PolledNumbers(kernel, fd, wake[0], wake[1]);
        // Of this descriptor's open file there is no other holder, so that the flag is seen by nobody else.
        kernel.fcntl(fd, Kernel.F_SETFL, Kernel.O_NONBLOCK);
        PolledNumbers forgotten = numbers;
        this.cleaning = Cleaners.register(this, () -> {
            forgotten.close();
            forgotten.kept.letGo();
        });
    }

    static PolledFd copyOf(Kernel kernel, int fd) throws SandboxException {
        int[] wake = Calls.pipe(kernel, "open a pipe");
        int copy = kernel.raise(fd);
        if (copy < 0) {
            kernel.close(wake[0]);
            kernel.close(wake[1]);
            throw Calls.failure("open a pipe", "fcntl", null, -copy);
        }
        return new PolledFd(kernel, copy, wake);
    }

    void close() {
        closed = true;
        numbers.close();
        numbers.kept.letGo();
        cleaning.forget();
    }

    /**
     * To be called when the program has ended: what is left to be read is taken into memory and the descriptor is given back, unless
     * somebody else holds the terminal, or it is too much. Whoever is reading just now gives it back when he comes upon the end.
     */
    void takeRest() {
        ending = true;
        if (!reading.tryLock()) {
            return;
        }
        try {
            if (!ended && numbers.enter()) {
                try {
                    takeRestInside();
                } finally {
                    leave();
                }
            }
        } finally {
            reading.unlock();
        }
    }

    private void takeRestInside() {
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        int n = 0;
        while (taken.size() < REST_MOST && numbers.kept.keep(CHUNK)) {
            n = kernel.read(numbers.fd, chunk, 0, CHUNK);
            if (n <= 0) {
                break;
            }
            taken.write(chunk, 0, n);
        }
        rest = taken.toByteArray();
        restAt = 0;
        if (Errno.EIO.is(-n)) {
            giveBack();
        }
    }

    /** The descriptor; what is kept in memory stays. */
    private void giveBack() {
        ended = true;
        numbers.close();
        letGoIfRead();
    }

    private void letGoIfRead() {
        if (restAt == rest.length) {
            rest = NOTHING;
            restAt = 0;
            numbers.kept.letGo();
            if (ended) {
                cleaning.forget();
            }
        }
    }

    public void resize(int rows, int columns) {
        if (numbers.enter()) {
            try {
                kernel.windowSize(numbers.fd, rows, columns);
            } finally {
                numbers.leave();
            }
        }
    }

    InputStream input() {
        return new Input();
    }

    /** @param closing whether closing the stream closes the descriptor */
    OutputStream output(boolean closing) {
        return new Output(closing);
    }

    private int read(byte[] buffer, int offset, int length) throws IOException {
        reading.lock();
        try {
            int left = Math.min(length, rest.length - restAt);
            if (closed) {
                throw closed();
            }
            if (left > 0) {
                System.arraycopy(rest, restAt, buffer, offset, left);
                restAt += left;
                letGoIfRead();
                return left;
            }
            return ended ? -1 : readTerminal(buffer, offset, length);
        } finally {
            reading.unlock();
        }
    }

    private int readTerminal(byte[] buffer, int offset, int length) throws IOException {
        enter();
        try {
            while (ready(Kernel.POLLIN)) {
                int n = kernel.read(numbers.fd, buffer, offset, Math.min(length, CHUNK));
                if (n >= 0) {
                    return n == 0 ? -1 : n;
                }
                if (Errno.EIO.is(-n)) {
                    if (ending) {
                        giveBack();
                    }
                    return -1; // the other side of the terminal is closed
                }
                checkTransient("read", n);
            }
            return -1;
        } finally {
            leave();
        }
    }

    /**
     * Types the character that the program reads as the end ({@code VEOF} of {@code termios(3)}), unless the terminal is in a mode that
     * knows no such.
     *
     * @param twice in a line, of which the first only sends the beginning
     */
    private void sendEnd(boolean twice) {
        byte[] termios = new byte[TERMIOS];
        if (!numbers.enter()) {
            return;
        }
        try {
            int result = kernel.ioctl(numbers.fd, TCGETS, termios);
            int local = ByteBuffer.wrap(termios).order(ByteOrder.nativeOrder()).getInt(LOCAL_FLAGS);
            byte end = termios[CONTROL_CHARACTERS + VEOF];
            if (result < 0 || (local & ICANON) == 0 || end == 0) {
                return;
            }
            write(new byte[] {end, end}, 0, twice ? 2 : 1);
        } catch (IOException e) {
            LOG.debug(
                    "The end of the input can't be typed any more", e); // the program is gone, or the process is closed
        } finally {
            leave();
        }
    }

    private void write(byte[] buffer, int offset, int length) throws IOException {
        enter();
        try {
            int done = 0;
            while (done < length && ready(Kernel.POLLOUT)) {
                int n = kernel.write(numbers.fd, buffer, offset + done, Math.min(length - done, CHUNK));
                if (n < 0) {
                    checkTransient("write", n);
                } else {
                    done += n;
                }
            }
            if (done < length) {
                throw closed();
            }
        } finally {
            leave();
        }
    }

    /** False when it is being closed. */
    private boolean ready(int events) throws IOException {
        int ready;
        do {
            ready = VirtualThreads.isCurrent()
                    ? elsewhere(events)
                    : kernel.pollTwo(numbers.fd, events, numbers.wakeRead);
            if (ready < 0) {
                checkTransient("poll", ready);
            }
        } while (ready <= 0);
        return (ready & 2) == 0;
    }

    /** A virtual thread must not wait in the kernel, where it takes what carries it along. */
    private int elsewhere(int events) {
        CompletableFuture<Integer> ready = new CompletableFuture<>();
        IoThreads.background(() -> ready.complete(kernel.pollTwo(numbers.fd, events, numbers.wakeRead)));
        return ready.join();
    }

    private static void checkTransient(String call, int result) throws IOException {
        if (!Errno.EINTR.is(-result) && !Errno.EAGAIN.is(-result)) {
            throw new IOException(call + ": " + Errno.describe(-result));
        }
    }

    private void enter() throws IOException {
        if (!numbers.enter()) {
            throw closed();
        }
    }

    private void leave() {
        try {
            numbers.leave();
        } finally {
            Reference.reachabilityFence(this); // or the cleaner could close what the call still waits for
        }
    }

    private static IOException closed() {
        return new IOException("Stream closed");
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, buffer.length);
            return length == 0 ? 0 : PolledFd.this.read(buffer, offset, length);
        }

        @Override
        public void close() {
            PolledFd.this.close();
        }
    }

    private final class Output extends OutputStream {
        private final boolean closing;
        private volatile boolean closed;
        private volatile boolean inLine;

        Output(boolean closing) {
            this.closing = closing;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, buffer.length);
            if (closed) {
                throw closed();
            }
            PolledFd.this.write(buffer, offset, length);
            if (length > 0) {
                inLine = buffer[offset + length - 1] != '\n';
            }
        }

        @Override
        public void close() {
            boolean first = !closed;
            closed = true;
            if (closing) {
                PolledFd.this.close();
            } else if (first) {
                // On another thread: a program that does not read leaves no room for it.
                boolean twice = inLine;
                IoThreads.background(() -> sendEnd(twice));
            }
        }
    }
}
