package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.network.NetworkCapture;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A thread that writes the frames of a network into a file, in the format of {@code pcap-savefile(5)}. Each frame is heard once: where it
 * comes in from a member, or leaves the network's own interface. Thread-safe.
 */
final class PacketCapture implements NetworkCapture {
    private static final String STEP = "capture packets of a network";
    private static final int MAGIC = 0xa1b2c3d4;
    private static final short MAJOR = 2;
    private static final short MINOR = 4;
    private static final int SNAPSHOT = 1 << 18;
    private static final int ETHERNET = 1;
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int FRAME = 1 << 17;

    /** Of struct sockaddr_ll. */
    private static final int ADDRESS = 28;

    private static final int INDEX = 4;
    private static final int KIND = 10;
    private static final int OUTGOING = 4;
    private static final int NANOS_OF_MICRO = 1000;

    /** What may still be in the socket when it ends. */
    private static final int REST = 100_000;

    private static final long PATIENCE_SECONDS = 60;

    private final Kernel kernel;
    private final Path file;
    private final long most;
    private final int bridge;
    private final int socket;
    private final int watch;
    private final int epoll;
    private final int stop;
    private final int stopped;
    private final OutputStream out;
    private final AtomicLong packets = new AtomicLong();
    private final AtomicLong leftOut = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private long size = FILE_HEADER;

    @Override
    public String toString() {
        return "capture to " + file + ": " + packets + " packets"
                + (leftOut.get() == 0 ? "" : ", " + leftOut + " left out");
    }

    private PacketCapture(Kernel kernel, Keeper keeper, long network, int bridge, Path file, long most)
            throws IOException {
        this.kernel = kernel;
        this.file = file;
        this.most = most;
        this.bridge = bridge;
        int[] ends = new int[2];
        this.socket = keeper.packetSocket(network, 0, false, STEP);
        this.watch = keeper.watch();
        this.epoll = kernel.epollCreate();
        int pipe = kernel.pipe(ends);
        this.stopped = pipe < 0 ? -1 : ends[0];
        this.stop = pipe < 0 ? -1 : ends[1];
        OutputStream made = null;
        try {
            Calls.check(pipe, STEP, "pipe", null);
            Calls.check(watch, STEP, "fcntl(F_DUPFD_CLOEXEC)", null);
            Calls.check(epoll, STEP, "epoll_create1", null);
            hear(watch, 0);
            hear(stopped, Kernel.POLLIN);
            hear(socket, Kernel.POLLIN);
            made = open(file);
            made.write(room(FILE_HEADER)
                    .putInt(MAGIC)
                    .putShort(MAJOR)
                    .putShort(MINOR)
                    .putLong(0)
                    .putInt(SNAPSHOT)
                    .putInt(ETHERNET)
                    .array());
            this.out = made;
        } catch (IOException | RuntimeException | Error e) {
            release();
            kernel.close(stop);
            if (made != null) {
                made.close();
            }
            throw e;
        }
    }

    /** @param bridge index of the network's own interface */
    static PacketCapture open(Kernel kernel, Keeper keeper, long network, int bridge, Path file, long most)
            throws IOException {
        PacketCapture capture = new PacketCapture(kernel, keeper, network, bridge, file, most);
        Thread thread = new Thread(null, capture::run, "sandjar-capture", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        thread.start();
        return capture;
    }

    /** What others say is not for everybody; and through no link that a sandbox could have made. */
    private static OutputStream open(Path file) throws IOException {
        Path whole = file.toAbsolutePath();
        Path parent = whole.getParent();
        if (parent == null) {
            throw new FileAlreadyExistsException(file.toString());
        }
        try (HostTree directory = HostTree.open(parent)) {
            HostFile made = directory.tryCreate(HostTree.name(whole));
            if (made == null) {
                throw new FileAlreadyExistsException(file.toString());
            }
            return new BufferedOutputStream(made.output());
        }
    }

    private static ByteBuffer room(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    private void hear(int fd, int events) throws SandboxException {
        Calls.check(kernel.epollControl(epoll, Kernel.EPOLL_CTL_ADD, fd, events), STEP, "epoll_ctl", null);
    }

    private void run() {
        try {
            hearAll();
        } catch (IOException e) {
            failure.set(e);
        } finally {
            try {
                out.close();
            } catch (IOException e) {
                failure.compareAndSet(null, e);
            }
            release();
            ended.countDown();
        }
    }

    private void hearAll() throws IOException {
        int[] ready = new int[3];
        byte[] frame = new byte[FRAME];
        byte[] from = new byte[ADDRESS];
        boolean more = true;
        while (more) {
            int count = kernel.epollWait(epoll, ready, -1);
            if (count < 0 && !Errno.EINTR.is(-count)) {
                throw new SandboxException(STEP, "epoll_wait", null, -count, "", "");
            }
            for (int i = 0; i < count; i++) {
                more &= ready[i] == socket;
            }
            // What was sent before the end belongs to it.
            int rest = REST;
            while (rest > 0 && take(frame, from)) {
                rest--;
            }
        }
    }

    /** Whether there was one. */
    private boolean take(byte[] frame, byte[] from) throws IOException {
        int[] addressSize = new int[1];
        int length = kernel.receiveFrom(socket, frame, from, addressSize);
        if (length < 0) {
            return Errno.EINTR.is(-length) || Errno.ENETDOWN.is(-length); // an interface has gone, others are there
        }
        ByteBuffer address = ByteBuffer.wrap(from).order(ByteOrder.nativeOrder());
        int index = address.getInt(INDEX);
        boolean leaves = from[KIND] == OUTGOING;
        if (index == bridge ? leaves : !leaves && OpenNetwork.isPort(index)) {
            write(frame, length);
        }
        return true;
    }

    private void write(byte[] frame, int length) throws IOException {
        if (size + RECORD_HEADER + length > most) {
            leftOut.incrementAndGet();
            return;
        }
        Instant now = Instant.now();
        out.write(room(RECORD_HEADER)
                .putInt((int) now.getEpochSecond())
                .putInt(now.getNano() / NANOS_OF_MICRO)
                .putInt(length)
                .putInt(length)
                .array());
        out.write(frame, 0, length);
        size += RECORD_HEADER + length;
        packets.incrementAndGet();
    }

    private void release() {
        for (int fd : new int[] {socket, watch, stopped, epoll}) {
            if (fd >= 0) {
                kernel.close(fd);
            }
        }
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public long packets() {
        return packets.get();
    }

    @Override
    public long leftOut() {
        return leftOut.get();
    }

    @Override
    public boolean isOpen() {
        return ended.getCount() > 0 && !closed.get();
    }

    /** Has the thread end, soon. */
    void stop() {
        if (closed.compareAndSet(false, true)) {
            kernel.close(stop);
        }
    }

    @Override
    public void close() throws IOException {
        stop();
        try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new SandboxException(
                        STEP,
                        "write",
                        file.toString(),
                        0,
                        "the file is not written after " + PATIENCE_SECONDS + " s",
                        "choose a file system that does not hang");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the capture ended");
        }
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }
}
