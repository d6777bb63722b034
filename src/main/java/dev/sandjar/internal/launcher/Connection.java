package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.protocol.WireReader;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.Uninterruptibles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One launcher process and the socket to it. Requests may come from any thread; answers and ends arrive on one daemon thread, which
 * runs nothing of a user's. When the socket ends, so does the launcher; when all it started is gone, every process is reported lost.
 */
public final class Connection {
    public static final int WIRE_VERSION = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final Duration GREETING = Duration.ofSeconds(10);
    private static final int SIGKILL = 9;
    private static final int LOOK_MILLIS = 5_000;

    private final Kernel kernel;
    private final Sender sender;
    private final int launcherPid;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, Run> runs = new ConcurrentHashMap<>();
    private final CompletableFuture<Event.Hello> hello = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final Thread reader;
    private volatile boolean lost;
    /** Whether its end was asked for. */
    private volatile boolean ending;

    private volatile long used = System.nanoTime();
    private volatile Idle idle = nanos -> false;
    private volatile Runnable onEnd = () -> {};
    private volatile @Nullable TemplateListener templates;
    private final List<Runnable> afterEnd = new CopyOnWriteArrayList<>();

    private Connection(Kernel kernel, int socket, int launcherPid) {
        this.kernel = kernel;
        this.sender = new Sender(kernel, socket);
        this.launcherPid = launcherPid;
        // No inherited thread locals, and the context class loader of whoever happened to need it first neither: the
        // thread outlives it.
        this.reader = new Thread(null, () -> read(socket), "sandjar-launcher", 0, false);
        reader.setDaemon(true);
        reader.setContextClassLoader(ClassLoader.getSystemClassLoader());
    }

    /** Decides whether a launcher that has nothing to do is ended. */
    public interface Idle {
        /** @param nanos for how long it has had nothing to do */
        boolean isEnough(long nanos);
    }

    /** Learns of the launcher's templates, on the reader thread: it does nothing that waits. */
    public interface TemplateListener {
        void ready(long template);

        /** @param begun whether there was a process */
        void ended(long template, boolean begun);
    }

    /** To be called before a template is asked for. */
    public void onTemplates(TemplateListener listener) {
        templates = listener;
    }

    /** @param onEnd runs on the reader thread when the launcher is gone */
    public void manage(Idle policy, Runnable onEnd) {
        this.onEnd = onEnd;
        this.idle = policy;
    }

    /** Starts a launcher and greets it. */
    public static Connection open(Kernel kernel) throws SandboxException {
        return open(kernel, socket -> LauncherBinary.spawn(kernel, socket), GREETING);
    }

    /** How the process at the other end comes to be; returns its process id. */
    interface Spawn {
        int with(int socket) throws SandboxException;
    }

    public static Connection open(Kernel kernel, Spawn spawn, Duration greeting) throws SandboxException {
        Event.load();
        Run.load();
        Orphans.awaitEnd(List.of()); // for the class to be there at the end
        int[] pair = new int[2];
        Calls.check(kernel.socketPair(pair), "start the launcher", "socketpair", null);
        int pid;
        try {
            pid = spawn.with(pair[1]);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(pair[0]);
            throw e;
        } finally {
            kernel.close(pair[1]);
        }
        Connection connection = new Connection(kernel, pair[0], pid);
        connection.reader.start();
        connection.greet(greeting);
        return connection;
    }

    private void greet(Duration patience) throws SandboxException {
        try {
            sender.send(Frame.HELLO, 0, new byte[] {WIRE_VERSION, 0, 0, 0});
            Event.Hello answer = Uninterruptibles.join(hello, patience);
            if (answer != null && answer.wireVersion() == WIRE_VERSION) {
                return;
            }
            ending = true;
            sender.ifOpen(() -> kernel.kill(launcherPid, SIGKILL));
            throw greetingFailed(
                    answer == null
                            ? "it has not answered for " + patience.toSeconds() + " seconds"
                            : "it speaks version " + answer.wireVersion() + " of the protocol, this library "
                                    + WIRE_VERSION);
        } catch (LauncherEndedException | CompletionException e) {
            throw greetingFailed("it ended at once; what it wrote to standard error says why");
        }
    }

    private static SandboxException greetingFailed(String reason) {
        return new SandboxException(
                "greet the launcher",
                null,
                null,
                0,
                reason,
                "use the launcher that belongs to this jar: check -Dsandjar.launcher");
    }

    /** Whether it has ended, or is about to, because this process wanted it to. */
    public boolean isEnding() {
        return ending;
    }

    public boolean isLost() {
        return lost;
    }

    /** Whether nothing is left of it. */
    public boolean isGone() {
        return gone.isDone();
    }

    public int features() {
        return hello.join().features();
    }

    public String launcherVersion() {
        return hello.join().version();
    }

    public int launcherPid() {
        return launcherPid;
    }

    /** A number for a plan or a process: one sequence for both, because failures are reported by number alone. */
    public long nextId() {
        return ids.incrementAndGet();
    }

    /**
     * A process about to be asked for: its events are kept from now on.
     *
     * @param listener gets the descriptor of its filter's listener, on the reader thread; null if it has none
     */
    public Run expect(@Nullable IntConsumer listener) throws SandboxException {
        used = System.nanoTime();
        Run run = new Run(nextId(), listener);
        runs.put(run.id, run);
        if (lost) {
            runs.remove(run.id);
            throw new LauncherEndedException(false);
        }
        return run;
    }

    /** Of a process that nothing more is expected of. */
    public void forget(Run run) {
        if (runs.remove(run.id) == null) {
            return;
        }
        used = System.nanoTime();
        if (Thread.currentThread() != reader) {
            lookAgain();
        }
    }

    /** The reader may wait for a report on what has just been forgotten, and would not see that there is nothing left to do. */
    private void lookAgain() {
        try {
            send(Frame.PING, 0, new byte[0]);
        } catch (SandboxException e) {
            LOG.trace("Launcher {} can't be asked: the reader comes upon its end", launcherPid, e);
        }
    }

    /** Sends one message; descriptors stay the caller's. */
    public void send(int type, long id, byte[] body, int... fds) throws SandboxException {
        try {
            sender.send(type, id, body, fds);
        } catch (LauncherEndedException e) {
            lost = true; // the reader is about to see the same, but the caller may want to start again now
            throw e;
        }
    }

    private void read(int socket) {
        String why = "end of its socket";
        try {
            Kernel.Received received = next(socket);
            while (received.length() > 0) {
                handle(received);
                received = next(socket);
            }
            if (received.length() < 0) {
                why = "recvmsg: " + Errno.describe(-received.length());
            }
        } catch (ProtocolException e) {
            why = "malformed message: " + e.getMessage();
            LOG.error("The launcher sent something that is not its protocol; it is ended", e);
        } catch (RuntimeException | Error e) {
            why = "its reader has failed: " + e;
            throw e;
        } finally {
            end(why);
        }
    }

    private Kernel.Received next(int socket) {
        while (runs.isEmpty() && !ending && kernel.poll(socket, Kernel.POLLIN, LOOK_MILLIS) == 0) {
            if (idle.isEnough(System.nanoTime() - used)) {
                retire();
            }
        }
        return kernel.receive(socket);
    }

    /** Ends a launcher that has nothing to do; a start that comes at this moment finds it lost and takes another one. */
    private void retire() {
        lost = true;
        if (runs.isEmpty()) {
            ending = true;
            sender.end();
        } else {
            lost = false; // it came a little earlier
        }
    }

    /**
     * Kills whatever runs and ends the launcher; returns when that is gone, or after so long. An interrupt doesn't cut that short, and
     * stays set.
     */
    public void shutdown(Duration patience) {
        lost = true;
        ending = true;
        List<CompletableFuture<?>> ends = new ArrayList<>();
        for (Run run : runs.values()) {
            try {
                run.destroy();
                sender.send(Frame.KILL, run.id, Frame.kill(Event.Exited.WHY_ASKED));
                if (run.isRunning()) {
                    ends.add(run.end); // of others nothing is reported
                }
            } catch (SandboxException e) {
                break; // it has ended already
            }
        }
        try {
            Uninterruptibles.join(CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)), patience);
        } finally {
            sender.end();
            Uninterruptibles.join(gone, patience);
        }
    }

    private void handle(Kernel.Received received) {
        boolean taken = false;
        try {
            WireReader in = new WireReader(received.data(), 0, received.data().length);
            Frame frame = Frame.read(in);
            frame.check(received);
            taken = dispatch(frame.id(), Event.read(frame, in), received.fds());
        } finally {
            if (!taken) {
                for (int fd : received.fds()) {
                    kernel.close(fd);
                }
            }
        }
    }

    /** Whether the descriptors have found an owner. */
    private boolean dispatch(long id, Event event, int[] fds) {
        if (event instanceof Event.Hello greeting) {
            hello.complete(greeting);
            return false;
        }
        TemplateListener listener = templates;
        if (event instanceof Event.TemplateReady && listener != null) {
            listener.ready(id);
            return false;
        }
        if (event instanceof Event.TemplateEnded ended && listener != null) {
            listener.ended(id, ended.begun());
            return false;
        }
        Run run = runs.get(id);
        if (run == null) {
            return false; // a plan that was refused shows up when it is started
        }
        if (event instanceof Event.Started started) {
            return run.started(started, fds.length == 0 ? -1 : fds[0]);
        }
        if (event instanceof Event.Listens) {
            return fds.length == 1 && run.listens(fds[0]);
        }
        if (event instanceof Event.Channel) {
            return fds.length == 1 && run.channel(fds[0]);
        }
        if (event instanceof Event.Failed failed) {
            // The last that is reported of it. Taken out here: who receives it may be slower than this thread's next
            // look.
            runs.remove(id);
            used = System.nanoTime();
            run.failed(failed.failure());
        } else if (event instanceof Event.Ready ready) {
            run.ready(ready);
        } else if (event instanceof Event.Paused paused) {
            run.paused.complete(paused.supervisor());
        } else if (event instanceof Event.Notice notice) {
            run.notice(notice);
        } else if (event instanceof Event.Exited exited) {
            runs.remove(id);
            used = System.nanoTime();
            run.exited(exited);
        }
        return false;
    }

    /** What a launcher does at its end, for one that has come to none that was asked for. */
    public void afterEnd(Runnable action) {
        afterEnd.add(action);
    }

    private void end(String why) {
        lost = true;
        try {
            tell(why);
        } finally {
            release(); // also where a log or an output stream of the host's fails
        }
    }

    private void tell(String why) {
        if (ending) {
            LOG.debug("Launcher {} has ended as it was told to", launcherPid);
        } else {
            long running = runs.values().stream().filter(Run::isRunning).count();
            LOG.warn("Launcher {} has ended unasked ({}): {} running sandboxes are lost", launcherPid, why, running);
        }
    }

    private void release() {
        try {
            endAll();
        } finally {
            onEnd.run();
            gone.complete(null);
        }
    }

    private void endAll() {
        sender.close();
        // Its end of the socket is gone, so that a launcher is dead or dying; only a program that is none could live
        // on.
        kernel.kill(launcherPid, SIGKILL);
        kernel.waitFor(launcherPid);
        // By now the class loader may have been closed: an end that was asked for needs no class that isn't there yet.
        if (!hello.isDone()) {
            hello.completeExceptionally(new LauncherEndedException(true));
        }
        if (!runs.isEmpty()) {
            List<Integer> supervisors = new ArrayList<>();
            runs.values().forEach(run -> supervisors.add(run.supervisor()));
            Orphans.awaitEnd(supervisors);
            runs.values().forEach(run -> run.lost(ending));
            runs.clear();
        }
        if (!ending) {
            afterEnd.forEach(Runnable::run);
        }
    }
}
