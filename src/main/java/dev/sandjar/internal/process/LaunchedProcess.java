package dev.sandjar.internal.process;

import dev.sandjar.Command;
import dev.sandjar.ExitReport;
import dev.sandjar.Limits;
import dev.sandjar.ProcessTree;
import dev.sandjar.ResourceUsage;
import dev.sandjar.SandboxEvent;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.TerminalSize;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.hostfs.PrivateDirectory;
import dev.sandjar.internal.lan.Attachment;
import dev.sandjar.internal.lan.SandboxSpace;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.launcher.LauncherEndedException;
import dev.sandjar.internal.launcher.Relay;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.plan.NoCgroups;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.stdio.HostStreams;
import dev.sandjar.internal.stdio.OutputLimit;
import dev.sandjar.internal.stdio.PolledFd;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.Uninterruptibles;
import dev.sandjar.linux.PressureThreshold;
import dev.sandjar.network.CniAttachment;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running program, or one that has ended: the main one of a sandbox, or a further one beside it. */
public final class LaunchedProcess extends SandboxProcess {
    private static final String EXEC_STEP = "execute a process in the sandbox";
    private static final String ENDED = "the sandbox has ended";
    private static final Logger LOG = LoggerFactory.getLogger(LaunchedProcess.class);

    /** Starts more processes in the sandbox of {@code owner}. */
    public interface Execs {
        SandboxProcess exec(Command command, LaunchedProcess owner) throws IOException;
    }

    /** More than the end of a sandbox takes from the death of its init on. */
    private static final Duration DYING = Duration.ofSeconds(3);

    private final Connection connection;
    private final Execs execs;
    private final Plan plan;
    private final Command command;
    private final Run run;
    private final Event.Started started;
    private final HostStreams streams;
    private final @Nullable GroupControl control;
    private final @Nullable CallHandler handler;
    private final @Nullable PrivateDirectory tmp;
    private final @Nullable Relay relay;
    private final @Nullable SandboxSpace space;
    private final long startedAt = System.nanoTime();
    /** The sandbox's main process, null for that itself. */
    private final @Nullable LaunchedProcess owner;

    /** Completed by the thread that all ends arrive on: users only ever get copies that other threads complete. */
    private final CompletableFuture<ExitReport> report;

    private final ProcessRecords records;

    private volatile @Nullable ProcessHandle handle;

    public LaunchedProcess(
            Connection connection,
            Plan plan,
            Command command,
            Run run,
            Event.Started started,
            HostStreams streams,
            Supervision outcome,
            Execs execs,
            @Nullable LaunchedProcess owner) {
        this.connection = connection;
        this.execs = execs;
        this.plan = plan;
        this.command = command;
        this.run = run;
        this.started = started;
        this.streams = streams;
        this.owner = owner == null || owner.owner == null ? owner : owner.owner;
        this.tmp = outcome.tmp();
        this.control = outcome.control();
        OutputLimit limit = outcome.limit();
        this.handler = outcome.handler();
        this.relay = outcome.relay();
        this.report = new CompletableFuture<>();
        this.records = new ProcessRecords(started.pid(), plan, command.program());
        this.space = outcome.space();
        if (space != null) {
            space.sent();
            space.isOf(this);
        }
        CompletableFuture<ExitReport> unused = ExitReports.after(
                        run.end, plan, started, this::isDestroyed, outcome, streams)
                .whenComplete(this::end);
        if (limit != null) {
            limit.onExceeded(() -> request(Frame.KILL, Frame.kill(Event.Exited.WHY_OUTPUT)));
        }
        TreeWatch watch = outcome.watch();
        if (watch != null) {
            watch.watch(started.supervisor(), run.end, () -> request(Frame.KILL, Frame.kill(Event.Exited.WHY_ASKED)));
        }
    }

    /** Recorders know of the end before those who wait for it go on. */
    private void end(@Nullable ExitReport made, @Nullable Throwable failure) {
        ExitReport known = made == null ? ExitReports.lost(started) : made;
        try {
            if (made == null) {
                LOG.error("What process {} has come to can't be reported", pid(), failure);
            }
            records.end(known, owner == null);
        } finally {
            report.complete(known); // whatever a recorder or a log does
            ended();
        }
    }

    private boolean isDestroyed() {
        LaunchedProcess main = owner;
        return run.isDestroyed() || (main != null && main.run.isDestroyed());
    }

    /** Who decides on its calls; null if nobody is asked. */
    @Nullable
    public CallHandler handler() {
        return handler;
    }

    /** The directory of the sandbox in place of /tmp; null if it has none. */
    public @Nullable PrivateDirectory tmp() {
        LaunchedProcess main = owner;
        return main == null ? tmp : main.tmp;
    }

    /** What the launcher calls it. */
    public long id() {
        return run.id;
    }

    @Override
    public CompletableFuture<ExitReport> onReport() {
        return report.thenApplyAsync(value -> value);
    }

    @Override
    public ExitReport waitForReport() throws InterruptedException {
        try {
            return report.get();
        } catch (ExecutionException e) {
            throw neverFails(e);
        }
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            report.get(Math.max(timeout, 0), unit);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw neverFails(e);
        }
    }

    private static AssertionError neverFails(ExecutionException e) {
        return new AssertionError("a report is completed with a value alone", e);
    }

    @Override
    public int exitValue() {
        if (isAlive()) {
            throw new IllegalThreadStateException("process " + pid() + " has not ended");
        }
        return report.join().exitValue();
    }

    @Override
    public boolean isAlive() {
        return !report.isDone();
    }

    @Override
    public long pid() {
        return started.pid();
    }

    @Override
    public ProcessHandle toHandle() {
        ProcessHandle known = handle;
        if (known == null && isAlive()) {
            known = ProcessHandle.of(pid()).orElse(null);
            if (known != null && isAlive()) {
                handle = known; // looked up before the number could belong to another process
                return known;
            }
            known = null;
        }
        return known != null ? known : new EndedHandle(pid(), onReport());
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        if (owner != null || !isAlive()) {
            return toHandle().descendants();
        }
        // Orphans of the sandbox hang below its supervisor, beside the main process.
        return ProcessHandle.of(started.supervisor()).stream()
                .flatMap(ProcessHandle::descendants)
                .filter(process -> process.pid() != pid());
    }

    @Override
    public ProcessTree processes() throws IOException {
        if (!isAlive()) {
            return ProcessTrees.ended(pid(), started.pidInside(), command.program());
        }
        return owner == null
                ? ProcessTrees.ofSandbox(pid(), started.pidInside(), started.supervisor(), command.program())
                : ProcessTrees.of(pid(), started.pidInside(), command.program());
    }

    @Override
    public OutputStream getOutputStream() {
        return streams.stdin();
    }

    @Override
    public InputStream getInputStream() {
        return streams.stdout();
    }

    @Override
    public InputStream getErrorStream() {
        return streams.stderr();
    }

    @Override
    public InputStream descriptorInput(String name) {
        return found(streams.inputs().get(name), name, "pipeOut");
    }

    @Override
    public OutputStream descriptorOutput(String name) {
        return found(streams.outputs().get(name), name, "pipeIn");
    }

    private static <T> T found(@Nullable T stream, String name, String kind) {
        if (stream == null) {
            throw new IllegalArgumentException(
                    "no descriptor \"" + name + "\" was declared as Descriptor." + kind + "()");
        }
        return stream;
    }

    @Override
    public boolean isPty() {
        return streams.terminal() != null;
    }

    @Override
    public void resize(int rows, int columns) {
        TerminalSize size = new TerminalSize(rows, columns);
        PolledFd terminal = streams.terminal();
        if (terminal == null) {
            throw new IllegalStateException("process " + pid() + " has no terminal; Command.pty(...) gives it one");
        }
        terminal.resize(size.rows(), size.columns());
    }

    @Override
    public Optional<Path> upperDirectory() {
        return Optional.ofNullable(plan.upperDirectory());
    }

    @Override
    public ResourceUsage usage() throws IOException {
        if (owner != null) {
            return owner.usage();
        }
        if (!isAlive()) {
            return report.join().usage();
        }
        String network = plan.countsNetwork() ? NetworkDevices.of(pid()) : "";
        return Usages.now(System.nanoTime() - startedAt, control == null ? null : control.usage(), network);
    }

    @Override
    public void update(Limits limits) throws IOException {
        control().update(limits);
    }

    @Override
    public void update(Firewall firewall) throws IOException {
        if (owner != null) {
            owner.update(firewall);
            return;
        }
        Objects.requireNonNull(firewall, "firewall");
        attachment().replace(firewall);
    }

    @Override
    public FirewallCounters firewallCounters() throws IOException {
        return owner == null ? attachment().counters() : owner.firewallCounters();
    }

    private Attachment attachment() {
        if (space instanceof Attachment attached) {
            return attached;
        }
        throw new IllegalStateException("the sandbox is not attached to a network");
    }

    @Override
    public Optional<CniAttachment> cni() {
        if (owner != null) {
            return owner.cni();
        }
        return space instanceof CniAttachment attached ? Optional.of(attached) : Optional.empty();
    }

    @Override
    public void freeze() throws IOException {
        control().freeze();
    }

    @Override
    public void thaw() throws IOException {
        control().thaw();
    }

    @Override
    public void onEvent(Consumer<? super SandboxEvent> listener, PressureThreshold... thresholds) throws IOException {
        control().onEvent(listener, List.of(thresholds));
    }

    /** For the flight recorder, without which the sandbox runs as well. */
    public void recordLimits() {
        GroupControl found = control;
        if (found != null) {
            records.follow(found);
        }
    }

    private GroupControl control() {
        LaunchedProcess main = owner == null ? this : owner;
        GroupControl found = main.control;
        if (found == null) {
            NoCgroups ofHost = main.plan.noCgroups();
            throw new IllegalStateException("the sandbox of process " + pid() + " has no cgroup: "
                    + (ofHost == null
                            ? "it was started without limits; SandboxBuilder.accounting() gives it one"
                            : ofHost.toString()));
        }
        if (!main.isAlive()) {
            throw new IllegalStateException("the sandbox of process " + pid() + " has ended");
        }
        return found;
    }

    @Override
    public void signal(Signal signal) {
        request(Frame.SIGNAL, new WireWriter().u32(signal.number()).bytes());
    }

    @Override
    protected void stop() {
        request(Frame.SIGNAL, new WireWriter().u32(plan.bounds().stopSignal()).bytes());
    }

    @Override
    public void destroy() {
        if (isAlive()) {
            run.destroy();
            request(Frame.KILL, Frame.kill(Event.Exited.WHY_ASKED));
        }
    }

    private void request(int type, byte[] body) {
        if (!isAlive()) {
            return;
        }
        try {
            connection.send(type, run.id, body);
        } catch (SandboxException e) {
            return; // the launcher has ended: the report is about to say so
        }
    }

    public Command command() {
        return command;
    }

    @Override
    public int publishedPort(int port) {
        LaunchedProcess main = owner == null ? this : owner;
        InetSocketAddress found = main.relay == null ? null : main.relay.published(port);
        if (found == null) {
            throw new IllegalArgumentException(
                    "port " + port + " is not published at a port of the host: the network is " + plan.network());
        }
        return found.getPort();
    }

    @Override
    public SandboxProcess exec(Command command) throws IOException {
        GroundAccess.get().checkStart(command);
        GroundAccess.get().checkFurther(command);
        LaunchedProcess main = owner == null ? this : owner;
        if (!main.isAlive()) {
            throw named(sandboxEnded(), plan.name());
        }
        try {
            return execs.exec(command, main);
        } catch (SandboxException e) {
            throw named(main.isEnding(e) ? sandboxEnded() : e, plan.name());
        }
    }

    public static SandboxException sandboxEnded() {
        return new SandboxException(EXEC_STEP, null, null, 0, ENDED, "start it again");
    }

    /** Whether it is {@link #sandboxEnded}: nothing was started then. */
    public static boolean isSandboxEnded(SandboxException e) {
        return e.step().equals(EXEC_STEP) && e.reason().equals(ENDED);
    }

    /** Whether that another process could not be started is what is seen of the sandbox's end before that is reported. */
    private boolean isEnding(SandboxException e) {
        // A pid namespace whose init is dying takes no more processes: fork(2) fails with ENOMEM then.
        boolean maybe = Errno.ENOMEM.is(e.errno());
        return e instanceof LauncherEndedException
                || run.end.isDone()
                || (maybe && Uninterruptibles.join(run.end, DYING) != null);
    }

    @Override
    public void close() {
        destroy();
        report.handle((value, failure) -> value).join();
        streams.close();
        closeRoot();
    }

    @Override
    public String toString() {
        return "SandboxProcess[pid=" + pid() + ", "
                + (isAlive() ? "running" : report.join().verdict()) + "]";
    }
}
