package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.network.NameAnswer;
import dev.sandjar.internal.network.SocketAddresses;
import dev.sandjar.internal.util.Errno;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Answers members who ask for names, on a socket in their network for each address. One thread takes one question after the other, a
 * bounded number of them in a time. Its sockets hold the network, so that it ends when the keeper does. Thread-safe.
 */
final class NameServer implements AutoCloseable {
    private static final String STEP = "start the name server of a network";
    private static final int PORT = 53;

    /** Larger than any question: the rest of what is longer is lost. */
    private static final int QUESTION = 1232;

    private static final int ADDRESS = 28;
    private static final int ANSWERS = 500;
    private static final long PERIOD_MILLIS = 100;

    private final Kernel kernel;
    private final NameAnswer.Names names;
    private final LongSupplier delayNanos;
    private final int epoll;
    private final int stop;
    private final int stopped;
    private final int watch;
    private final List<Integer> sockets = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock: the number of the pipe may be another file's then. */
    private boolean closed;

    /** Whether there is a byte in the pipe, or there will be at once. */
    private final AtomicBoolean woken = new AtomicBoolean();

    private NameServer(Kernel kernel, NameAnswer.Names names, LongSupplier delayNanos, int watch)
            throws SandboxException {
        this.kernel = kernel;
        this.names = names;
        this.delayNanos = delayNanos;
        this.watch = watch;
        int[] ends = new int[2];
        Calls.check(kernel.pipe(ends), STEP, "pipe", null);
        this.stopped = ends[0];
        this.stop = ends[1];
        this.epoll = kernel.epollCreate();
    }

    /**
     * @param addresses that the network has itself
     * @param delayNanos by how much an answer is late
     */
    static NameServer open(
            Kernel kernel,
            Keeper keeper,
            long network,
            List<InetAddress> addresses,
            NameAnswer.Names names,
            LongSupplier delayNanos)
            throws SandboxException {
        keeper.sysctl(network, "ipv4/ip_unprivileged_port_start", "0", STEP);
        int watch = Calls.check(keeper.watch(), STEP, "fcntl(F_DUPFD_CLOEXEC)", null);
        NameServer server;
        try {
            server = new NameServer(kernel, names, delayNanos, watch);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(watch);
            throw e;
        }
        try {
            server.listen(keeper, network, addresses);
        } catch (SandboxException | RuntimeException | Error e) {
            server.release();
            kernel.close(server.stop);
            throw e;
        }
        Thread thread = new Thread(null, server::run, "sandjar-names", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        thread.start();
        return server;
    }

    private void listen(Keeper keeper, long network, List<InetAddress> addresses) throws SandboxException {
        Calls.check(epoll, STEP, "epoll_create1", null);
        add(watch, 0);
        add(stopped, Kernel.POLLIN);
        for (InetAddress address : addresses) {
            int socket = keeper.socket(network, SocketAddresses.of(address, PORT), STEP);
            sockets.add(socket);
            add(socket, Kernel.POLLIN);
        }
    }

    private void add(int fd, int events) throws SandboxException {
        Calls.check(kernel.epollControl(epoll, Kernel.EPOLL_CTL_ADD, fd, events), STEP, "epoll_ctl", null);
    }

    private void run() {
        try {
            int[] ready = new int[sockets.size() + 2];
            byte[] question = new byte[QUESTION];
            byte[] asker = new byte[ADDRESS];
            int[] size = new int[1];
            LateAnswers late = new LateAnswers(this::send, System::nanoTime);
            long period = System.nanoTime();
            int answers = 0;
            while (true) {
                int count = kernel.epollWait(epoll, ready, late.millis());
                if (count < 0 && !Errno.EINTR.is(-count)) {
                    throw new IllegalStateException("epoll_wait: " + Errno.describe(-count));
                }
                for (int i = 0; i < count; i++) {
                    if (ready[i] == stopped && kernel.read(stopped, new byte[1], 0, 1) > 0) {
                        woken.set(false);
                        late.delayIs(delayNanos.getAsLong());
                        continue;
                    }
                    if (!sockets.contains(ready[i])) {
                        return; // nobody needs it any more, or the keeper has ended
                    }
                    int length = kernel.receiveFrom(ready[i], question, asker, size);
                    byte[] answer = length < 0 ? null : NameAnswer.to(question, length, names);
                    if (answer != null) {
                        late.add(delayNanos.getAsLong(), ready[i], answer, asker, size[0]);
                    }
                }
                late.send();
                answers += Math.max(count, 0);
                long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - period);
                if (answers >= ANSWERS && passed < PERIOD_MILLIS) {
                    if (kernel.poll(stopped, Kernel.POLLIN, (int) (PERIOD_MILLIS - passed)) > 0) {
                        continue; // it is looked at before any question
                    }
                    passed = PERIOD_MILLIS;
                }
                if (passed >= PERIOD_MILLIS) {
                    period = System.nanoTime();
                    answers = 0;
                }
            }
        } finally {
            release();
        }
    }

    private void send(int socket, byte[] answer, byte[] asker, int size) {
        int unused = kernel.sendTo(socket, answer, answer.length, asker, size);
    }

    private void release() {
        sockets.forEach(kernel::close);
        kernel.close(watch);
        kernel.close(stopped);
        if (epoll >= 0) {
            kernel.close(epoll);
        }
    }

    /** Has the thread look at the delay, of which answers that wait have no more than there is now. */
    void wake() {
        lock.lock();
        try {
            // A thread that has ended reads no more of it.
            if (!closed && woken.compareAndSet(false, true)) {
                int unused = kernel.write(stop, new byte[1], 0, 1);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Has the thread end, which closes the sockets. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                kernel.close(stop);
            }
        } finally {
            lock.unlock();
        }
    }
}
