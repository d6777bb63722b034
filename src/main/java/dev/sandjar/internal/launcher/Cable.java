package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.SeccompProfile;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The process that passes frames on between members of a network, later than they came or not at all (keeper/cable.h). It ends with its
 * socket and with the keeper. Thread-safe.
 */
public final class Cable implements AutoCloseable {
    /** SJ_CABLE_PORTS_MAX. */
    public static final int PORTS = 1024;

    /** SJ_CABLE_WAYS_MAX. */
    public static final int WAYS = 4096;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Of one message. */
    private static final int ENDS = 512;

    /** Far less than the socket has room for. */
    private static final int UNREAD = 64;

    private static final long UNASKED = -1;
    private static final long WAITING = 256L << 20;

    /** What it calls once it has begun, with what C libraries make of that. */
    private static final SeccompProfile PROFILE = SeccompProfile.builder()
            .allow(
                    "brk",
                    "clock_gettime",
                    "close",
                    "epoll_ctl",
                    "epoll_pwait",
                    "epoll_wait",
                    "exit",
                    "exit_group",
                    "mmap",
                    "mremap",
                    "munmap",
                    "read",
                    "recvmsg",
                    "restart_syscall",
                    "rt_sigreturn",
                    "sendmsg",
                    "timerfd_settime")
            .build();

    private final Kernel kernel;
    private final int socket;
    private final Sender sender;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock: requests that nobody waits for, and whose answers are still to be read. */
    private final Deque<Long> unread = new ArrayDeque<>();
    /** Guarded by the lock: why it has ended. */
    private @Nullable String ended;

    /**
     * What becomes of what one member says to another one.
     *
     * @param delayNanos of each packet
     * @param jitterNanos by which that is more or less
     * @param losses among 2^32 packets
     * @param rate bytes in a second, 0 for any number
     * @param behindNanos how long a packet waits at most for those before it
     * @param waiting bytes at most
     * @param seed of what is lost, and of jitter
     */
    public record Way(
            long delayNanos, long jitterNanos, long losses, long rate, long behindNanos, long waiting, long seed) {}

    private Cable(Kernel kernel, int socket) {
        this.kernel = kernel;
        this.socket = socket;
        this.sender = new Sender(kernel, socket);
    }

    /** One without ports and rights. */
    public static Cable open(Kernel kernel, Keeper keeper, long network, String step) throws SandboxException {
        Cable cable = new Cable(kernel, keeper.cable(network, step));
        try {
            byte[] filter = FilterCompiler.compile(
                            PROFILE, Machine.host(), Set.of(), KernelVersion.host(), InterceptedCalls.NOTHING)
                    .main();
            cable.ask(
                    Frame.CABLE_CONFINE,
                    0,
                    new WireWriter().u64(WAITING).blob(filter).bytes(),
                    step);
            return cable;
        } catch (SandboxException | RuntimeException | Error e) {
            cable.close();
            throw e;
        }
    }

    /**
     * Somebody is at a port.
     *
     * @param hardwareAddress of the member
     * @param frames packet socket of the port, with headers, which stays the caller's
     */
    public void connect(int port, byte[] hardwareAddress, int frames, String step) throws SandboxException {
        ask(Frame.CABLE_PORT, port, new WireWriter().blob(hardwareAddress).bytes(), step, frames);
    }

    /** Nobody is there. It is not waited for: whether it could be done is found out by what is asked next. */
    public void disconnect(int port, byte[] hardwareAddress) throws SandboxException {
        lock.lock();
        try {
            readUnread();
            if (unread.size() >= UNREAD) {
                end("it does not answer");
            }
            if (ended == null) {
                send(
                        Frame.CABLE_PORT,
                        port,
                        new WireWriter().blob(hardwareAddress).bytes());
                unread.add((long) port);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Begins, in the place of what it is. */
    public void begin(int way, int from, int to, Way is, String step) throws SandboxException {
        ask(
                Frame.CABLE_WAY,
                way,
                new WireWriter()
                        .u32(from)
                        .u32(to)
                        .u64(is.delayNanos)
                        .u64(is.jitterNanos)
                        .u64(is.losses)
                        .u64(is.rate)
                        .u64(is.behindNanos)
                        .u64(is.waiting)
                        .u64(is.seed)
                        .bytes(),
                step);
    }

    /** @param lost of each way, whether what waits is lost, and not passed on at once */
    public void end(Map<Integer, Boolean> lost, String step) throws SandboxException {
        List<Map.Entry<Integer, Boolean>> all = new ArrayList<>(lost.entrySet());
        for (int from = 0; from < all.size(); from += ENDS) {
            List<Map.Entry<Integer, Boolean>> some = all.subList(from, Math.min(from + ENDS, all.size()));
            WireWriter body = new WireWriter().u32(some.size());
            some.forEach(each -> body.u32(each.getKey()).u32(each.getValue() ? 1 : 0));
            ask(Frame.CABLE_END, 0, body.bytes(), step);
        }
    }

    private void ask(int type, long id, byte[] body, String step, int... fds) throws SandboxException {
        lock.lock();
        try {
            if (ended == null) {
                send(type, id, body, fds);
            }
            while (ended == null && !unread.isEmpty()) {
                readOne(PATIENCE);
            }
            if (ended == null) {
                answer(id, step);
            }
            if (ended != null) {
                throw gone(step, ended);
            }
        } finally {
            lock.unlock();
        }
    }

    private void send(int type, long id, byte[] body, int... fds) throws SandboxException {
        try {
            sender.send(type, id, body, fds);
        } catch (LauncherEndedException e) {
            read();
        }
    }

    /** Why links of a network hold no longer. */
    public static SandboxException gone(String step, String why) {
        return new SandboxException(
                step,
                null,
                null,
                0,
                "the process that delays and loses packets of this network has ended: " + why,
                "end its links with heal(), which lets packets through again, and begin them anew");
    }

    private void answer(long id, String step) throws SandboxException {
        @Nullable Answer answer = within(PATIENCE);
        if (answer == null) {
            return;
        }
        if (answer.id != id) {
            end("it has answered something else");
        } else if (answer.errno != 0) {
            throw new SandboxException(step, answer.call, null, answer.errno, "", "");
        }
    }

    /** Null at its end. */
    private @Nullable Answer within(Duration patience) {
        if (!Poller.within(kernel, socket, Kernel.POLLIN, patience)) {
            end("it has not answered for " + patience.toSeconds() + " s");
            return null;
        }
        return read();
    }

    /** To the first request that nobody waits for. */
    private void readOne(Duration patience) {
        long id = unread.remove();
        Answer answer = within(patience);
        if (answer != null && answer.id != id) {
            end("it has answered something else");
        } else if (answer != null && answer.errno != 0) {
            end(answer.call + ": " + Errno.describe(answer.errno));
        }
    }

    private void readUnread() {
        while (ended == null && !unread.isEmpty() && kernel.poll(socket, Kernel.POLLIN, 0) > 0) {
            readOne(Duration.ZERO);
        }
    }

    private record Answer(long id, int errno, String call) {}

    /** Null at its end. */
    private @Nullable Answer read() {
        Kernel.Received received = kernel.receive(socket);
        if (received.length() <= 0) {
            end("it has not said why");
            return null;
        }
        try {
            WireReader in = new WireReader(received.data(), 0, received.data().length);
            Frame frame = Frame.read(in);
            frame.check(received);
            Answer answer = new Answer(frame.id(), in.i32(), in.str());
            in.end();
            if (frame.type() != Frame.CABLE_DONE) {
                throw new ProtocolException("an answer of type " + frame.type());
            }
            if (answer.id == UNASKED) {
                end(answer.call + ": " + Errno.describe(answer.errno));
                return null;
            }
            return answer;
        } catch (ProtocolException e) {
            for (int fd : received.fds()) {
                kernel.close(fd);
            }
            end(e.toString());
            return null;
        }
    }

    private void end(String why) {
        if (ended == null) {
            ended = why;
            sender.close();
        }
    }

    /** Why it has ended, if it has. */
    public Optional<String> ended() {
        lock.lock();
        try {
            readUnread();
            // It says nothing unasked but the last word.
            if (ended == null && kernel.poll(socket, Kernel.POLLIN, 0) > 0 && read() != null) {
                end("it has answered what nobody has asked");
            }
            return Optional.ofNullable(ended);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            end("it was closed");
        } finally {
            lock.unlock();
        }
    }
}
