package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.MountOption;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSession;
import dev.sandjar.SessionFiles;
import dev.sandjar.Verdict;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import dev.sandjar.internal.process.LaunchedProcess;
import dev.sandjar.internal.util.IoThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A prepared sandbox that never gets its program, and a directory of the host that outlives it. */
final class LiveSession implements SandboxSession {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSession.class);
    private static final String WORKSPACE = "/workspace";
    private static final Command ANY = Command.of("/");
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Sandbox sandbox;
    private final ScratchDirectory scratch;
    private final SessionTree files;
    private final @Nullable Duration idle;
    private final ReentrantLock lock = new ReentrantLock();
    /** What later commands have, as a command of its own: it has the checks. */
    private Command kept = ANY.directory(WORKSPACE);

    private @Nullable PreparedSandbox running;
    private int busy;
    private @Nullable Future<?> timer;
    private boolean closed;

    private LiveSession(Sandbox sandbox, ScratchDirectory scratch, Path workspace, @Nullable Duration idle) {
        this.sandbox = sandbox;
        this.scratch = scratch;
        this.idle = idle;
        this.files = new SessionTree(workspace, this::touch);
    }

    static LiveSession open(Sandbox asked, @Nullable Duration idle) throws IOException {
        ScratchDirectory scratch = ScratchDirectory.make();
        try {
            // One below: what programs may write to is not the directory that only this process may enter.
            Path workspace = Files.createDirectory(scratch.path().resolve("workspace"));
            Sandbox sandbox = asked.toBuilder()
                    .bind(workspace, WORKSPACE, MountOption.IDMAPPED_ROOT)
                    .workingDirectory(WORKSPACE)
                    .build();
            LiveSession session = new LiveSession(sandbox, scratch, workspace, idle);
            session.touch();
            return session;
        } catch (IOException | RuntimeException | Error e) {
            scratch.close();
            throw e;
        }
    }

    private interface Use<T> {
        T in(PreparedSandbox sandbox, Command command) throws IOException, InterruptedException;
    }

    /** Where the sandbox that runs turns out to be at its end, in one that is set up now. It counts as busy until {@link #done}. */
    private <T> T begin(Command command, Use<T> use) throws IOException, InterruptedException {
        try {
            return once(command, use);
        } catch (EndedException e) {
            LOG.debug("The sandbox of a session has ended and is set up anew", e);
        }
        try {
            return once(command, use);
        } catch (EndedException e) {
            throw e.ended;
        }
    }

    private <T> T once(Command command, Use<T> use) throws IOException, InterruptedException {
        Objects.requireNonNull(command, "command");
        PreparedSandbox now;
        Command merged;
        lock.lockInterruptibly();
        try {
            checkOpen();
            PreparedSandbox there = running;
            if (there == null || !there.isWaiting()) {
                if (there != null) {
                    there.close();
                }
                running = null;
                there = sandbox.prepare();
                running = there;
            }
            now = there;
            merged = merged(command);
            busy++;
            arm();
        } finally {
            lock.unlock();
        }
        boolean begun = false;
        try {
            T result = use.in(now, merged);
            begun = true;
            return result;
        } catch (SandboxException e) {
            if (!LaunchedProcess.isSandboxEnded(e)) {
                throw e;
            }
            forget(now);
            throw new EndedException(e);
        } finally {
            if (!begun) {
                done();
            }
        }
    }

    /** Nothing was started. */
    private static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final SandboxException ended;

        EndedException(SandboxException ended) {
            super(ended);
            this.ended = ended;
        }
    }

    /** Ends that one, and waits until it is gone: the next command gets another. */
    private void forget(PreparedSandbox ended) {
        lock.lock();
        try {
            if (running == ended) {
                running = null;
            }
        } finally {
            lock.unlock();
        }
        ended.close();
    }

    private void done() {
        lock.lock();
        try {
            busy--;
            arm();
        } finally {
            lock.unlock();
        }
    }

    private Command merged(Command command) {
        Map<String, String> variables = new HashMap<>(kept.environment());
        variables.putAll(command.environment());
        Command merged = command.env(variables);
        return merged.directory().isPresent()
                ? merged
                : merged.directory(kept.directory().orElse(WORKSPACE));
    }

    /** Under the lock. */
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(
                    idle == null ? "the session is closed" : "the session is closed, or was idle for " + idle);
        }
    }

    /** Begins the idle time anew. Under the lock. */
    private void arm() {
        Future<?> before = timer;
        if (before != null) {
            before.cancel(false);
        }
        timer = idle == null || busy > 0 || closed ? null : IoThreads.later(idle, this::closeIdle);
    }

    private void closeIdle() throws IOException {
        lock.lock();
        try {
            if (busy > 0 || timer == null) {
                return;
            }
            close();
        } finally {
            lock.unlock();
        }
    }

    private void touch() {
        lock.lock();
        try {
            checkOpen();
            arm();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SandboxProcess exec(Command command) throws IOException, InterruptedException {
        SandboxProcess process = begin(command, PreparedSandbox::exec);
        // Not on the thread that all ends arrive on: who holds the lock may wait for an answer that comes by that one.
        CompletableFuture<Void> unused = process.onReport().handle((report, failure) -> {
            IoThreads.background(this::done);
            return null;
        });
        return process;
    }

    @Override
    public RunResult run(String... command) throws IOException, InterruptedException {
        return run(Command.of(List.of(command)));
    }

    @Override
    public RunResult run(Command command) throws IOException, InterruptedException {
        return run(command, sandbox.bounds().timeout().orElse(LONGEST));
    }

    @Override
    public RunResult run(Command command, Duration timeout) throws IOException, InterruptedException {
        return run(command, timeout, in -> {});
    }

    private interface Started {
        void in(PreparedSandbox sandbox);
    }

    private RunResult run(Command command, Duration timeout, Started started) throws IOException, InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        RunResult result = begin(command, (in, merged) -> {
            started.in(in);
            RunResult ended = in.run(merged, timeout);
            if (ended.report().verdict() == Verdict.DESTROYED) {
                forget(in); // which is ending: the next command must not find it
            }
            return ended;
        });
        done();
        return result;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked") // whatever it is, the future has it
    public CompletableFuture<RunResult> runAsync(Command command) {
        Objects.requireNonNull(command, "command");
        CompletableFuture<RunResult> outcome = new CompletableFuture<>();
        AtomicReference<@Nullable PreparedSandbox> used = new AtomicReference<>();
        Duration timeout = sandbox.bounds().timeout().orElse(LONGEST);
        IoThreads.background(() -> {
            try {
                if (!outcome.isDone()) {
                    outcome.complete(run(command, timeout, in -> {
                        used.set(in);
                        if (outcome.isDone()) {
                            forget(in);
                        }
                    }));
                }
            } catch (Exception | Error e) {
                outcome.completeExceptionally(e);
            } finally {
                used.set(null);
            }
        });
        CompletableFuture<RunResult> unused = outcome.whenComplete((result, failure) -> {
            PreparedSandbox in = failure == null ? null : used.get();
            if (in != null) {
                forget(in);
            }
        });
        return outcome;
    }

    @Override
    public SessionFiles files() {
        return files;
    }

    @Override
    public void env(Map<String, String> variables) {
        lock.lock();
        try {
            checkOpen();
            kept = kept.env(variables);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void directory(String path) {
        lock.lock();
        try {
            checkOpen();
            kept = kept.directory(path);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reset() throws IOException {
        lock.lock();
        try {
            checkOpen();
            end();
            files.clear();
            kept = ANY.directory(WORKSPACE);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void end() {
        PreparedSandbox there = running;
        running = null;
        if (there != null) {
            there.close();
        }
    }

    @Override
    public boolean isOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                arm();
                end();
                scratch.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
