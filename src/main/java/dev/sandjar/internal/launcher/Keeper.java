package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.Poller;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/**
 * The process that keeps network namespaces (keeper/keeper.h): they, and all that is in them, end with it. It is asked for one thing after
 * the other. Thread-safe.
 */
public final class Keeper implements AutoCloseable {
    private static final String STEP = "start the keeper of networks";
    private static final int SIGKILL = 9;

    /** Far longer than the kernel takes for anything that is asked for: a keeper that says nothing is ended. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    static final int NETFILTER = 12;

    /** At once: SJ_NETLINK_MAX. */
    static final int MESSAGES = 64;

    /** At once: SJ_NET_STEPS_MAX. */
    private static final int STEPS = 256;

    private final Kernel kernel;
    private final int socket;
    private final int pid;
    private final Sender sender;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as is what follows. */
    private long ids;

    private boolean ended;
    private int owner = -1;

    private Keeper(Kernel kernel, int socket, int pid) {
        this.kernel = kernel;
        this.socket = socket;
        this.pid = pid;
        this.sender = new Sender(kernel, socket);
    }

    /**
     * @param map how the ids of its user namespace are mapped, as kernel/user_namespace.h says; empty if it needs none
     * @throws SandboxException if this host does not let it have network namespaces
     */
    public static Keeper open(Kernel kernel, List<String> map) throws SandboxException {
        int[] pair = new int[2];
        Calls.check(kernel.socketPair(pair), STEP, "socketpair", null);
        int pid;
        try {
            pid = LauncherBinary.spawnForKeeper(kernel, pair[1], map);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(pair[0]);
            throw e;
        } finally {
            kernel.close(pair[1]);
        }
        Keeper keeper = new Keeper(kernel, pair[0], pid);
        keeper.greet();
        return keeper;
    }

    private void greet() throws SandboxException {
        lock.lock();
        try {
            KeeperAnswer ready = answer(0, STEP);
            if (ready.errno() != 0) {
                end();
                throw ready.refusal(STEP);
            }
            owner = ready.descriptor();
        } finally {
            lock.unlock();
        }
    }

    /** A descriptor of the user namespace that owns the networks, which stays the keeper's; -1 if that is this process's own. */
    public int owner() {
        lock.lock();
        try {
            return owner;
        } finally {
            lock.unlock();
        }
    }

    /** A network namespace: its number, by which it is asked for, and a descriptor, which is the caller's. */
    public record Made(long id, int descriptor) {}

    /** A new network namespace, which is kept until it is dropped. */
    public Made newNetwork(String step) throws SandboxException {
        lock.lock();
        try {
            long id = ++ids;
            int descriptor = ask(Frame.NET_NEW, id, new byte[0], step).descriptor();
            if (descriptor < 0) {
                throw new ProtocolException("a network namespace without a descriptor");
            }
            return new Made(id, descriptor);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A new network namespace, which is kept until it is dropped, with what is to be done in it first.
     *
     * @param first gets the number of the namespace, and asks for a few things there
     */
    public Made newNetwork(LongFunction<KeeperSteps> first, String step) throws SandboxException {
        lock.lock();
        try {
            long id = ++ids;
            List<KeeperSteps.Step> all = new ArrayList<>();
            all.add(new KeeperSteps.Step(Frame.NET_NEW, id, new byte[0], step, null));
            KeeperSteps steps = first.apply(id);
            all.addAll(steps.some(0, steps.count()));
            int descriptor;
            try {
                descriptor = ask(all).descriptor();
            } catch (SandboxException | RuntimeException | Error e) {
                drop(id);
                throw e;
            }
            if (descriptor < 0) {
                throw new ProtocolException("a network namespace without a descriptor");
            }
            return new Made(id, descriptor);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks for all of it, in this order.
     *
     * @throws SandboxException of the first that fails: what was done before stays
     */
    public void carryOut(KeeperSteps steps) throws SandboxException {
        lock.lock();
        try {
            for (int from = 0; from < steps.count(); from += STEPS) {
                KeeperAnswer unused = ask(steps.some(from, STEPS));
            }
        } finally {
            lock.unlock();
        }
    }

    private KeeperAnswer ask(List<KeeperSteps.Step> steps) throws SandboxException {
        KeeperSteps.Step first = steps.get(0);
        KeeperAnswer answer = exchange(Frame.NET_ALL, 0, KeeperSteps.body(steps), first.name());
        if (answer.errno() == 0) {
            return answer;
        }
        KeeperSteps.Step failed = first;
        if (answer.said().length == Integer.BYTES) {
            int index = new WireReader(answer.said(), 0, answer.said().length).i32();
            if (index < 0 || index >= steps.size()) {
                throw new ProtocolException("step " + index + " of " + steps.size() + " has failed");
            }
            failed = steps.get(index);
        }
        SandboxException refusal = answer.refusal(failed.name());
        throw failed.needs() == null ? refusal : needing(failed.needs(), failed.name(), refusal);
    }

    /** Asks the kernel for all of it, in a network that is kept. What it has done before something that it refuses stays. */
    public void send(long network, List<Message> messages, String step) throws SandboxException {
        for (int from = 0; from < messages.size(); from += MESSAGES) {
            sendSome(network, messages.subList(from, Math.min(from + MESSAGES, messages.size())), step);
        }
    }

    private void sendSome(long network, List<Message> messages, String step) throws SandboxException {
        send(network, RouteMessages.PROTOCOL, Batch.of(messages), step);
    }

    /**
     * Changes the rules of a network that is kept, all at once or not at all.
     *
     * @param needs what a kernel lacks that knows nothing of such rules
     * @throws UnsupportedIsolationException if it is one of these
     */
    public void changeRules(long network, List<Message> transaction, NetworkFeature needs, String step)
            throws SandboxException {
        try {
            send(network, NETFILTER, Batch.transaction(transaction), step);
        } catch (SandboxException e) {
            throw needing(needs, step, e);
        }
    }

    /**
     * As {@link #send(long, List, String)}.
     *
     * @param needs what a kernel lacks that knows nothing of such messages
     * @throws UnsupportedIsolationException if it is one of these
     */
    public void send(long network, List<Message> messages, NetworkFeature needs, String step) throws SandboxException {
        try {
            send(network, messages, step);
        } catch (SandboxException e) {
            throw needing(needs, step, e);
        }
    }

    /** As unsupported, where a kernel says so that knows nothing of what was asked for. */
    public static SandboxException needing(NetworkFeature needs, String step, SandboxException e) {
        return isMissing(e)
                ? new UnsupportedIsolationException(
                        null, step, e.systemCall().orElse(null), null, e.errno(), needs.cause(), needs.remedy())
                : e;
    }

    private static boolean isMissing(SandboxException e) {
        return Errno.EAFNOSUPPORT.is(e.errno())
                || Errno.EOPNOTSUPP.is(e.errno())
                || Errno.EPROTONOSUPPORT.is(e.errno())
                || Errno.ENOENT.is(e.errno());
    }

    /**
     * Asks for something in a network that is kept, about its rules.
     *
     * @return one answer for each, in their order
     */
    public List<byte[]> askForRules(long network, List<Message> questions, String step) throws SandboxException {
        return ask(network, NETFILTER, questions, step);
    }

    /** As {@link #askForRules}, about interfaces. */
    public List<byte[]> askForLinks(long network, List<Message> questions, String step) throws SandboxException {
        return ask(network, RouteMessages.PROTOCOL, questions, step);
    }

    /** Whatever the kernel has said to one question, an error among it. */
    KeeperAnswer answer(long network, int protocol, Message question, String step) throws SandboxException {
        byte[] body = body(protocol, Batch.of(List.of(question)));
        lock.lock();
        try {
            return exchange(Frame.NET_READ, network, body, step);
        } finally {
            lock.unlock();
        }
    }

    List<byte[]> ask(long network, int protocol, List<Message> questions, String step) throws SandboxException {
        List<byte[]> answers = new ArrayList<>();
        for (int from = 0; from < questions.size(); from += MESSAGES) {
            List<Message> some = questions.subList(from, Math.min(from + MESSAGES, questions.size()));
            answers.addAll(each(send(Frame.NET_READ, network, protocol, Batch.of(some), step)));
        }
        return answers;
    }

    static List<byte[]> each(byte[] said) {
        try {
            return Batch.each(said);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an answer of the kernel that has " + e.getMessage());
        }
    }

    void send(long network, int protocol, Batch batch, String step) throws SandboxException {
        send(Frame.NET_SEND, network, protocol, batch, step);
    }

    private byte[] send(int type, long network, int protocol, Batch batch, String step) throws SandboxException {
        byte[] body = body(protocol, batch);
        lock.lock();
        try {
            return ask(type, network, body, step).said();
        } finally {
            lock.unlock();
        }
    }

    static byte[] body(int protocol, Batch batch) {
        WireWriter body = new WireWriter().u32(protocol).u32(batch.patches().size());
        batch.patches().forEach(patch -> body.u32(patch.offset()).u64(patch.namespace()));
        return body.u32(batch.bytes().length).raw(batch.bytes()).bytes();
    }

    static byte[] sysctl(String path, String value) {
        return new WireWriter().str(path).str(value).bytes();
    }

    /**
     * Has the kernel asked for something when a network is dropped, or this process has ended.
     *
     * @param held a descriptor, which the keeper holds until then; that of the caller stays its own
     */
    public void last(long network, List<Message> messages, int held, String step) throws SandboxException {
        Batch batch = Batch.of(messages);
        byte[] body = new WireWriter()
                .u32(RouteMessages.PROTOCOL)
                .u32(0)
                .u32(batch.bytes().length)
                .raw(batch.bytes())
                .bytes();
        lock.lock();
        try {
            ask(Frame.NET_LAST, network, body, step, held);
        } finally {
            lock.unlock();
        }
    }

    /** @param path below /proc/sys/net */
    public void sysctl(long network, String path, String value, String step) throws SandboxException {
        byte[] body = sysctl(path, value);
        lock.lock();
        try {
            ask(Frame.NET_SYSCTL, network, body, step);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A datagram socket in a network that is kept, which is the caller's.
     *
     * @param address struct sockaddr, which no interface has to have yet
     */
    public int socket(long network, byte[] address, String step) throws SandboxException {
        byte[] body = new WireWriter().blob(address).bytes();
        lock.lock();
        try {
            int descriptor = ask(Frame.NET_SOCKET, network, body, step).descriptor();
            if (descriptor < 0) {
                throw new ProtocolException("a socket without a descriptor");
            }
            return descriptor;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A packet socket in a network that is kept, which is the caller's.
     *
     * @param device index of an interface, 0 for all
     * @param headers whether a struct virtio_net_hdr comes with each frame
     * @throws UnsupportedIsolationException if the kernel has none
     */
    public int packetSocket(long network, int device, boolean headers, String step) throws SandboxException {
        return made(
                Frame.NET_PACKET,
                network,
                new WireWriter().u32(device).u32(headers ? 1 : 0).bytes(),
                NetworkFeature.LINK,
                step);
    }

    /** The socket of a process that passes frames on, which is the caller's: {@link Cable}. */
    int cable(long network, String step) throws SandboxException {
        return made(Frame.NET_CABLE, network, new byte[0], NetworkFeature.LINK, step);
    }

    private int made(int type, long network, byte[] body, NetworkFeature needs, String step) throws SandboxException {
        lock.lock();
        try {
            int descriptor = ask(type, network, body, step).descriptor();
            if (descriptor < 0) {
                throw new ProtocolException("a socket without a descriptor");
            }
            return descriptor;
        } catch (SandboxException e) {
            throw needing(needs, step, e);
        } finally {
            lock.unlock();
        }
    }

    /** A descriptor, which is the caller's, that is at its end when the keeper has ended; -1 if it has. */
    public int watch() {
        lock.lock();
        try {
            return ended ? -1 : kernel.raise(socket);
        } finally {
            lock.unlock();
        }
    }

    /** Who uses the network goes on to do so; of one that nobody uses nothing is left. */
    public void drop(long network) {
        lock.lock();
        try {
            if (!ended) {
                sender.send(Frame.NET_DROP, network, new byte[0]);
            }
        } catch (SandboxException e) {
            end(); // it is gone, and the network with it
        } finally {
            lock.unlock();
        }
    }

    private KeeperAnswer ask(int type, long id, byte[] body, String step, int... descriptors) throws SandboxException {
        KeeperAnswer answer = exchange(type, id, body, step, descriptors);
        if (answer.errno() != 0) {
            throw answer.refusal(step);
        }
        return answer;
    }

    /** Whatever the keeper has said. */
    private KeeperAnswer exchange(int type, long id, byte[] body, String step, int... descriptors)
            throws SandboxException {
        if (ended) {
            throw gone(step);
        }
        try {
            sender.send(type, id, body, descriptors);
            return answer(id, step);
        } catch (LauncherEndedException e) {
            end();
            throw gone(step);
        }
    }

    private KeeperAnswer answer(long id, String step) throws SandboxException {
        if (!Poller.within(kernel, socket, Kernel.POLLIN, PATIENCE)) {
            kernel.kill(pid, SIGKILL);
        }
        Kernel.Received received = kernel.receive(socket);
        if (received.length() <= 0) {
            end();
            throw gone(step);
        }
        try {
            WireReader in = new WireReader(received.data(), 0, received.data().length);
            Frame frame = Frame.read(in);
            frame.check(received);
            if (frame.type() != Frame.NET_DONE || frame.id() != id) {
                throw new ProtocolException("an answer of type " + frame.type() + " to request " + id);
            }
            int[] fds = received.fds();
            KeeperAnswer answer =
                    new KeeperAnswer(in.i32(), in.i32(), in.str(), in.str(), in.blob(), fds.length == 1 ? fds[0] : -1);
            in.end();
            return answer;
        } catch (ProtocolException e) {
            for (int fd : received.fds()) {
                kernel.close(fd);
            }
            end();
            throw e;
        }
    }

    private static SandboxException gone(String step) {
        return new SandboxException(
                step,
                null,
                null,
                0,
                "the process that keeps the networks of this JVM has ended, and they with it",
                "open the network again; if nobody has killed that process, what it wrote to standard error says why");
    }

    /** Whether it has ended. */
    public boolean isEnded() {
        lock.lock();
        try {
            // It says nothing unasked.
            if (!ended && kernel.poll(socket, Kernel.POLLIN, 0) > 0) {
                end();
            }
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** All networks end. */
    @Override
    public void close() {
        lock.lock();
        try {
            end();
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        sender.close();
        if (owner >= 0) {
            kernel.close(owner);
            owner = -1;
        }
        // Somebody who watches it may hold its socket open.
        kernel.kill(pid, SIGKILL);
        kernel.waitFor(pid);
    }
}
