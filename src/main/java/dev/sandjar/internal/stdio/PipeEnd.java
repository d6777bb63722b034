package dev.sandjar.internal.stdio;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.NativeBuffer;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.kernel.UsedDescriptor;
import dev.sandjar.internal.util.Cleaners;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe, used by its number. It never blocks in a read or write, so that a virtual thread that has to wait gives its carrier
 * free, which it does not in a stream of the JDK's on the same descriptor. Thread-safe.
 */
final class PipeEnd {
    private static final long FIONREAD = 0x541B;
    private static final byte[] NOTHING = {};

    private final Kernel kernel;
    private final Fd fd;
    private final Cleaners.Cleaning cleaning;
    /** Held by whoever reads or writes, also while waiting. */
    private final ReentrantLock using = new ReentrantLock();

    private volatile boolean closed;
    /** There is no more in the pipe. */
    private volatile boolean ended;
    /** What is read before anything in the pipe; guarded by {@link #using}, or read to know how much it is. */
    private volatile byte[] rest = NOTHING;

    private volatile int restAt;

    /** Takes the descriptor over. */
    PipeEnd(Kernel kernel, int number) {
        this.kernel = kernel;
        this.fd = new Fd(kernel, number);
        // Of this end's open file there is no other holder, so that the flag is seen by nobody else.
        kernel.fcntl(number, Kernel.F_SETFL, Kernel.O_NONBLOCK);
        Fd forgotten = fd;
        this.cleaning = Cleaners.register(this, () -> {
            forgotten.close();
            forgotten.letGo();
        });
    }

    /** At least one byte, or -1 at the end. */
    int read(byte[] into, int offset, int length) throws IOException {
        using.lock();
        try {
            if (closed) {
                throw closed();
            }
            int at = restAt;
            int kept = Math.min(length, rest.length - at);
            if (kept > 0) {
                System.arraycopy(rest, at, into, offset, kept);
                restAt = at + kept;
                if (restAt == rest.length) {
                    letRestGo();
                }
                return kept;
            }
            return ended ? -1 : readPipe(into, offset, length);
        } finally {
            using.unlock();
        }
    }

    private int readPipe(byte[] into, int offset, int length) throws IOException {
        enter();
        try {
            NativeBuffer buffer = fd.buffer(length);
            int most = Math.min(length, buffer.size());
            while (!closed) {
                int n = kernel.read(fd.number, buffer, most);
                if (n > 0) {
                    buffer.get(into, offset, n);
                    return n;
                }
                if (n == 0) {
                    ended = true;
                    giveBack();
                    return -1;
                }
                waitAfter(n, "read", Kernel.POLLIN);
            }
            throw closed();
        } finally {
            leave();
        }
    }

    /** All of it. */
    void write(byte[] from, int offset, int length) throws IOException {
        using.lock();
        try {
            if (ended) {
                throw new IOException("Broken pipe");
            }
            enter();
            try {
                for (int done = 0; done < length; ) {
                    NativeBuffer buffer = fd.buffer(length - done);
                    int piece = Math.min(length - done, buffer.size());
                    buffer.put(from, offset + done, piece);
                    writePiece(buffer, piece);
                    done += piece;
                }
            } finally {
                leave();
            }
        } finally {
            using.unlock();
        }
    }

    private void writePiece(NativeBuffer buffer, int length) throws IOException {
        for (int done = 0; done < length; ) {
            if (closed) {
                throw closed();
            }
            int n = kernel.write(fd.number, buffer, done, length - done);
            if (n >= 0) {
                done += n;
            } else {
                waitAfter(n, "write", Kernel.POLLOUT);
            }
        }
    }

    private void waitAfter(int result, String call, int events) throws IOException {
        if (Errno.EAGAIN.is(-result)) {
            Poller.await(kernel, fd.number, events, () -> closed || ended);
        } else if (Errno.EPIPE.is(-result)) {
            throw new IOException("Broken pipe");
        } else if (!Errno.EINTR.is(-result)) {
            throw new IOException(call + ": " + Errno.describe(-result));
        }
    }

    /** How many bytes could be read at once. */
    int available() throws IOException {
        if (closed) {
            throw closed();
        }
        int kept = rest.length - restAt;
        if (ended) {
            return kept;
        }
        if (!fd.enter()) {
            return kept; // its end was found meanwhile
        }
        try {
            return kept + unread();
        } finally {
            leave();
        }
    }

    private int unread() throws IOException {
        byte[] count = new byte[Integer.BYTES];
        int result = kernel.ioctl(fd.number, FIONREAD, count);
        if (result < 0) {
            throw new IOException("ioctl(FIONREAD): " + Errno.describe(-result));
        }
        return ByteBuffer.wrap(count).order(ByteOrder.nativeOrder()).getInt();
    }

    /**
     * To be called when the program has ended: what is left to be read is taken into memory and the descriptor is given back, unless
     * somebody else can still write, somebody is reading just now (who will come upon the end), or it is too much.
     */
    void takeRest() {
        if (!using.tryLock()) {
            return;
        }
        try {
            if (ended || closed || !fd.enter()) {
                return;
            }
            try {
                takeRestInside();
            } finally {
                leave();
            }
        } finally {
            using.unlock();
        }
    }

    private void takeRestInside() {
        int size;
        try {
            size = unread();
        } catch (IOException e) {
            return; // whoever reads it will meet the same, and gets the exception
        }
        if (size > 0 && !fd.keep(size)) {
            return;
        }
        byte[] bytes = new byte[size];
        try (NativeBuffer buffer = kernel.buffer(Math.max(size, 1))) {
            int n = size == 0 ? 0 : kernel.read(fd.number, buffer, size);
            if (n != size) {
                // Impossible for a pipe with one reader; what was read must not be lost.
                bytes = new byte[Math.max(n, 0)];
            }
            buffer.get(bytes, 0, bytes.length);
            rest = bytes;
            restAt = 0;
            // Nothing more is there, and nobody is left who could write.
            if (kernel.poll(fd.number, Kernel.POLLIN, 0) == Kernel.POLLHUP) {
                ended = true;
                giveBack();
            }
        }
    }

    /** For what is written: nobody is left to read it. */
    void endWriting() {
        ended = true;
        giveBack();
    }

    void close() {
        closed = true;
        giveBack();
        if (using.tryLock()) {
            try {
                letRestGo();
            } finally {
                using.unlock();
            }
        }
    }

    private void letRestGo() {
        rest = NOTHING;
        restAt = 0;
        fd.letGo();
        if (ended || closed) {
            cleaning.forget();
        }
    }

    /** The number; what is kept in memory stays. */
    private void giveBack() {
        fd.close();
        if (!fd.keeps()) {
            cleaning.forget();
        }
    }

    private void enter() throws IOException {
        if (!fd.enter()) {
            throw closed();
        }
    }

    private void leave() {
        try {
            fd.leave();
        } finally {
            Reference.reachabilityFence(this); // or the cleaner could close what the call still waits for
        }
    }

    private static IOException closed() {
        return new IOException("Stream closed");
    }

    /** The number and what belongs to it, apart from the object whose end may close it. */
    private static final class Fd extends UsedDescriptor {
        private static final int BUFFER_LEAST = 8 * 1024;
        private static final int BUFFER_MOST = 64 * 1024;

        private final Kernel kernel;
        private final int number;
        private @Nullable NativeBuffer buffer;
        private final KeptOutput kept = new KeptOutput();

        Fd(Kernel kernel, int number) {
            this.kernel = kernel;
            this.number = number;
        }

        /** Only by whoever has entered, and is the only one to read or write. */
        NativeBuffer buffer(int wanted) {
            int size = Math.max(BUFFER_LEAST, Math.min(wanted, BUFFER_MOST));
            NativeBuffer known = buffer;
            if (known != null && known.size() >= size) {
                return known;
            }
            if (known != null) {
                known.close();
            }
            NativeBuffer made = kernel.buffer(size);
            buffer = made;
            return made;
        }

        @Override
        protected void wake() {
            Poller.wake(number);
        }

        @Override
        protected void closeNow() {
            kernel.close(number);
            NativeBuffer known = buffer;
            if (known != null) {
                buffer = null;
                known.close();
            }
        }

        boolean keep(int bytes) {
            return kept.keep(bytes);
        }

        boolean keeps() {
            return !kept.isEmpty();
        }

        void letGo() {
            kept.letGo();
        }
    }
}
