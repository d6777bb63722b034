package dev.sandjar;

import dev.sandjar.changes.ChangeSet;
import dev.sandjar.internal.WrittenLayer;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.linux.PressureThreshold;
import dev.sandjar.network.CniAttachment;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.FirewallCounters;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running sandbox: a {@link Process} whose end is always that of all processes inside.
 *
 * <p>When the main process ends, the others of the sandbox are killed, so its pipes always reach their end. When the host
 * JVM dies, however it dies, the sandbox dies with it. Instances are thread-safe; the streams are as safe as those of any
 * {@link Process}. A program that writes more than a pipe holds (64 KiB) waits until somebody reads; {@link Sandbox#run}
 * does that by itself.
 *
 * <p>Streams that are redirected or on a terminal give an end of file at once, as with {@link ProcessBuilder}. Only
 * Sandjar extends this class; methods may be added to it.
 */
public abstract class SandboxProcess extends Process implements AutoCloseable {
    /**
     * What the sandbox has used so far; after its end, what {@link ExitReport#usage()} says.
     *
     * @return from the cgroup where there is one; else only the time on the clock is known before the end
     * @throws IOException if the numbers can't be read
     */
    public abstract ResourceUsage usage() throws IOException;

    /**
     * Changes limits of the running sandbox. Limits that are not set in {@code limits} stay; timeout, CPU time and output limits
     * can't be changed. The changes take effect one after the other.
     *
     * @param limits what to change
     * @throws IllegalStateException if the sandbox has no cgroup, since it was started without limits and accounting or the host gives it
     *     none, or if it has ended
     * @throws IOException if the kernel refuses, and changes before the refused one stay; or if more processes are asked for than the
     *     RLIMIT_NPROC that {@link Sandbox#untrusted()} brings allows, which is 1024, or four times the limit that it was started with
     */
    public abstract void update(Limits limits) throws IOException;

    /**
     * Replaces the firewall of the running sandbox, at once: each packet is judged by the old one or by the new one. Connections that the
     * new one does not allow are cut. {@link #firewallCounters} begin anew.
     *
     * @param firewall which connections the sandbox may have from now on
     * @throws IllegalStateException if the sandbox was started without a {@link Network#firewall}, or has ended
     * @throws IOException if the kernel refuses, and the old one stays; or if the process that keeps the networks has ended
     */
    public abstract void update(Firewall firewall) throws IOException;

    /**
     * What the firewall has let through and kept back since the start, or since it was {@linkplain #update(Firewall) replaced}; after the
     * end, what {@link ExitReport#firewallCounters()} says. Each number is of a moment of its own.
     *
     * @return the counts of its clauses
     * @throws IllegalStateException if the sandbox was started without a {@link Network#firewall}, or has ended and they are not known
     * @throws IOException if the process that keeps the networks has ended
     */
    public abstract FirewallCounters firewallCounters() throws IOException;

    /**
     * What plugins of CNI have made for the sandbox.
     *
     * @return empty if its network is not {@link Network#cni(dev.sandjar.network.CniNetwork)}
     */
    public abstract Optional<CniAttachment> cni();

    /**
     * Stops all processes of the sandbox until {@link #thaw()}, and returns when they have stopped. Its timeouts go on. It writes {@code
     * cgroup.freeze}; on cgroup v1 it uses the freezer.
     *
     * @throws IllegalStateException if the sandbox has no cgroup, since it was started without limits and accounting or the host gives it
     *     none, or if it has ended
     * @throws IOException if the kernel refuses, or they don't stop in time; they run on then
     */
    public abstract void freeze() throws IOException;

    /**
     * Lets frozen processes go on.
     *
     * @throws IllegalStateException if the sandbox has no cgroup, since it was started without limits and accounting or the host gives it
     *     none, or if it has ended
     * @throws IOException if the kernel refuses
     */
    public abstract void thaw() throws IOException;

    /**
     * Adds a listener that receives an event when a limit has an effect. Events come in order, one at a time, on a thread of Sandjar's;
     * what happened before the call is reported once. A listener that throws gets no more. The last may be reported a moment after {@link
     * #onReport} has completed.
     *
     * @param listener is called for each event
     * @param thresholds of time spent waiting for a resource, which are reported too; cgroup v2 only
     * @throws IllegalStateException if the sandbox has no cgroup, since it was started without limits and accounting or the host gives it
     *     none, or if it has ended
     * @throws IOException if the kernel refuses a threshold
     */
    public abstract void onEvent(Consumer<? super SandboxEvent> listener, PressureThreshold... thresholds)
            throws IOException;

    /**
     * The port at which clients of the host find a port of the sandbox ({@link Network#publish}).
     *
     * @param port inside, 1 to 65535
     * @return the port of the host, at the address that the rule says
     * @throws IllegalArgumentException if it is not published, or at a socket of AF_UNIX
     */
    public abstract int publishedPort(int port);

    @SuppressWarnings("UnusedVariable") // it is only held
    private volatile @Nullable Object needed;

    private @Nullable WrittenLayer root;
    private volatile @Nullable CompletableFuture<?> cleaning;

    /** For Sandjar's own use. */
    protected SandboxProcess() {}

    /** Keeps something reachable while the sandbox lives. */
    void needs(Object something) {
        needed = something;
        if (!isAlive()) {
            needed = null;
        }
    }

    /**
     * Names in an exception the sandbox that it is about. For Sandjar's own use.
     *
     * @param e the exception, which is changed
     * @param sandbox the name of the sandbox, or the empty string
     * @return {@code e}
     */
    protected static SandboxException named(SandboxException e, String sandbox) {
        e.of(sandbox);
        return e;
    }

    /** Drops what was kept for the sandbox. For Sandjar's own use, when the report is there. */
    protected final void ended() {
        needed = null;
    }

    /** Has {@link #close()} wait for this too. */
    void closesAfter(CompletableFuture<?> work) {
        cleaning = work;
    }

    void writesTo(@Nullable WrittenLayer written) {
        root = written;
    }

    @Nullable
    WrittenLayer layer() {
        return root;
    }

    /** Ends {@link #close()}, when nobody inside writes any more. For Sandjar's own use. */
    protected final void closeRoot() {
        CompletableFuture<?> work = cleaning;
        if (work != null) {
            work.handle((value, failure) -> value).join();
        }
        WrittenLayer written = root;
        if (written != null) {
            written.close();
        }
    }

    /**
     * The report of the end. It is completed when all processes of the sandbox are gone.
     *
     * @return a future that never fails; cancelling it has no effect on the sandbox
     */
    public abstract CompletableFuture<ExitReport> onReport();

    /**
     * Sends a signal to the main process ({@code kill(2)}). Nothing happens if it has ended.
     *
     * @param signal which one
     */
    public abstract void signal(Signal signal);

    /**
     * The processes inside, as they are now.
     *
     * @return the main process and all below it; processes whose parent has ended hang below the main process. For a
     *     process that has ended, it alone without arguments. At most the 65,536 processes that are nearest to the main one, of each
     *     at most 128 KiB of its arguments, and of all together 4 MiB; what is beyond is left out
     * @throws IOException if {@code /proc} of the host can't be read
     */
    public abstract ProcessTree processes() throws IOException;

    /**
     * Starts one more process in the same namespaces, with the same limits and identity. It ends with the sandbox at the
     * latest; its own {@link #destroy()} kills what it started and leaves the rest of the sandbox alone.
     *
     * <p>Programs of one sandbox that run as the same user can reach each other's descriptors, memory and environment through
     * {@code /proc/PID} ({@code proc(5)}): what this one is given is anybody's inside, unless {@link SandboxBuilder#landlock rules of
     * Landlock} put each program into a domain of its own.
     *
     * @param command what to run
     * @return the second process
     * @throws IllegalArgumentException if the command has an {@linkplain Command#input input}, which is for {@link Sandbox#run(Command)}
     * @throws SandboxException if it can't be started, or the sandbox has ended
     * @throws IOException if a redirect's file can't be opened
     */
    public abstract SandboxProcess exec(Command command) throws IOException;

    /**
     * The host's end of a {@link Descriptor#pipeOut()}.
     *
     * @param name as given to {@link Command#descriptor}
     * @return what the program writes; the same stream at each call
     * @throws IllegalArgumentException if there is no such pipe
     */
    public abstract InputStream descriptorInput(String name);

    /**
     * The host's end of a {@link Descriptor#pipeIn()}.
     *
     * @param name as given to {@link Command#descriptor}
     * @return where to write what the program reads; the same stream at each call
     * @throws IllegalArgumentException if there is no such pipe
     */
    public abstract OutputStream descriptorOutput(String name);

    /**
     * Tells the program a new size of its terminal, which sends it {@link Signal#WINCH}. Nothing happens if it has ended.
     *
     * @param rows lines, 1 to 65535
     * @param columns characters in a line, 1 to 65535
     * @throws IllegalArgumentException if a number is out of range
     * @throws IllegalStateException if the program has no terminal
     */
    public abstract void resize(int rows, int columns);

    /**
     * Whether the program runs on a pseudo-terminal.
     *
     * @return true after {@link Command#pty}
     */
    public abstract boolean isPty();

    /**
     * The directory of the host in which what the program writes to a layered root is kept or captured.
     *
     * @return the upper directory; empty if the root has no layers, or its changes are discarded or continued in a given directory
     */
    public abstract Optional<Path> upperDirectory();

    /**
     * What the sandbox has written to its root: what of its layers has been created, modified and deleted. The root has to be of
     * {@link RootFs#overlay}, {@link RootFs#empty} or {@link RootFs#image(String)}, with changes that are captured, kept, or continued in
     * a directory. What was written to other mounts, such as a tmpfs at /tmp, is not part of it.
     *
     * @return the same at each call
     * @throws IllegalStateException if the sandbox has not ended, its root has no such layer, this is not its main process, or the changes
     *     were discarded with {@link #close()}
     * @throws SandboxException if they are more than is read (see {@link ChangeSet}), or made in a way that can't be recognized
     * @throws IOException if they can't be read
     */
    public ChangeSet changes() throws IOException {
        WrittenLayer written = root;
        if (written == null) {
            throw new IllegalStateException("the root of process " + pid()
                    + " keeps no changes: use RootFs.overlay(...), image(...) or empty() with captureChanges() or keepChanges(...),"
                    + " and ask the main process");
        }
        if (isAlive()) {
            throw new IllegalStateException(
                    "process " + pid() + " has not ended: wait for it before you ask for its changes");
        }
        return written.changes();
    }

    /**
     * Kills the whole tree with SIGKILL, if it is still there. Does not wait; {@link #close()} does. {@link #destroy(Duration)} asks the
     * program first.
     */
    @Override
    public abstract void destroy();

    /**
     * Asks the main process to end by the {@linkplain SandboxBuilder#bounds stop signal} of the sandbox, and kills the whole tree when it
     * has not ended after {@code grace}. Does not wait. The time is kept by this JVM; a second call adds a time of its own, and {@link
     * #destroy()} ends the waiting at once.
     *
     * @param grace how long the program may go on: 0, which is {@link #destroy()}, to 36500 days
     * @throws IllegalArgumentException if out of range
     */
    public void destroy(Duration grace) {
        RunBounds.none().grace(grace);
        if (grace.isZero()) {
            destroy();
            return;
        }
        stop();
        Future<?> kill = IoThreads.later(grace, this::destroy);
        CompletableFuture<Boolean> unused = onReport().thenApply(report -> kill.cancel(false));
    }

    /** Sends the signal that asks the main process to end. For Sandjar's own use. */
    protected void stop() {
        signal(Signal.TERM);
    }

    /**
     * Kills the whole tree, waits until all its processes are gone and what was made for this start alone is removed, such as the {@link
     * RootFs.Layered#copied(boolean) copy} of an image, and closes all streams of this object. Further calls do nothing. An interrupt
     * doesn't cut the waiting short, and stays set.
     */
    @Override
    public abstract void close();

    /**
     * The process id of the main process on the host.
     *
     * @return as {@link ProcessHandle#pid()}
     */
    @Override
    public abstract long pid();

    /**
     * The JDK's handle of the main process. Its {@code destroy()} kills that process only, at which the sandbox ends too.
     *
     * @return the handle
     */
    @Override
    public abstract ProcessHandle toHandle();

    /**
     * Kills the whole tree, as {@link #destroy()} does.
     *
     * @return this
     */
    @Override
    public SandboxProcess destroyForcibly() {
        destroy();
        return this;
    }

    /**
     * Whether {@link #destroy()} is gentle.
     *
     * @return false; {@link #destroy(Duration)} is
     */
    @Override
    public boolean supportsNormalTermination() {
        return false;
    }

    /**
     * Waits until the {@linkplain #onReport() report} is there.
     *
     * @return the report
     * @throws InterruptedException if the thread is interrupted; the sandbox goes on
     */
    public ExitReport waitForReport() throws InterruptedException {
        try {
            return onReport().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the report of process " + pid() + " is missing", e.getCause());
        }
    }

    /**
     * Waits until the {@linkplain #onReport() report} is there.
     *
     * @return {@link ExitReport#exitValue()}
     * @throws InterruptedException if the thread is interrupted; the sandbox goes on
     */
    @Override
    public int waitFor() throws InterruptedException {
        return waitForReport().exitValue();
    }

    /**
     * Waits until the {@linkplain #onReport() report} is there, but at most for a time.
     *
     * @param timeout how long at most; zero or negative only looks
     * @return whether it has ended
     * @throws InterruptedException if the thread is interrupted; the sandbox goes on
     */
    public boolean waitFor(Duration timeout) throws InterruptedException {
        return waitFor(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    /**
     * Waits until the {@linkplain #onReport() report} is there, but at most for a time.
     *
     * @param timeout how long at most; zero or negative only looks
     * @param unit of the timeout
     * @return whether it has ended
     * @throws InterruptedException if the thread is interrupted; the sandbox goes on
     */
    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            onReport().get(Math.max(timeout, 0), unit);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the report of process " + pid() + " is missing", e.getCause());
        }
    }

    /**
     * The end as one number.
     *
     * @return {@link ExitReport#exitValue()}
     * @throws IllegalThreadStateException if the sandbox hasn't ended
     */
    @Override
    public int exitValue() {
        ExitReport report = onReport().getNow(null);
        if (report == null) {
            throw new IllegalThreadStateException("process " + pid() + " has not ended");
        }
        return report.exitValue();
    }

    /**
     * Whether the sandbox still has processes.
     *
     * @return false as soon as {@link #onReport()} is complete
     */
    @Override
    public boolean isAlive() {
        return !onReport().isDone();
    }

    /**
     * The end, for those who take a {@link Process}.
     *
     * @return a future that is completed with this when {@link #onReport()} is
     */
    @Override
    public CompletableFuture<Process> onExit() {
        return onReport().thenApply(report -> this);
    }
}
