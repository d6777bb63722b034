package dev.sandjar.internal.intercept;

import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.kernel.UsedDescriptor;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;

/**
 * A connected stream socket by its number, in the form that TLS of the JDK can be put above. Nothing waits for ever: reading and writing
 * end with a {@link SocketTimeoutException} when nothing moves for its patience, and reading also at its deadline. Thread-safe.
 */
final class DescriptorSocket extends Socket {
    private static final int PIECE = 32 * 1024;

    private final Kernel kernel;
    private final Fd number;
    private volatile Duration patience;
    private volatile long deadline;
    private volatile boolean timed;

    private static final class Fd extends UsedDescriptor {
        final Kernel kernel;
        final int fd;

        Fd(Kernel kernel, int fd) {
            this.kernel = kernel;
            this.fd = fd;
        }

        @Override
        protected void wake() {
            kernel.disconnect(fd);
            Poller.wake(fd);
        }

        @Override
        protected void closeNow() {
            kernel.close(fd);
        }
    }

    /**
     * What the JDK asks of any socket and this one has not, such as Nagle's algorithm: without it the JDK would make another socket, to have
     * somebody to ask.
     */
    private static final class NoSocket extends SocketImpl {
        private static UnsupportedOperationException never() {
            return new UnsupportedOperationException("it is connected");
        }

        @Override
        protected void create(boolean stream) {
            // There is one.
        }

        @Override
        protected void connect(String host, int port) {
            throw never();
        }

        @Override
        protected void connect(InetAddress address, int port) {
            throw never();
        }

        @Override
        protected void connect(SocketAddress address, int timeout) {
            throw never();
        }

        @Override
        protected void bind(InetAddress host, int port) {
            throw never();
        }

        @Override
        protected void listen(int backlog) {
            throw never();
        }

        @Override
        protected void accept(SocketImpl s) {
            throw never();
        }

        @Override
        protected InputStream getInputStream() {
            throw never();
        }

        @Override
        protected OutputStream getOutputStream() {
            throw never();
        }

        @Override
        protected int available() {
            return 0;
        }

        @Override
        protected void close() {
            // The other one is closed.
        }

        @Override
        protected void sendUrgentData(int data) {
            throw never();
        }

        @Override
        public void setOption(int option, Object value) {
            // All are those of speed, or of time limits that are kept otherwise.
        }

        @Override
        public Object getOption(int option) {
            return option == SO_TIMEOUT || option == SO_LINGER ? (Object) 0 : false;
        }
    }

    /**
     * Takes the descriptor over.
     *
     * @throws SocketException never
     */
    DescriptorSocket(Kernel kernel, int fd, Duration patience) throws SocketException {
        super(new NoSocket());
        this.kernel = kernel;
        this.number = new Fd(kernel, fd);
        this.patience = patience;
        // Of this socket's open file there is no other holder, so that the flag is seen by nobody else.
        kernel.fcntl(fd, Kernel.F_SETFL, Kernel.O_NONBLOCK);
    }

    /** For how long nothing may move. */
    void patience(Duration most) {
        patience = most;
    }

    /** Whatever is read has to be there within so long from now, until something else is said. */
    void within(Duration most) {
        deadline = System.nanoTime() + most.toNanos();
        timed = true;
    }

    void withinAnyTime() {
        timed = false;
    }

    /** Whoever reads or writes comes upon the end. */
    void abort() {
        if (number.enter()) {
            try {
                kernel.disconnect(number.fd);
                Poller.wake(number.fd);
            } finally {
                number.leave();
            }
        }
    }

    /** Whether something could be read at once, be it the end. */
    boolean isReadable() throws IOException {
        enter();
        try {
            return kernel.poll(number.fd, Kernel.POLLIN, 0) != 0;
        } finally {
            number.leave();
        }
    }

    private void enter() throws SocketException {
        if (!number.enter()) {
            throw new SocketException("Socket closed");
        }
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        enter();
        try {
            while (true) {
                int n = kernel.read(number.fd, into, offset, Math.min(length, PIECE));
                if (n >= 0) {
                    return n == 0 ? -1 : n;
                }
                waitAfter(n, "read", Kernel.POLLIN, left());
            }
        } finally {
            number.leave();
        }
    }

    private void write(byte[] from, int offset, int length) throws IOException {
        enter();
        try {
            for (int done = 0; done < length; ) {
                int n = kernel.write(number.fd, from, offset + done, Math.min(length - done, PIECE));
                if (n >= 0) {
                    done += n;
                } else {
                    waitAfter(n, "write", Kernel.POLLOUT, patience);
                }
            }
        } finally {
            number.leave();
        }
    }

    private Duration left() {
        Duration least = patience;
        if (!timed) {
            return least;
        }
        Duration rest = Duration.ofNanos(deadline - System.nanoTime());
        return rest.compareTo(least) < 0 ? rest : least;
    }

    private void waitAfter(int result, String call, int events, Duration most) throws IOException {
        if (Errno.EAGAIN.is(-result)) {
            if (most.isNegative() || !Poller.within(kernel, number.fd, events, most)) {
                throw new SocketTimeoutException("nothing came or went in time");
            }
        } else if (!Errno.EINTR.is(-result)) {
            throw new SocketException(call + ": " + Errno.describe(-result));
        }
    }

    @Override
    public InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, into.length);
                return length == 0 ? 0 : DescriptorSocket.this.read(into, offset, length);
            }

            @Override
            public void close() {
                DescriptorSocket.this.close();
            }
        };
    }

    @Override
    public OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, from.length);
                DescriptorSocket.this.write(from, offset, length);
            }

            @Override
            public void close() {
                DescriptorSocket.this.close();
            }
        };
    }

    @Override
    public void shutdownInput() {
        // Only the output has an end that the peer is to hear of.
    }

    @Override
    public void shutdownOutput() throws IOException {
        enter();
        try {
            kernel.endSending(number.fd);
        } finally {
            number.leave();
        }
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isBound() {
        return true;
    }

    @Override
    public boolean isClosed() {
        return !number.isOpen();
    }

    // Not synchronized as in the class above: what is done has a lock of its own, and a monitor would hold a carrier
    // thread.
    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    public void close() {
        number.close();
    }
}
