package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.Errno;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One launcher process and the socket to it. Requests may come from any thread; answers and ends arrive on one daemon thread, which
 * runs nothing that could block. When the socket ends, every process is reported lost.
 */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int WIRE_VERSION = 1;
    private static final int SIGKILL = 9;

    private final Kernel kernel;
    private final int socket;
    private final int launcherPid;
    private final ReentrantLock sending = new ReentrantLock();
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, Run> runs = new ConcurrentHashMap<>();
    private final CompletableFuture<Event.Hello> hello = new CompletableFuture<>();
    /** Guarded by {@link #sending}: the descriptor's number may belong to someone else once it is closed. */
    private boolean open = true;

    private volatile boolean lost;

    private Connection(Kernel kernel, int socket, int launcherPid) {
        this.kernel = kernel;
        this.socket = socket;
        this.launcherPid = launcherPid;
    }

    /** Starts a launcher and greets it. */
    static Connection open(Kernel kernel) throws SandboxException {
        int[] pair = new int[2];
        int made = kernel.socketPair(pair);
        if (made < 0) {
            throw new SandboxException("start the launcher", "socketpair", null, -made, "", "raise the limit on open files");
        }
        int pid;
        try {
            pid = LauncherBinary.spawn(kernel, pair[1]);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(pair[0]);
            throw e;
        } finally {
            kernel.close(pair[1]);
        }
        Connection connection = new Connection(kernel, pair[0], pid);
        Thread reader = new Thread(connection::read, "sandjar-launcher");
        reader.setDaemon(true);
        reader.start();
        connection.greet();
        return connection;
    }

    private void greet() throws SandboxException {
        byte[] version = {WIRE_VERSION, 0, 0, 0};
        send(Frame.HELLO, 0, version);
        try {
            Event.Hello answer = hello.join();
            if (answer.wireVersion() != WIRE_VERSION) {
                abandon();
                throw new SandboxException(
                        "greet the launcher",
                        null,
                        null,
                        0,
                        "it speaks version " + answer.wireVersion() + " of the protocol, this library " + WIRE_VERSION,
                        "use the launcher that belongs to this jar");
            }
        } catch (CompletionException e) {
            throw ended();
        }
    }

    /** Ends the launcher, and with it everything it started. */
    private void abandon() {
        kernel.kill(launcherPid, SIGKILL);
    }

    boolean isLost() {
        return lost;
    }

    int features() {
        return hello.join().features();
    }

    int launcherPid() {
        return launcherPid;
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    /** A process about to be asked for: its events are kept from now on. */
    Run expect() throws SandboxException {
        Run run = new Run(nextId());
        runs.put(run.id, run);
        if (lost) {
            runs.remove(run.id);
            throw ended();
        }
        return run;
    }

    void forget(Run run) {
        runs.remove(run.id);
    }

    /** Sends one message; descriptors stay the caller's. */
    void send(int type, long id, byte[] body, int... fds) throws SandboxException {
        if (body.length > Frame.BODY_MAX) {
            throw new SandboxException(
                    "send the request", null, null, Errno.E2BIG.number(),
                    body.length + " bytes of arguments, environment and files", "16 MiB is the most");
        }
        boolean inline = body.length <= Frame.INLINE_MAX;
        int memfd = inline ? -1 : memfd(body);
        int[] passed = inline ? fds : prepend(memfd, fds);
        int size = Frame.SIZE + (inline ? body.length : 0);
        ByteBuffer out = ByteBuffer.allocate(size);
        new Frame(type, inline ? 0 : Frame.BODY_IN_MEMFD, id, body.length, passed.length).write(out);
        if (inline) {
            out.put(body);
        }
        int result;
        sending.lock();
        try {
            result = open ? kernel.send(socket, out.array(), size, passed) : -Errno.EPIPE.number();
        } finally {
            sending.unlock();
            if (memfd >= 0) {
                kernel.close(memfd);
            }
        }
        if (Errno.ETOOMANYREFS.is(-result)) {
            throw new SandboxException(
                    "send the request", "sendmsg", null, -result, "too many descriptors are on their way", "start fewer at once");
        }
        if (result < 0) {
            throw ended();
        }
    }

    private int memfd(byte[] body) throws SandboxException {
        int fd = kernel.memfd("sandjar-body", 1);
        int done = 0;
        while (fd >= 0 && done < body.length) {
            int n = kernel.write(fd, body, done, body.length - done);
            if (n <= 0) {
                kernel.close(fd);
                fd = n == 0 ? -Errno.EIO.number() : n;
            } else {
                done += n;
            }
        }
        if (fd < 0) {
            throw new SandboxException("send the request", "memfd_create", null, -fd, "", "raise the limit on open files");
        }
        return fd;
    }

    private static int[] prepend(int first, int[] rest) {
        int[] all = new int[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    static SandboxException ended() {
        return new SandboxException(
                "talk to the launcher",
                null,
                null,
                0,
                "the launcher has ended; everything it started has ended with it",
                "start again: the next start makes a new launcher");
    }

    private void read() {
        String why = "end of its socket";
        try {
            while (true) {
                Kernel.Received received = kernel.receive(socket);
                if (received.length() <= 0) {
                    break;
                }
                handle(received);
            }
        } catch (ProtocolException e) {
            why = "malformed message: " + e.getMessage();
            LOG.error("The launcher sent something that is not its protocol; it is ended", e);
        } finally {
            end(why);
        }
    }

    private void handle(Kernel.Received received) {
        int used = 0;
        try {
            WireReader in = new WireReader(received.data(), 0, received.data().length);
            Frame frame = Frame.read(in);
            if (received.truncated() || frame.flags() != 0 || frame.length() != received.length() - Frame.SIZE) {
                throw new ProtocolException("a message of another length than it says");
            }
            Event event = Event.read(frame, in);
            if (event instanceof Event.Started && received.fds().length == 1) {
                Run run = runs.get(frame.id());
                if (run != null && run.answer.complete(new Run.Answer(event, received.fds()[0]))) {
                    used = 1;
                }
                return;
            }
            dispatch(frame, event);
        } finally {
            for (int i = used; i < received.fds().length; i++) {
                kernel.close(received.fds()[i]);
            }
        }
    }

    private void dispatch(Frame frame, Event event) {
        if (event instanceof Event.Hello greeting) {
            hello.complete(greeting);
            return;
        }
        Run run = runs.get(frame.id());
        if (run == null) {
            return; // a plan that was refused shows up when it is started
        }
        if (event instanceof Event.Exited exited) {
            runs.remove(run.id);
            run.end.complete(exited);
        } else {
            run.answer.complete(new Run.Answer(event, -1));
        }
    }

    private void end(String why) {
        lost = true;
        LOG.debug("Launcher {}: {}", launcherPid, why);
        // Closing the socket is what ends a launcher that still lives; it gets to clean up before it is reaped.
        sending.lock();
        try {
            open = false;
            kernel.close(socket);
        } finally {
            sending.unlock();
        }
        hello.completeExceptionally(ended());
        for (Run run : runs.values()) {
            run.answer.completeExceptionally(ended());
            run.end.complete(Event.Exited.lost());
        }
        runs.clear();
        kernel.waitFor(launcherPid);
    }

}
