package dev.sandjar.launcher;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.ExitReport;
import dev.sandjar.ProcessTree;
import dev.sandjar.ResourceUsage;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SetupStep;
import dev.sandjar.Signal;
import dev.sandjar.Verdict;
import dev.sandjar.internal.Nullable;
import dev.sandjar.plan.Plan;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A running program, or one that has ended. */
final class LaunchedProcess extends SandboxProcess {
    private static final int SIGKILL = 9;

    private final Launcher launcher;
    private final Plan plan;
    private final Run run;
    /** The start whose sandbox this process lives in: its own, or that of the process {@link #exec} was called on. */
    private final long sandbox;

    private final Event.Started started;
    private final Stdio stdio;
    private final @Nullable PtyMaster terminal;
    private final InputStream stdout;
    private final OutputStream stdin;
    private final CompletableFuture<ExitReport> report;
    private volatile boolean destroyed;

    LaunchedProcess(
            Launcher launcher,
            Plan plan,
            Run run,
            long sandbox,
            Event.Started started,
            Stdio stdio,
            @Nullable PtyMaster terminal) {
        this.launcher = launcher;
        this.plan = plan;
        this.run = run;
        this.sandbox = sandbox;
        this.started = started;
        this.stdio = stdio;
        this.terminal = terminal;
        this.stdout = terminal == null ? stdio.stdout : terminal.input();
        this.stdin = terminal == null ? stdio.stdin : terminal.output();
        this.report = run.end.thenApply(this::report);
    }

    private ExitReport report(Event.Exited end) {
        boolean exited = end.how() == Event.Exited.BY_EXIT;
        boolean lost = end.how() == Event.Exited.BY_LOSS;
        boolean ours = destroyed && !exited && end.status() == SIGKILL;
        Verdict verdict = exited ? Verdict.EXITED : lost ? Verdict.LOST : ours ? Verdict.DESTROYED : Verdict.SIGNALED;
        List<Long> u = end.usage();
        ResourceUsage usage = new ResourceUsage(
                Duration.ofNanos(u.get(0) * 1000),
                Duration.ofNanos(u.get(1) * 1000),
                Duration.ofNanos(end.wallNanos()),
                DataSize.kibibytes(u.get(2)),
                u.get(3),
                u.get(4),
                u.get(5),
                u.get(6),
                u.get(7),
                u.get(8));
        AppliedPolicy applied = plan.applied();
        return new ExitReport(
                verdict,
                exited ? OptionalInt.of(end.status()) : OptionalInt.empty(),
                exited || lost ? OptionalInt.empty() : OptionalInt.of(end.status()),
                end.how() == Event.Exited.BY_SIGNAL_CORE,
                usage,
                applied,
                steps(),
                Duration.ofNanos(started.setupNanos()));
    }

    private List<SetupStep> steps() {
        return started.steps().stream()
                .map(s -> new SetupStep(
                        plan.stepName(s.section(), s.opcode(), s.index()), Duration.ofNanos(s.nanos())))
                .toList();
    }

    @Override
    public CompletableFuture<ExitReport> onReport() {
        // Dependents run on the common pool, never on the thread that all ends arrive on; a copy, so that cancelling is harmless.
        return report.thenApplyAsync(r -> r);
    }

    @Override
    public ExitReport waitForReport() throws InterruptedException {
        try {
            return report.get();
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("the report could not be made", e.getCause());
        }
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            report.get(Math.max(timeout, 0), unit);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("the report could not be made", e.getCause());
        }
    }

    @Override
    public int exitValue() {
        if (!report.isDone()) {
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
        return Integer.toUnsignedLong(started.pid());
    }

    @Override
    public ProcessHandle toHandle() {
        return ProcessHandle.of(pid())
                .filter(handle -> isAlive())
                .orElseThrow(() -> new UnsupportedOperationException("process " + pid() + " has ended"));
    }

    @Override
    public ProcessHandle.Info info() {
        Optional<ProcessHandle> handle = isAlive() ? ProcessHandle.of(pid()) : Optional.empty();
        return handle.map(ProcessHandle::info).orElseGet(EndedInfo::new);
    }

    @Override
    public Stream<ProcessHandle> children() {
        return isAlive() ? ProcessHandle.of(pid()).stream().flatMap(ProcessHandle::children) : Stream.empty();
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return isAlive() ? ProcessHandle.of(pid()).stream().flatMap(ProcessHandle::descendants) : Stream.empty();
    }

    @Override
    public ProcessTree processes() throws IOException {
        if (!isAlive()) {
            throw new IOException("process " + pid() + " has ended");
        }
        return ProcessTrees.below(Integer.toUnsignedLong(started.supervisor()));
    }

    @Override
    public OutputStream getOutputStream() {
        return stdin;
    }

    @Override
    public InputStream getInputStream() {
        return stdout;
    }

    @Override
    public InputStream getErrorStream() {
        return stdio.stderr;
    }

    @Override
    public InputStream descriptorInput(String name) {
        return found(stdio.inputs.get(name), name, "pipeOut");
    }

    @Override
    public OutputStream descriptorOutput(String name) {
        return found(stdio.outputs.get(name), name, "pipeIn");
    }

    private static <T> T found(@Nullable T stream, String name, String kind) {
        if (stream == null) {
            throw new IllegalArgumentException("no descriptor " + name + " was passed as " + kind + "()");
        }
        return stream;
    }

    @Override
    public boolean isPty() {
        return terminal != null;
    }

    @Override
    public void resize(int rows, int columns) {
        if (rows < 1 || rows > 65535 || columns < 1 || columns > 65535) {
            throw new IllegalArgumentException("a terminal of " + rows + " x " + columns + ": each is 1 to 65535");
        }
        if (terminal == null) {
            throw new IllegalStateException("the program has no terminal: use Command.pty");
        }
        terminal.resize(rows, columns);
    }

    @Override
    public Optional<Path> upperDirectory() {
        return Optional.ofNullable(plan.upperDirectory());
    }

    @Override
    public void signal(Signal signal) {
        request(Frame.SIGNAL, new byte[] {(byte) signal.number(), 0, 0, 0});
    }

    @Override
    public void destroy() {
        if (isAlive()) {
            destroyed = true;
            request(Frame.KILL, new byte[0]);
        }
    }

    private void request(int type, byte[] body) {
        if (!isAlive()) {
            return;
        }
        try {
            launcher.connection().send(type, run.id, body);
        } catch (SandboxException e) {
            return; // the launcher has ended: the report is about to say so
        }
    }

    @Override
    public SandboxProcess exec(Command command) throws IOException {
        return launcher.exec(plan, sandbox, command);
    }

    @Override
    public void close() {
        destroy();
        boolean interrupted = false;
        while (!report.isDone()) {
            try {
                waitForReport();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        stdio.closeStreams();
        if (terminal != null) {
            terminal.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "SandboxProcess[pid=" + pid() + ", " + (isAlive() ? "running" : report.join().verdict()) + "]";
    }
}
