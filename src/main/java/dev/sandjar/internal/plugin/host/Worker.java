package dev.sandjar.internal.plugin.host;

import dev.sandjar.ExitReport;
import dev.sandjar.ResourceUsage;
import dev.sandjar.SandboxProcess;
import dev.sandjar.Signal;
import dev.sandjar.internal.kernel.SharedFile;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.stdio.ChannelPipes;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.plugin.PluginException;
import dev.sandjar.plugin.PluginException.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** A process that serves calls, and what belongs to it. */
final class Worker implements Channel.Owner, AutoCloseable {
    /** For the end to be reported after the channel has closed. */
    private static final long END_MILLIS = 5_000;

    private static final long REPORT_MILLIS = 5_000;
    /** The last line of a histogram, which comes after the threads. */
    private static final String HISTOGRAM_END = "Total ";

    private static final String HISTOGRAM_BEGIN = " num ";

    private final SandboxProcess process;
    private final @Nullable SharedFile shared;
    private final Channel channel;
    private final Output output;
    private final String limitHint;
    private final boolean virtualMachine;
    private final ReentrantLock dumping = new ReentrantLock();

    /** Whom it has served; null as long as it has served nobody. Guarded by the pool, as the next three. */
    @Nullable
    Object domain;

    long uses;
    long idleSince;
    /** How long whoever has it started for himself has waited for that; whoever takes it out of the pool has not. */
    private long startNanos;

    boolean frozen;

    Worker(
            SandboxProcess process,
            ChannelPipes pipes,
            @Nullable SharedFile shared,
            Protocol protocol,
            HostLimits limits,
            Logger logger,
            String limitHint,
            boolean virtualMachine) {
        this.process = process;
        this.shared = shared;
        this.channel = new Channel(pipes, protocol, limits, this);
        this.output = new Output(process.getInputStream(), logger, process.pid());
        this.limitHint = limitHint;
        this.virtualMachine = virtualMachine;
        Future<?> unused = output.begin();
    }

    void startedIn(long nanos) {
        startNanos = nanos;
    }

    /** Once, for the first call. */
    long takeStartNanos() {
        long nanos = startNanos;
        startNanos = 0;
        return nanos;
    }

    Channel channel() {
        return channel;
    }

    /** When it has ended, by itself or not. */
    void onEnd(Runnable action) {
        CompletableFuture<Void> unused = process.onReport().thenRun(action);
    }

    /** Whether it can be used again: nothing went wrong, and it is at nothing. */
    boolean isReusable() {
        return channel.fault() == null && process.isAlive() && channel.isQuiet();
    }

    boolean isBroken() {
        return channel.fault() != null || !process.isAlive();
    }

    /** Whether it comes to rest in time, after calls that nobody waits for any more. */
    boolean settle(Duration time) {
        return channel.settle(System.nanoTime() + time.toNanos());
    }

    @Nullable
    Object call(ContractMethod method, @Nullable Object @Nullable [] arguments, long deadline, Duration timeout)
            throws Throwable {
        try {
            return channel.call(method, arguments, deadline, timeout);
        } catch (PluginException e) {
            throw isAboutEnd(e.reason()) ? explained(e.reason(), String.valueOf(e.getMessage())) : e;
        }
    }

    private boolean isAboutEnd(Reason reason) {
        return reason == Reason.WORKER_ENDED || (channel.fault() != null && reason == Reason.PROTOCOL_VIOLATION);
    }

    /** With the report, and for an end by itself with what it said last. */
    PluginException explained(Reason reason, String what) {
        ExitReport report = report();
        StringBuilder text = new StringBuilder();
        if (reason == Reason.PROTOCOL_VIOLATION) {
            text.append("the worker has violated the protocol and was ended: ").append(what);
        } else if (report == null) {
            text.append(what);
        } else {
            text.append("the worker has ended: ").append(ending(report));
        }
        if (report != null) {
            output.await(END_MILLIS);
        }
        String said = output.last();
        if (!said.isEmpty() && reason != Reason.PROTOCOL_VIOLATION) {
            text.append("\nits last output:\n").append(said);
        }
        return new PluginException(reason, text.toString(), report, null, null, null);
    }

    private String ending(ExitReport report) {
        int outOfMemory = 3;
        if (report.exitCode().isPresent()) {
            int code = report.exitCode().getAsInt();
            return report.verdict() + " with code " + code + (code == outOfMemory ? limitHint : "");
        }
        return report.verdict() + report.signal().map(signal -> " by " + signal).orElse("");
    }

    private @Nullable ExitReport report() {
        try {
            return process.onReport().get(REPORT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return process.onReport().getNow(null);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }

    @Override
    public void failed(Fault fault) {
        if (fault.reason() == Reason.WORKER_ENDED && process.isAlive()) {
            // How it ended is about to be known; one that only closed its channel is ended then.
            CompletableFuture<Void> known = process.onReport().thenAccept(report -> {});
            CompletableFuture<Void> unused = IoThreads.orAfter(known, null, Duration.ofMillis(END_MILLIS))
                    .thenRun(process::destroy);
            return;
        }
        process.destroy();
    }

    long pid() {
        return process.pid();
    }

    ResourceUsage usage() throws IOException {
        return process.usage();
    }

    /** Where there is a cgroup for that; false where there is none. */
    boolean freeze() throws IOException {
        try {
            process.freeze();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    void thaw() throws IOException {
        process.thaw();
    }

    /** The threads of the virtual machine, as it prints them itself. */
    String threadDump(Duration time) throws IOException {
        String all = dump(time);
        int begin = all.indexOf("Full thread dump");
        int end = all.indexOf(HISTOGRAM_BEGIN, Math.max(begin, 0));
        return all.substring(Math.max(begin, 0), end < 0 ? all.length() : end).strip();
    }

    /** What is on its heap, after a collection. */
    String heapHistogram(Duration time) throws IOException {
        String all = dump(time);
        int begin = all.indexOf(HISTOGRAM_BEGIN);
        if (begin < 0) {
            throw new IOException("the worker did not print a histogram");
        }
        return all.substring(begin).stripTrailing();
    }

    private String dump(Duration time) throws IOException {
        if (!virtualMachine) {
            throw new UnsupportedOperationException(
                    "the worker is a program, no Java machine that would answer SIGQUIT: it might end of it");
        }
        dumping.lock();
        try {
            CompletableFuture<String> text = output.capture(HISTOGRAM_END);
            process.signal(Signal.QUIT);
            return text.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the worker did not answer SIGQUIT in " + time, e);
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            output.endCapture();
            dumping.unlock();
        }
    }

    @Override
    public void close() {
        process.close();
        channel.close();
        if (shared != null) {
            shared.close();
        }
    }
}
