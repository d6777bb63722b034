package dev.sandjar.internal.launcher;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.intercept.Authority;
import dev.sandjar.internal.intercept.Interceptor;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.network.Answer;
import dev.sandjar.internal.network.Decisions;
import dev.sandjar.internal.network.Events;
import dev.sandjar.internal.network.HandedConnection;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.network.SocketAddresses;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.PathBytes;
import dev.sandjar.network.PortRule;
import dev.sandjar.network.RequestEvent;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that passes connections on between the host and one sandbox (relay/relay.h). It is there before the sandbox, so that a port
 * which can't be had ends the start, and ends with it. Thread-safe.
 */
public final class Relay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final String STEP = "start the relay";
    private static final int SIGKILL = 9;

    /** More than the relay itself gives the host to take what was written last. */
    private static final Duration ENDING = Duration.ofSeconds(15);

    /** To one address of a name, of which there may be another that answers. */
    private static final Duration REACHING = Duration.ofSeconds(10);

    /** Far longer than the host takes to make a listening socket: a relay that says nothing is ended. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final long ANY = -1;

    private final Kernel kernel;
    private final String sandbox;
    private final Sender sender;
    private final int socket;
    private final int pid;
    private final List<Link> links;
    private final Decisions decisions;
    private final Events events = new Events();
    /** Null if no requests are read. */
    private final @Nullable Interceptor interceptor;

    private final Map<Integer, Integer> published = new HashMap<>();
    private final AtomicBoolean closing = new AtomicBoolean();
    /** Whether it was ended for a reason that is told already. */
    private final AtomicBoolean killed = new AtomicBoolean();

    private final AtomicReference<@Nullable Integer> status = new AtomicReference<>();

    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private Relay(
            Kernel kernel,
            String sandbox,
            int socket,
            int pid,
            List<Link> links,
            Decisions decisions,
            @Nullable Function<Consumer<RequestEvent>, Interceptor> interception) {
        this.kernel = kernel;
        this.sandbox = sandbox;
        this.sender = new Sender(kernel, socket);
        this.socket = socket;
        this.pid = pid;
        this.links = links;
        this.decisions = decisions;
        this.interceptor =
                interception == null ? null : interception.apply(event -> events.put(() -> decisions.tell(event)));
    }

    /**
     * With its sockets on the host, which listen, and without its rights.
     *
     * @param authority for TLS that is ended in this JVM; null if none is
     * @throws SandboxException if a port can't be had
     */
    public static Relay open(
            Kernel kernel, String sandbox, Network network, @Nullable Authority authority, Places places)
            throws SandboxException {
        int[] pair = new int[2];
        Calls.check(kernel.socketPair(pair), STEP, "socketpair", null);
        int pid;
        try {
            pid = LauncherBinary.spawnForRelay(kernel, pair[1]);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(pair[0]);
            throw e;
        } finally {
            kernel.close(pair[1]);
        }
        List<Link> links = Link.of(network);
        Relay relay = new Relay(
                kernel,
                sandbox,
                pair[0],
                pid,
                links,
                new Decisions(sandbox, network, links),
                authority == null ? null : events -> new Interceptor(kernel, network, authority, events));
        try {
            for (Link link : links) {
                relay.add(link, places.of(link));
            }
            relay.confine(network);
        } catch (LauncherEndedException e) {
            throw gone(relay.release());
        } catch (SandboxException | RuntimeException | Error e) {
            relay.release();
            throw e;
        }
        IoThreads.background(relay::read);
        return relay;
    }

    /** Says where on the host a link is: a struct sockaddr. */
    public interface Places {
        byte[] of(Link link) throws SandboxException;
    }

    private void add(Link link, byte[] outside) throws SandboxException {
        int flags = (decisions.asks(link) ? LINK_ASKS : 0)
                | (link.isNamed() ? LINK_NAMED : 0)
                | (link.showsFirstBytes() ? LINK_FIRST_BYTES : 0);
        WireWriter body = new WireWriter()
                .u32(flags)
                .u32(link.first())
                .u32(link.places().size())
                .u32(outside.length)
                .raw(outside);
        sender.send(link.isPublished() ? Frame.RELAY_PUBLISH : Frame.RELAY_FORWARD, link.number(), body.bytes());
        WireReader in = answer(link.number());
        int errno = in.i32();
        String call = in.str();
        if (errno != 0) {
            throw refused(link, call, errno);
        }
        SocketAddresses.read(in.blob()).ifPresent(address -> published.put(link.number(), address.getPort()));
    }

    /** SJ_LINK_* of protocol.h. */
    static final int LINK_ASKS = 1;

    static final int LINK_NAMED = 1 << 1;
    static final int LINK_FIRST_BYTES = 1 << 2;

    private static SandboxException refused(Link link, String call, int errno) {
        Optional<Path> socket = link.rule() instanceof PortRule rule ? rule.hostSocket() : Optional.empty();
        boolean file = socket.isPresent();
        String path = socket.map(Object::toString).orElse(null);
        String step = link.rule().toString();
        if (Errno.EADDRINUSE.is(errno)) {
            return new SandboxException(
                    step,
                    call,
                    path,
                    errno,
                    file ? "there is something of that name" : "another program listens there",
                    file ? "remove it, or choose another path" : "choose another port of the host, or 0 for any");
        }
        if (Errno.EACCES.is(errno) && !file) {
            return new SandboxException(
                    step,
                    call,
                    null,
                    errno,
                    "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE",
                    "choose a port from 1024 on, or 0 for any");
        }
        if (Errno.EADDRNOTAVAIL.is(errno)) {
            return new SandboxException(
                    step, call, path, errno, "the host has no such address", "choose one that ip(8) shows");
        }
        if (file && Errno.ENOENT.is(errno)) {
            Path above = socket.get().getParent();
            return new SandboxException(
                    step,
                    call,
                    path,
                    errno,
                    "the directory that the socket is to be made in is not there",
                    "create " + PathBytes.shown(above == null ? socket.get() : above) + ", or correct the path");
        }
        return Calls.failure(step, call, path, errno);
    }

    private void confine(Network network) throws SandboxException {
        byte[] filter = RelayFilter.program(network);
        sender.send(
                Frame.RELAY_CONFINE,
                0,
                new WireWriter()
                        .u32(network.bounds().connections())
                        .u64(network.bounds().firstBytes().toNanos())
                        .u64(REACHING.toNanos())
                        .u64(network.bounds().bytes().map(DataSize::toBytes).orElse(ANY))
                        .u32(network.bounds().connectionsPerSecond().orElse(0))
                        .u32(filter.length)
                        .raw(filter)
                        .bytes());
        WireReader in = answer(0);
        int errno = in.i32();
        String call = in.str();
        if (errno != 0) {
            throw new SandboxException("take the relay's rights away", call, null, errno, "", "");
        }
    }

    private WireReader answer(long id) throws SandboxException {
        if (!Poller.within(kernel, socket, Kernel.POLLIN, PATIENCE)) {
            kernel.kill(pid, SIGKILL);
            throw new SandboxException(
                    STEP,
                    null,
                    null,
                    0,
                    "it has not answered for " + PATIENCE.toSeconds() + " s, and was killed",
                    "look whether the host is overloaded, or a published socket lies on a file system that hangs");
        }
        Kernel.Received received = kernel.receive(socket);
        if (received.length() <= 0) {
            throw gone(release());
        }
        WireReader in = new WireReader(received.data(), 0, received.data().length);
        Frame frame = Frame.read(in);
        frame.check(received);
        if (frame.type() != Frame.RELAY_DONE || frame.id() != id) {
            throw new ProtocolException("an answer of type " + frame.type() + " to request " + id);
        }
        return in;
    }

    private static SandboxException gone(int status) {
        return new SandboxException(
                STEP,
                null,
                null,
                0,
                "it has ended at once (" + WaitStatus.words(status) + ")",
                "use the launcher that belongs to this jar: check -Dsandjar.launcher; the host's log (dmesg(1)) tells of programs that"
                        + " were killed for want of memory");
    }

    /** Connections are accepted from now on. Takes the descriptor over, the channel to the sandbox. */
    public void begin(int channel) {
        try {
            sender.send(Frame.RELAY_BEGIN, 0, new byte[0], channel);
        } catch (SandboxException e) {
            LOG.debug("The relay takes no channel: the sandbox comes upon that", e);
        } finally {
            kernel.close(channel);
        }
    }

    private void read() {
        try {
            for (Kernel.Received got = kernel.receive(socket); got.length() > 0; got = kernel.receive(socket)) {
                WireReader in = new WireReader(got.data(), 0, got.data().length);
                Frame frame = Frame.read(in);
                frame.check(got);
                take(frame, in, got.fds());
            }
        } catch (ProtocolException e) {
            LOG.error("A relay sent something that is not its protocol; it is ended", e);
            killed.set(true);
            kernel.kill(pid, SIGKILL);
        } finally {
            boolean asked = closing.get() || killed.get();
            int end = release();
            if (!asked && end != 0) {
                LOG.warn(
                        "The relay {} of sandbox {} has ended ({}): its ports and names lead nowhere from now on",
                        pid,
                        sandbox,
                        WaitStatus.words(end));
            }
            String reason = "the relay has ended" + (end == 0 ? "" : ": " + WaitStatus.words(end));
            Interceptor carrying = interceptor;
            if (carrying != null) {
                carrying.close();
            }
            events.put(() -> decisions.tellOfTheRest(reason));
            CompletableFuture<Void> unused = events.delivered().thenRun(() -> ended.complete(null));
        }
    }

    private void take(Frame frame, WireReader in, int[] fds) {
        if (frame.type() == Frame.RELAY_HANDED) {
            hand(frame.id(), fds);
        } else if (frame.type() == Frame.RELAY_ASKS) {
            int link = link(in);
            long connection = frame.id();
            byte[] peer = in.blob();
            byte[] inside = in.blob();
            decisions.ask(connection, link, peer, inside, in.blob(), answer -> decided(connection, answer));
        } else if (frame.type() == Frame.RELAY_ENDED) {
            int link = link(in);
            int outcome = in.i32();
            int errno = in.i32();
            long inside = in.nanos();
            long outside = in.nanos();
            long nanos = in.nanos();
            byte[] peer = in.blob();
            byte[] here = in.blob();
            byte[] to = in.blob();
            long connection = frame.id();
            Decisions.Ended end = new Decisions.Ended(link, outcome, errno, inside, outside, nanos, peer, here, to);
            events.put(() -> decisions.tell(connection, end));
        } else {
            throw new ProtocolException("a message of type " + frame.type() + " from a relay");
        }
        in.end();
    }

    private void hand(long connection, int[] fds) {
        if (fds.length != 1) {
            throw new ProtocolException("a connection without its socket"); // or this process has too many files open
        }
        HandedConnection handed = decisions.handed(connection);
        Interceptor carrying = interceptor;
        if (handed == null || carrying == null) {
            kernel.close(fds[0]);
        } else {
            carrying.take(fds[0], handed);
        }
    }

    private int link(WireReader in) {
        int link = in.i32();
        if (link < 0 || link >= links.size()) {
            throw new ProtocolException("a connection of link " + link);
        }
        return link;
    }

    private void decided(long connection, Answer answer) {
        WireWriter body = new WireWriter()
                .u32(answer.word())
                .u32(answer.bytes())
                .u32(answer.taken())
                .blob(answer.said().client())
                .blob(answer.said().failure())
                .blob(answer.said().server())
                .u32(answer.addresses().size());
        answer.addresses().forEach(to -> body.blob(SocketAddresses.of(to.getAddress(), to.getPort())));
        try {
            sender.send(Frame.RELAY_DECIDED, connection, body.bytes());
        } catch (SandboxException e) {
            LOG.debug("The relay has ended before connection {} was decided on", connection, e);
        }
    }

    /** Where clients of the host find what listens at a port inside. */
    public @Nullable InetSocketAddress published(int inside) {
        List<Link> found = new ArrayList<>(links);
        found.removeIf(link -> !link.publishes(inside));
        Integer port = found.isEmpty() ? null : published.get(found.get(0).number());
        return port == null
                ? null
                : new InetSocketAddress(((PortRule) found.get(0).rule()).hostAddress(), port);
    }

    /** Of a sandbox that has ended: completes when the relay is gone and all was reported. */
    public CompletableFuture<Void> afterSandbox() {
        return IoThreads.orAfter(ended, null, ENDING).thenRun(() -> {
            if (!closing.get()) {
                LOG.warn("The relay {} has not ended with its sandbox, and is killed", pid);
                killed.set(true);
                sender.ifOpen(() -> kernel.kill(pid, SIGKILL));
            }
        });
    }

    /** Ends it at once. */
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            sender.end();
        }
    }

    /** What {@code waitpid(2)} says of it; not by two threads at once. */
    private int release() {
        closing.set(true);
        sender.close();
        Integer known = status.get();
        if (known == null) {
            known = kernel.waitFor(pid);
            status.set(known);
        }
        return known;
    }
}
