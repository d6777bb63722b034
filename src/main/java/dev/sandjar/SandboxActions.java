package dev.sandjar;

import dev.sandjar.internal.Engine;
import dev.sandjar.internal.Starts;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.WholeFile;
import dev.sandjar.seccomp.LearnedProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is done with a sandbox: checks of what was asked for, the door to the engine, and listeners that receive it. Thread-safe. */
final class SandboxActions {
    private static final DataSize DEFAULT_CAPTURE = DataSize.mebibytes(16);
    private static final int POOL_MAX = 1_024;
    private static final long CAPTURE_MAX = DataSize.gibibytes(1).toBytes();

    private final Sandbox sandbox;
    private final List<SandboxListener> listeners;
    private final AtomicReference<@Nullable Starts> starts = new AtomicReference<>();

    SandboxActions(Sandbox sandbox, List<SandboxListener> listeners) {
        this.sandbox = sandbox;
        this.listeners = List.copyOf(listeners);
    }

    /** Made when it is first needed: a policy that is only looked at starts nothing. */
    private Starts starts() {
        Starts made = starts.get();
        if (made != null) {
            return made;
        }
        Starts mine = Engine.get().starts(sandbox);
        return starts.compareAndSet(null, mine) ? mine : Objects.requireNonNull(starts.get());
    }

    SandboxProcess start(Command command) throws IOException {
        Objects.requireNonNull(command, "command");
        command.checkStart();
        SandboxProcess process = starts().start(command);
        tell(command, process);
        return process;
    }

    /** Nobody else has the process where a listener throws. */
    private void tell(Command command, SandboxProcess process) {
        try {
            listeners.forEach(listener -> listener.started(command, process));
        } catch (RuntimeException | Error e) {
            process.close();
            throw e;
        }
    }

    RunResult run(Command command) throws IOException, InterruptedException {
        return run(command, DEFAULT_CAPTURE);
    }

    RunResult run(Command command, DataSize captureLimitPerStream) throws IOException, InterruptedException {
        return run(command, limit(command, captureLimitPerStream), process -> {});
    }

    private RunResult run(Command command, int limit, Consumer<SandboxProcess> started)
            throws IOException, InterruptedException {
        RunResult result = starts().run(command, limit, process -> {
            tell(command, process);
            started.accept(process);
        });
        listeners.forEach(listener -> listener.finished(result));
        return result;
    }

    private static int limit(Command command, DataSize captureLimitPerStream) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(captureLimitPerStream, "captureLimitPerStream");
        return (int) Checks.range("capture limit in bytes", captureLimitPerStream.toBytes(), 0, CAPTURE_MAX);
    }

    CompletableFuture<RunResult> runAsync(Command command) {
        return runAsync(command, DEFAULT_CAPTURE);
    }

    CompletableFuture<RunResult> runAsync(Command command, DataSize captureLimitPerStream) {
        int limit = limit(command, captureLimitPerStream);
        starts().check(command);
        return AsyncRun.begin(started -> run(command, limit, started));
    }

    LearnedProfile learn(Command command) throws IOException, InterruptedException {
        Objects.requireNonNull(command, "command");
        return starts().learn(command, (int) DEFAULT_CAPTURE.toBytes());
    }

    SandboxPool pool(int size) throws IOException {
        return starts().pool(Checks.range("pool size", size, 1, POOL_MAX));
    }

    SandboxSession session(@Nullable Duration idle) throws IOException {
        return Engine.get().session(sandbox, idle);
    }

    PreparedSandbox prepare(SandboxSetup.Listener listener) throws IOException, InterruptedException {
        Objects.requireNonNull(listener, "listener");
        boolean joins = sandbox.namespaces().choice(NamespaceKind.MOUNT) instanceof NamespaceChoice.Join;
        if (sandbox.rootfs() instanceof RootFs.Host && !joins) {
            throw new IllegalStateException("a sandbox that is prepared needs a rootfs(...) other than host()");
        }
        return starts().prepare(listener);
    }

    String toJson() {
        if (!listeners.isEmpty()) {
            throw new IllegalStateException("this policy can't be written as JSON: a listener is code;"
                    + " leave listener(...) out, and add it to the builder that was read");
        }
        return Engine.get().json(sandbox);
    }

    void freeze(Path file) throws IOException {
        Objects.requireNonNull(file, "file");
        if (!listeners.isEmpty()) {
            throw new IllegalStateException("this policy can't be frozen: a listener is code; leave listener(...) out");
        }
        WholeFile.write(file, starts().freeze(), false);
    }

    Explanation explain() throws IOException {
        return starts().explain();
    }

    void rehearse() throws IOException {
        starts().rehearse();
    }
}
