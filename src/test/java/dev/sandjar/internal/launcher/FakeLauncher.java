package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.ForwardingKernel;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.Errno;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** The launcher's end of a connection in the hands of a test, and a kernel in which it is a process. */
public class FakeLauncher extends ForwardingKernel implements AutoCloseable {
    static final int PID = 4_000_000;

    private final AtomicBoolean hungUp = new AtomicBoolean();
    /** Descriptors that came with requests. */
    private final ConcurrentLinkedQueue<Integer> received = new ConcurrentLinkedQueue<>();

    private int socket = -1;
    volatile boolean killed;
    volatile boolean waitedFor;

    /** One request as it came. */
    record Request(int type, long id, WireReader body, int[] fds) {}

    /** A connection to this, which greets with the right version. */
    Connection connect() throws SandboxException {
        return connect(() -> {
            Request hello = next();
            answer(Frame.HELLO_OK, hello.id(), hello(Connection.WIRE_VERSION));
        });
    }

    Connection connect(Runnable greeting) throws SandboxException {
        return Connection.open(
                this,
                childEnd -> {
                    socket = real.raise(childEnd);
                    Thread thread = new Thread(greeting, "fake-launcher");
                    thread.setDaemon(true);
                    thread.start();
                    return PID;
                },
                Duration.ofSeconds(60));
    }

    static byte[] hello(int version) {
        return new WireWriter().u32(version).u32(PID).str("test").u32(0x3f).bytes();
    }

    /** Whether a request comes within so long. */
    boolean isAsked(int milliseconds) {
        return real.poll(socket, POLLIN, milliseconds) > 0;
    }

    /** Waits for the next request. */
    Request next() {
        Received datagram = real.receive(socket);
        if (datagram.length() <= 0) {
            throw new AssertionError("no request: " + datagram.length());
        }
        WireReader in = new WireReader(datagram.data(), 0, datagram.length());
        Frame frame = Frame.read(in);
        for (int fd : datagram.fds()) {
            received.add(fd);
        }
        if (frame.fds() != datagram.fds().length) {
            throw new AssertionError(frame + " with " + datagram.fds().length);
        }
        return new Request(frame.type(), frame.id(), body(frame, in, datagram), datagram.fds());
    }

    private WireReader body(Frame frame, WireReader in, Received datagram) {
        if (frame.flags() != Frame.BODY_IN_MEMFD) {
            return in;
        }
        byte[] body = new byte[frame.length()];
        String path = "/proc/self/fd/" + datagram.fds()[0];
        try (java.io.RandomAccessFile file = new java.io.RandomAccessFile(path, "r")) {
            file.readFully(body);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
        return new WireReader(body, 0, body.length);
    }

    Request next(int type) {
        Request request = next();
        if (request.type() != type) {
            throw new AssertionError("expected " + type + " but got " + request);
        }
        return request;
    }

    void answer(int type, long id, byte[] body, int... fds) {
        ByteBuffer out = ByteBuffer.allocate(Frame.SIZE + body.length);
        new Frame(type, 0, id, body.length, fds.length).write(out);
        sendRaw(out.put(body).array(), fds);
    }

    void sendRaw(byte[] datagram, int... fds) {
        int sent = real.send(socket, datagram, datagram.length, fds);
        if (sent < 0) {
            throw new AssertionError(Errno.describe(-sent));
        }
    }

    static byte[] started(int pid) {
        return new WireWriter().u32(pid).u32(0).u32(2).u64(1000).u32(0).bytes();
    }

    public static byte[] exited(int how, int status) {
        WireWriter body = new WireWriter().u32(how).u32(status).u64(5_000_000);
        for (int i = 1; i <= 9; i++) {
            body.u64(i);
        }
        return body.str("").u32(Event.Exited.WHY_NOT).strv(List.of("a text")).bytes();
    }

    static byte[] failed(int section, int errno, String call, String what) {
        return new WireWriter()
                .u16(section)
                .u16(0)
                .u32(0)
                .u32(errno)
                .u64(0)
                .str(call)
                .str(what)
                .bytes();
    }

    /** Dies. */
    void hangUp() {
        if (hungUp.compareAndSet(false, true)) {
            real.close(socket);
        }
    }

    @Override
    public int kill(int pid, int signal) {
        if (pid == PID) {
            killed = true;
            return 0;
        }
        return super.kill(pid, signal);
    }

    @Override
    public int waitFor(int pid) {
        if (pid == PID) {
            waitedFor = true;
            return 0;
        }
        return super.waitFor(pid);
    }

    @Override
    public void close() {
        received.forEach(real::close);
        received.clear();
        hangUp();
    }
}
