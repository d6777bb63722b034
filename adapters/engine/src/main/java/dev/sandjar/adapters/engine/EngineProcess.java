package dev.sandjar.adapters.engine;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.CreateContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.StreamType;
import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.LimitHits;
import dev.sandjar.Limits;
import dev.sandjar.MemoryUsage;
import dev.sandjar.ProcessTree;
import dev.sandjar.ResourceUsage;
import dev.sandjar.RunBounds;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxEvent;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.Verdict;
import dev.sandjar.linux.PressureThreshold;
import dev.sandjar.network.CniAttachment;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A container of an engine as the process that it was made for. */
final class EngineProcess extends SandboxProcess {
    private static final Logger LOG = LoggerFactory.getLogger(EngineProcess.class);
    private static final String LABEL = "dev.sandjar";
    private static final String KILL = "KILL";
    private static final int SIGNALS = 128;
    private static final int SIGNAL_MAX = 64;
    private static final int SIGSYS = 31;
    private static final long ATTACH_SECONDS = 30;
    private static final Set<EngineProcess> LIVE = ConcurrentHashMap.newKeySet();
    private static final ScheduledExecutorService TIMER =
            Executors.newSingleThreadScheduledExecutor(work -> daemon("sandjar-engine-timer", work));

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> LIVE.forEach(EngineProcess::remove), "sandjar-engine-end"));
    }

    private final Engine engine;
    private final String id;
    private final AppliedPolicy applied;
    private final RunBounds bounds;
    private final boolean filtered;
    private final StreamBuffer out = new StreamBuffer();
    private final StreamBuffer err = new StreamBuffer();
    private final InputConnection in;
    private final AtomicReference<@Nullable Verdict> ending = new AtomicReference<>();
    private final CompletableFuture<ExitReport> report = new CompletableFuture<>();
    private final CompletableFuture<Boolean> gone = new CompletableFuture<>();
    private long written;
    private volatile long began;
    private volatile long ended;
    private volatile @Nullable ScheduledFuture<?> timer;

    private EngineProcess(Engine engine, String id, AppliedPolicy applied, Sandbox policy) throws IOException {
        in = InputConnection.open(engine.socket(), id);
        this.engine = engine;
        this.id = id;
        this.applied = applied;
        bounds = policy.bounds();
        filtered = !policy.confinement().seccomp().isNone();
    }

    private static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    static EngineProcess start(Engine engine, String image, Sandbox policy, EnginePlan plan, Command command)
            throws IOException {
        long begin = System.nanoTime();
        CreateContainerResponse made = engine.ask(
                "make a container of " + image, client -> ask(client.createContainerCmd(image), policy, plan, command)
                        .exec());
        String id = made.getId();
        EngineProcess process = null;
        try {
            List<AppliedPolicy.Entry> entries = new ArrayList<>(plan.entries());
            check(engine, id, plan.host(), made.getWarnings());
            process = new EngineProcess(engine, id, new AppliedPolicy(entries), policy);
            LIVE.add(process);
            process.begin(command, begin);
            return process;
        } catch (IOException | RuntimeException e) {
            remove(engine, id);
            if (process != null) {
                LIVE.remove(process);
                process.endInput();
            }
            throw e;
        }
    }

    private static CreateContainerCmd ask(CreateContainerCmd make, Sandbox policy, EnginePlan plan, Command command) {
        List<String> argv = command.argv();
        Map<String, String> environment = new TreeMap<>(policy.process().environment());
        environment.putAll(command.environment());
        make.withHostConfig(plan.host())
                .withEntrypoint(argv.get(0))
                .withCmd(argv.subList(1, argv.size()))
                .withEnv(environment.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList())
                .withLabels(Map.of(LABEL, policy.name().orElse("")))
                .withStdinOpen(true)
                .withStdInOnce(true)
                .withAttachStdin(true)
                .withAttachStdout(true)
                .withAttachStderr(true)
                .withTty(false);
        policy.namespaces().hostname().ifPresent(make::withHostName);
        command.directory().or(() -> policy.process().workingDirectory()).ifPresent(make::withWorkingDir);
        policy.user().ifPresent(user -> {
            make.withUser(user.uid() + ":" + user.gid());
            plan.host().withGroupAdd(user.groups().stream().map(String::valueOf).toList());
        });
        return make;
    }

    /** An engine that passes over what it doesn't know would give less than was promised. */
    private static void check(Engine engine, String id, HostConfig asked, String @Nullable [] warnings)
            throws IOException {
        if (warnings != null && warnings.length > 0) {
            throw new UnsupportedIsolationException(
                    null,
                    "make a container",
                    null,
                    engine.socket().toString(),
                    0,
                    "the engine warns: " + String.join("; ", warnings),
                    "leave out of the policy what it can't give");
        }
        InspectContainerResponse made = engine.ask("look at the container", client -> client.inspectContainerCmd(id)
                .exec());
        HostConfig is = made.getHostConfig();
        same("ReadonlyRootfs", asked.getReadonlyRootfs(), is.getReadonlyRootfs());
        same("NetworkMode", asked.getNetworkMode(), is.getNetworkMode());
        same("Privileged", false, is.getPrivileged());
        same("Memory", asked.getMemory(), is.getMemory());
        same("NanoCpus", asked.getNanoCPUs(), is.getNanoCPUs());
        same("PidsLimit", asked.getPidsLimit(), is.getPidsLimit());
        List<InspectContainerResponse.Mount> mounts = made.getMounts() == null ? List.of() : made.getMounts();
        Set<String> targets = new HashSet<>();
        Arrays.stream(asked.getBinds())
                .forEach(bind -> targets.add(bind.getVolume().getPath()));
        targets.addAll(asked.getTmpFs().keySet());
        for (InspectContainerResponse.Mount mount : mounts) {
            String target = Objects.requireNonNull(mount.getDestination()).getPath();
            if (!targets.contains(target)) {
                throw new UnsupportedIsolationException(
                        null,
                        "root file system",
                        null,
                        target,
                        0,
                        "the image declares a writable volume there",
                        "put tmpfs(...) there, or use another image");
            }
        }
    }

    private static void same(String field, @Nullable Object asked, @Nullable Object is) throws IOException {
        if (asked != null && !asked.equals(is)) {
            throw new UnsupportedIsolationException(
                    null,
                    "make a container",
                    null,
                    null,
                    0,
                    "the engine was told " + field + " " + asked + " and made it " + is,
                    "leave it out of the policy, or use another engine");
        }
    }

    private void begin(Command command, long begin) throws IOException {
        Attached attached = new Attached();
        engine.ask("connect to the container's streams", client -> client.attachContainerCmd(id)
                .withStdOut(true)
                .withStdErr(true)
                .withFollowStream(true)
                .exec(attached));
        attached.awaitConnection();
        engine.ask("start " + command.program(), client -> client.startContainerCmd(id)
                .exec());
        began = System.nanoTime();
        Duration timeout = command.timeout()
                .filter(time -> bounds.timeout().isEmpty()
                        || time.compareTo(bounds.timeout().get()) < 0)
                .or(bounds::timeout)
                .orElse(null);
        if (timeout != null) {
            timer = TIMER.schedule(this::timeOut, timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        Duration setup = Duration.ofNanos(began - begin);
        daemon("sandjar-engine-wait", () -> watch(attached, setup)).start();
    }

    private void timeOut() {
        if (bounds.grace().isZero()) {
            end(Verdict.TIMED_OUT);
            return;
        }
        ending.compareAndSet(null, Verdict.TIMED_OUT);
        signal(bounds.stopSignal().isPresent() ? bounds.stopSignal().getAsInt() : Signal.TERM.number());
        timer = TIMER.schedule(this::kill, bounds.grace().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void end(Verdict verdict) {
        ending.compareAndSet(null, verdict);
        kill();
    }

    private void kill() {
        tell(KILL);
    }

    private void tell(String signal) {
        try {
            engine.client().killContainerCmd(id).withSignal(signal).exec();
        } catch (NotFoundException | ConflictException e) {
            LOG.debug("container {} has ended before signal {}", id, signal, e);
        } catch (RuntimeException e) {
            if (!report.isDone()) {
                LOG.warn("container {} could not be sent signal {}", id, signal, e);
            }
        }
    }

    /** Waits for the end, and makes the report when all output has been taken in. */
    private void watch(Attached attached, Duration setup) {
        int status = -1;
        boolean outOfMemory = false;
        try {
            status = engine.client()
                    .waitContainerCmd(id)
                    .exec(new WaitContainerResultCallback())
                    .awaitStatusCode();
            ended = System.nanoTime();
            out.release();
            err.release();
            attached.awaitCompletion();
            InspectContainerResponse.ContainerState state =
                    engine.client().inspectContainerCmd(id).exec().getState();
            outOfMemory = Boolean.TRUE.equals(state.getOOMKilled());
        } catch (RuntimeException e) {
            LOG.warn("container {} was lost sight of", id, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended = ended == 0 ? System.nanoTime() : ended;
            ScheduledFuture<?> waiting = timer;
            if (waiting != null) {
                waiting.cancel(false);
            }
            out.release();
            err.release();
            out.complete();
            err.complete();
            remove();
            endInput();
            report.complete(report(status, outOfMemory, setup));
            ended();
            gone.complete(true);
        }
    }

    private ExitReport report(int status, boolean outOfMemory, Duration setup) {
        boolean signalled = status > SIGNALS && status <= SIGNALS + SIGNAL_MAX;
        Verdict reason = ending.get();
        Verdict verdict;
        if (status < 0) {
            verdict = Verdict.LOST;
        } else if (reason != null) {
            verdict = reason;
        } else if (outOfMemory) {
            verdict = Verdict.OOM_KILLED;
        } else if (signalled) {
            verdict = filtered && status == SIGNALS + SIGSYS ? Verdict.SECCOMP_VIOLATION : Verdict.SIGNALED;
        } else {
            verdict = Verdict.EXITED;
        }
        return new ExitReport(
                verdict,
                status < 0 || signalled ? OptionalInt.empty() : OptionalInt.of(status),
                signalled ? OptionalInt.of(status - SIGNALS) : OptionalInt.empty(),
                false,
                usage(),
                applied,
                List.of(),
                setup,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private void remove() {
        remove(engine, id);
        LIVE.remove(this);
    }

    private static void remove(Engine engine, String id) {
        try {
            engine.client()
                    .removeContainerCmd(id)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
        } catch (NotFoundException e) {
            LOG.debug("container {} is gone", id, e);
        } catch (RuntimeException e) {
            LOG.warn("container {} could not be removed", id, e);
        }
    }

    private void endInput() {
        try {
            in.end();
        } catch (IOException e) {
            LOG.debug("input of container {}", id, e);
        }
    }

    /** Takes in what the container writes. One thread calls it. */
    private final class Attached extends ResultCallback.Adapter<Frame> {
        private final CompletableFuture<Boolean> connected = new CompletableFuture<>();

        @Override
        public void onStart(Closeable stream) {
            super.onStart(stream);
            connected.complete(true);
        }

        @Override
        public void onError(Throwable failure) {
            if (!connected.completeExceptionally(failure)) {
                LOG.debug("streams of container {}", id, failure);
            }
            onComplete();
        }

        void awaitConnection() throws IOException {
            String cause;
            try {
                connected.get(ATTACH_SECONDS, TimeUnit.SECONDS);
                return;
            } catch (ExecutionException e) {
                cause = "the engine answered: " + e.getCause();
            } catch (TimeoutException e) {
                cause = "the engine has not answered within " + ATTACH_SECONDS + " s";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while starting");
            }
            throw new SandboxException(
                    "connect to the container's streams",
                    null,
                    engine.socket().toString(),
                    0,
                    cause,
                    "see that the engine can start containers at all");
        }

        @Override
        public void onNext(Frame frame) {
            byte[] bytes = frame.getPayload();
            Optional<DataSize> limit = bounds.output();
            if (limit.isPresent()) {
                long left = Math.max(0, limit.get().toBytes() - written);
                written += bytes.length;
                if (bytes.length > left) {
                    bytes = Arrays.copyOf(bytes, (int) left);
                    end(Verdict.OUTPUT_LIMIT_EXCEEDED);
                }
            }
            try {
                (frame.getStreamType() == StreamType.STDERR ? err : out).put(bytes);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public ResourceUsage usage() {
        long end = ended == 0 ? System.nanoTime() : ended;
        Duration wall = Duration.ofNanos(Math.max(0, end - began));
        MemoryUsage memory = new MemoryUsage(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return new ResourceUsage(
                ResourceUsage.Source.RUSAGE,
                Duration.ZERO,
                Duration.ZERO,
                wall,
                Duration.ZERO,
                memory,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                List.of(),
                Map.of(),
                new LimitHits(0, 0, 0, 0, 0),
                0,
                0,
                0,
                0,
                0,
                0);
    }

    private static UnsupportedIsolationException unsupported(String what) {
        return new UnsupportedIsolationException(
                null,
                what,
                null,
                null,
                0,
                "a sandbox in an engine has no such means",
                "start it without an engine on Linux");
    }

    @Override
    public void update(Limits limits) throws IOException {
        throw unsupported("change limits");
    }

    @Override
    public void update(Firewall firewall) throws IOException {
        throw unsupported("change the firewall");
    }

    @Override
    public FirewallCounters firewallCounters() throws IOException {
        throw unsupported("read the firewall's counters");
    }

    @Override
    public Optional<CniAttachment> cni() {
        return Optional.empty();
    }

    @Override
    public void freeze() throws IOException {
        engine.ask(
                "freeze the container", client -> client.pauseContainerCmd(id).exec());
    }

    @Override
    public void thaw() throws IOException {
        engine.ask(
                "thaw the container", client -> client.unpauseContainerCmd(id).exec());
    }

    @Override
    public void onEvent(Consumer<? super SandboxEvent> listener, PressureThreshold... thresholds) {
        throw new UnsupportedOperationException("an engine tells of no events");
    }

    @Override
    public int publishedPort(int port) {
        throw new IllegalArgumentException("port " + port + " is not published");
    }

    @Override
    public CompletableFuture<ExitReport> onReport() {
        return report.copy();
    }

    @Override
    public void signal(Signal signal) {
        signal(signal.number());
    }

    private void signal(int number) {
        if (isAlive()) {
            tell(Integer.toString(number));
        }
    }

    @Override
    public ProcessTree processes() throws IOException {
        throw unsupported("list processes");
    }

    @Override
    public SandboxProcess exec(Command command) throws IOException {
        throw unsupported("start a further program");
    }

    @Override
    public InputStream descriptorInput(String name) {
        throw new IllegalArgumentException("unknown descriptor " + name);
    }

    @Override
    public OutputStream descriptorOutput(String name) {
        throw new IllegalArgumentException("unknown descriptor " + name);
    }

    @Override
    public void resize(int rows, int columns) {
        throw new IllegalStateException("the program has no terminal");
    }

    @Override
    public boolean isPty() {
        return false;
    }

    @Override
    public Optional<Path> upperDirectory() {
        return Optional.empty();
    }

    @Override
    public void destroy() {
        if (isAlive()) {
            end(Verdict.DESTROYED);
        }
    }

    @Override
    public void close() {
        destroy();
        out.close();
        err.close();
        endInput();
        gone.join();
    }

    @Override
    public long pid() {
        throw new UnsupportedOperationException("the process is the engine's");
    }

    @Override
    public ProcessHandle toHandle() {
        throw new UnsupportedOperationException("the process is the engine's");
    }

    @Override
    public OutputStream getOutputStream() {
        return in;
    }

    @Override
    public InputStream getInputStream() {
        return out;
    }

    @Override
    public InputStream getErrorStream() {
        return err;
    }
}
