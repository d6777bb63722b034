package dev.sandjar.oci;

import dev.sandjar.Command;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSetup;
import dev.sandjar.Signal;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.oci.OciHook.Point;
import dev.sandjar.oci.OciState.Status;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container with the life cycle of the OCI runtime specification (runtime.md): {@link #create}, {@link #start}, {@link #kill} and {@link
 * #delete}, each with its hooks, and {@link #state}. It is known to this JVM alone, and ends with it at the latest. Thread-safe:
 * operations on one container wait for each other, and {@link #state} does not wait.
 *
 * <p>The process of a container that is created, whose id {@link #state} gives, is one of Sandjar's that holds the namespaces in which the
 * program will run. If the container has a PID namespace, it is process 1 there, and stays so as the program's init.
 */
public final class OciContainer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OciContainer.class);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_+.-]{1,255}");
    private static final Map<String, OciContainer> ALL = new ConcurrentHashMap<>();
    /** What does nothing to a process that has no handler, or stops it, of which the one that waits has no need. */
    private static final Set<Signal> WITHOUT_EFFECT = EnumSet.of(
            Signal.CHLD, Signal.CONT, Signal.URG, Signal.WINCH, Signal.STOP, Signal.TSTP, Signal.TTIN, Signal.TTOU);

    private final String id;
    private final OciBundle bundle;
    private final ReentrantLock operation = new ReentrantLock();
    private volatile long holder;
    private volatile @Nullable PreparedSandbox waiting;
    private volatile @Nullable SandboxProcess process;
    private volatile boolean created;
    private volatile boolean hooksBegan;
    private volatile boolean deleted;

    private OciContainer(String id, OciBundle bundle) {
        this.id = id;
        this.bundle = bundle;
    }

    /**
     * Makes a container, but doesn't run its program: everything else of the configuration is there when this returns. It runs the hooks
     * prestart, createRuntime and createContainer.
     *
     * @param id the id of the container, unique in this JVM: 1 to 255 letters, digits, "_", "+", "-" and ".", and not "." or ".."
     * @param bundle the bundle that the container is made of; later changes of its config.json have no effect
     * @return the container, which the caller deletes or closes
     * @throws IllegalArgumentException if the id is malformed
     * @throws IllegalStateException if this JVM has a container with this id
     * @throws InvalidBundleException if there are hooks, and the name of the bundle's directory is not UTF-8, or none that this JVM's
     *     {@code sun.jnu.encoding} can say: hooks would run in another directory
     * @throws OciHookException if a hook fails; the container is gone then, and the poststop hooks were run
     * @throws dev.sandjar.UnsupportedIsolationException if this host can't give what the configuration asks for
     * @throws dev.sandjar.SandboxException if a step of the set-up failed
     * @throws IOException if the launcher can't be reached, or files for the hooks can't be made; where hooks had begun, the poststop hooks
     *     were run, and what failed of them is suppressed
     * @throws InterruptedException if the thread is interrupted; the container is gone then
     */
    public static OciContainer create(String id, OciBundle bundle) throws IOException, InterruptedException {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(bundle, "bundle");
        if (!ID.matcher(id).matches() || id.equals(".") || id.equals("..")) {
            throw new IllegalArgumentException("container id " + Printable.quote(id)
                    + " is not made of 1 to 255 letters, digits, \"_\", \"+\", \"-\" and \".\"");
        }
        if (!bundle.hooks().isEmpty()) {
            HookRunner.requireText(bundle.directory());
        }
        OciContainer container = new OciContainer(id, bundle);
        if (ALL.putIfAbsent(id, container) != null) {
            throw new IllegalStateException("there is a container \"" + id + "\" already");
        }
        try {
            container.create();
        } finally {
            if (!container.created) {
                container.deleted = true;
                ALL.remove(id, container);
            }
        }
        return container;
    }

    private void create() throws IOException, InterruptedException {
        try {
            waiting = prepared();
            created = true;
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (hooksBegan) {
                poststopAfter(e);
            }
            throw e;
        }
    }

    private PreparedSandbox prepared() throws IOException, InterruptedException {
        try {
            return bundle.sandbox().prepare(this::hooksOfCreation);
        } catch (UnsupportedIsolationException e) {
            throw WithoutCgroups.explained(e, bundle);
        }
    }

    /** Whatever has ended the creation, and without hiding it. */
    private void poststopAfter(Exception failure) {
        try {
            poststop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void hooksOfCreation(SandboxSetup setup) throws IOException, InterruptedException {
        hooksBegan = true;
        holder = setup.pid();
        OciState outside = stateAs(Status.CREATING, OptionalLong.of(holder));
        HookRunner.outside(Point.PRESTART, hooks(Point.PRESTART), outside);
        HookRunner.outside(Point.CREATE_RUNTIME, hooks(Point.CREATE_RUNTIME), outside);
        HookRunner.inside(
                Point.CREATE_CONTAINER,
                hooks(Point.CREATE_CONTAINER),
                stateAs(Status.CREATING, OptionalLong.of(pidInside())),
                setup::runUnconfined);
    }

    private List<OciHook> hooks(Point point) {
        return bundle.hooks().getOrDefault(point, List.of());
    }

    private long pidInside() {
        return bundle.hasPidNamespace() ? 1 : holder;
    }

    /**
     * Looks a container of this JVM up by its id.
     *
     * @param id the id that was given to {@link #create}
     * @return the container, or empty if this JVM has none with this id, it is still being created, or it was deleted
     */
    public static Optional<OciContainer> find(String id) {
        return Optional.ofNullable(ALL.get(id)).filter(container -> container.created);
    }

    /**
     * Starts the program of the configuration; its standard streams are pipes, or a terminal if the configuration asks for one. It runs
     * the hooks startContainer before and poststart after that.
     *
     * @return the program's process
     * @throws IllegalStateException if the container is not {@linkplain Status#CREATED created}, or its configuration has no program
     * @throws OciHookException if a hook fails; the container is gone then, and the poststop hooks were run
     * @throws dev.sandjar.SandboxException if the program can't be executed; the container has stopped then
     * @throws IOException if the launcher can't be reached, or files for the hooks can't be made; the container has stopped then
     * @throws InterruptedException if the thread is interrupted; the container has stopped then
     */
    public SandboxProcess start() throws IOException, InterruptedException {
        return start(UnaryOperator.identity());
    }

    /**
     * Starts the program of the configuration with a changed command, for instance with other standard streams. It runs the hooks
     * startContainer before and poststart after that.
     *
     * @param streams gets the command of the configuration and returns the one to start
     * @return the program's process
     * @throws IllegalStateException if the container is not {@linkplain Status#CREATED created}, or its configuration has no program
     * @throws OciHookException if a hook fails; the container is gone then, and the poststop hooks were run
     * @throws dev.sandjar.SandboxException if the program can't be executed; the container has stopped then
     * @throws IOException if the launcher can't be reached, or files for the hooks can't be made; the container has stopped then
     * @throws InterruptedException if the thread is interrupted; the container has stopped then
     */
    public SandboxProcess start(UnaryOperator<Command> streams) throws IOException, InterruptedException {
        operation.lock();
        try {
            PreparedSandbox sandbox = waiting;
            if (status() != Status.CREATED || sandbox == null) {
                throw wrong("start", Status.CREATED);
            }
            Command command = bundle.command()
                    .orElseThrow(() -> new IllegalStateException(
                            "the configuration of container \"" + id + "\" has no process with arguments to start"));
            return start(sandbox, streams.apply(command));
        } finally {
            operation.unlock();
        }
    }

    private SandboxProcess start(PreparedSandbox sandbox, Command command) throws IOException, InterruptedException {
        boolean done = false;
        try {
            HookRunner.inside(
                    Point.START_CONTAINER,
                    hooks(Point.START_CONTAINER),
                    stateAs(Status.CREATED, OptionalLong.of(pidInside())),
                    sandbox::run);
            SandboxProcess started = sandbox.start(command);
            process = started;
            HookRunner.outside(
                    Point.POSTSTART, hooks(Point.POSTSTART), stateAs(Status.RUNNING, OptionalLong.of(started.pid())));
            done = true;
            return started;
        } catch (OciHookException e) {
            end();
            remove();
            throw e;
        } finally {
            if (!done) {
                end();
            }
        }
    }

    /**
     * Sends a signal to the container's program ({@code kill(2)}). A container that is only created ends if the default action of the
     * signal is to end a process ({@code signal(7)}); other signals have no effect on it.
     *
     * @param signal the signal to send
     * @throws IllegalStateException if the container is neither created nor running
     */
    public void kill(Signal signal) {
        operation.lock();
        try {
            SandboxProcess running = process;
            Status status = status();
            if (status == Status.RUNNING && running != null) {
                running.signal(signal);
            } else if (status != Status.CREATED) {
                throw wrong("kill", Status.CREATED, Status.RUNNING);
            } else if (!WITHOUT_EFFECT.contains(signal)) {
                end();
            }
        } finally {
            operation.unlock();
        }
    }

    /**
     * Removes a container that has stopped, and runs the poststop hooks, whose failures are logged as warnings. The id can be used again
     * then.
     *
     * @throws IllegalStateException if the container has not stopped, or was deleted before
     * @throws IOException if files for the hooks can't be made
     * @throws InterruptedException if the thread is interrupted
     */
    public void delete() throws IOException, InterruptedException {
        operation.lock();
        try {
            if (deleted || status() != Status.STOPPED) {
                throw wrong("delete", Status.STOPPED);
            }
            end();
            remove();
        } finally {
            operation.unlock();
        }
    }

    /** All processes are gone when this returns. */
    private void end() {
        SandboxProcess running = process;
        PreparedSandbox sandbox = waiting;
        if (running != null) {
            running.close();
        } else if (sandbox != null) {
            sandbox.close();
        }
    }

    private void remove() throws IOException, InterruptedException {
        deleted = true;
        try {
            poststop();
        } finally {
            ALL.remove(id, this);
        }
    }

    /** All of them: what keeps one from being run says nothing of the next. */
    private void poststop() throws IOException, InterruptedException {
        OciState state = stateAs(Status.STOPPED, OptionalLong.empty());
        IOException failure = null;
        for (OciHook hook : hooks(Point.POSTSTOP)) {
            try {
                HookRunner.outside(Point.POSTSTOP, List.of(hook), state);
            } catch (OciHookException e) {
                LOG.warn("Container {}: {}", id, e.getMessage());
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private IllegalStateException wrong(String action, Status... needed) {
        return new IllegalStateException("container \"" + id + "\" is " + (deleted ? "deleted" : status()) + "; "
                + action + " is for one that is " + List.of(needed));
    }

    private Status status() {
        SandboxProcess running = process;
        PreparedSandbox sandbox = waiting;
        if (running != null) {
            return running.isAlive() ? Status.RUNNING : Status.STOPPED;
        } else if (!created || sandbox == null) {
            return Status.CREATING;
        }
        return sandbox.isWaiting() ? Status.CREATED : Status.STOPPED;
    }

    /**
     * Returns the state of the container as it is now.
     *
     * @return the state
     * @throws IllegalStateException if the container was deleted
     */
    public OciState state() {
        if (deleted) {
            throw new IllegalStateException("container \"" + id + "\" is deleted");
        }
        SandboxProcess running = process;
        Status status = status();
        return switch (status) {
            case RUNNING -> stateAs(status, OptionalLong.of(running == null ? holder : running.pid()));
            case STOPPED -> stateAs(status, OptionalLong.empty());
            default -> stateAs(status, OptionalLong.of(holder));
        };
    }

    private OciState stateAs(Status status, OptionalLong pid) {
        return new OciState(bundle.version(), id, status, pid, bundle.directory(), bundle.annotations());
    }

    /**
     * Returns the program's process.
     *
     * @return the process, or empty if the program was not started
     */
    public Optional<SandboxProcess> process() {
        return Optional.ofNullable(process);
    }

    /**
     * Kills the container's processes, runs the poststop hooks and deletes the container; does nothing if it was deleted. An interrupt
     * only ends the poststop hooks early, and stays set.
     *
     * @throws IOException if files for the hooks can't be made
     */
    @Override
    public void close() throws IOException {
        operation.lock();
        try {
            if (!deleted) {
                end();
                remove();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            operation.unlock();
        }
    }

    @Override
    public String toString() {
        return "OciContainer(" + id + ", " + (deleted ? "deleted" : status()) + ")";
    }
}
