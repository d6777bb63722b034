package dev.sandjar.plugin;

import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.internal.plugin.host.HostLimits;
import dev.sandjar.internal.plugin.host.JavaSettings;
import dev.sandjar.internal.plugin.host.JavaWorkers;
import dev.sandjar.internal.plugin.host.WorkerSource;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Contract;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a {@link PluginPool} is made of. Not thread-safe; each method returns this.
 *
 * @param <T> the contract
 */
public final class PluginPoolBuilder<T> {
    private static final int WORKERS_MAX = 1_024;
    /** What {@link Sandbox#untrusted()} brings. */
    private static final DataSize PRESET_MEMORY = DataSize.mebibytes(512);

    private static final DataSize MEMORY_LEAST = DataSize.mebibytes(64);
    private static final DataSize HEAP_LEAST = DataSize.mebibytes(8);

    private final Class<T> contract;
    private final String implementation;
    private final @Nullable CommandSource command;
    private List<Path> classPath = List.of();
    private @Nullable Sandbox sandbox;
    private @Nullable DataSize memory;
    private @Nullable DataSize heap;
    private Path jdk = Path.of(System.getProperty("java.home"));
    private List<String> options = List.of();
    private boolean archive = true;
    private PluginLimits limits = PluginLimits.standard();
    private PluginIsolation isolation = PluginIsolation.POOLED;
    private int warm;
    private int maxWorkers = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
    private long maxUses = Long.MAX_VALUE;
    private Duration maxIdle = Duration.ofMinutes(5);
    private @Nullable Duration freezeAfter;
    private Duration callTimeout = Duration.ofSeconds(30);
    private Duration startTimeout = Duration.ofSeconds(30);
    private Duration cancelGrace = Duration.ofSeconds(1);

    /** How workers that are not Java are started. */
    interface CommandSource {
        WorkerSource source(Contract contract, Sandbox sandbox, HostLimits limits) throws IOException;
    }

    PluginPoolBuilder(Class<T> contract, String implementation, @Nullable CommandSource command) {
        this.contract = Objects.requireNonNull(contract, "contract");
        this.implementation = Objects.requireNonNull(implementation, "implementation");
        this.command = command;
        // Refused here, by name, rather than when the pool is built.
        Contract unused = Contract.of(contract);
    }

    /**
     * The plugin's jars, or directories of classes. They are copied to the user's cache ({@code sandjar.dir}), by the hash of
     * their content, and workers see the copies, read-only. Nothing else of the host's class path is visible to them but the
     * contract's own classes.
     *
     * <p>{@link #build} follows links to them, and those in a directory that lead to files, only if the owner of a link is root or this
     * process's user and no sandbox of this JVM could write to a directory above it. An entry has at most 4 GiB, a directory also at
     * most 262144 files and 128 directories one below the other.
     *
     * @param entries jars and directories
     * @return this
     * @throws IllegalArgumentException if one is in another file system than the default one
     */
    public PluginPoolBuilder<T> classPath(Path... entries) {
        return classPath(List.of(entries));
    }

    /**
     * The plugin's jars, or directories of classes.
     *
     * @param entries see {@link #classPath(Path...)}
     * @return this
     * @throws IllegalArgumentException if one is in another file system than the default one
     */
    public PluginPoolBuilder<T> classPath(List<Path> entries) {
        List<Path> absolute = new ArrayList<>();
        for (Path entry : entries) {
            if (entry.getFileSystem() != FileSystems.getDefault()) {
                throw new IllegalArgumentException(entry + " is in another file system than the default one");
            }
            absolute.add(entry.toAbsolutePath());
        }
        classPath = List.copyOf(absolute);
        return this;
    }

    /**
     * The sandbox of workers, which needs a mount namespace, a private {@code /proc} and a root. The default is {@link
     * Sandbox#untrusted()} without its bounds of time, since a worker lives as long as it is used. Bounds of time that the given
     * one has are those of a worker's whole life.
     *
     * @param sandbox what else it may and may not
     * @return this
     */
    public PluginPoolBuilder<T> sandbox(Sandbox sandbox) {
        this.sandbox = Objects.requireNonNull(sandbox, "sandbox");
        return this;
    }

    /**
     * What a worker may use ({@link SandboxBuilder#memoryLimit}); files in its {@code /tmp} and shared memory count. The default is
     * that of the sandbox.
     *
     * @param max at least 64 MiB
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public PluginPoolBuilder<T> memoryLimit(DataSize max) {
        PluginLimits.range("memory limit in bytes", max.toBytes(), MEMORY_LEAST.toBytes(), Long.MAX_VALUE);
        memory = max;
        return this;
    }

    /**
     * The heap of a worker's virtual machine ({@code -Xmx}). The default leaves 192 MiB of the memory limit for everything else, but
     * is at least half of it.
     *
     * @param max at least 8 MiB
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public PluginPoolBuilder<T> heap(DataSize max) {
        PluginLimits.range("heap in bytes", max.toBytes(), HEAP_LEAST.toBytes(), Long.MAX_VALUE);
        heap = max;
        return this;
    }

    /**
     * The Java that workers run, from 17 on. The default is that of this virtual machine. Its directory is visible to workers,
     * read-only.
     *
     * @param home a directory with {@code bin/java} and {@code release}
     * @return this
     */
    public PluginPoolBuilder<T> jdk(Path home) {
        jdk = home.toAbsolutePath();
        return this;
    }

    /**
     * Further options for a worker's virtual machine, after Sandjar's own, so that they win.
     *
     * @param more for example {@code -XX:TieredStopAtLevel=4} for a plugin that computes for long
     * @return this
     */
    public PluginPoolBuilder<T> jvmOptions(String... more) {
        options = List.of(more);
        return this;
    }

    /**
     * Whether workers start from an archive of their classes (class data sharing, JEP 350), which is made once for each Java and
     * class path, inside a sandbox, at the first {@link #build}; that takes one or two seconds.
     *
     * @param wanted default true
     * @return this
     */
    public PluginPoolBuilder<T> classDataArchive(boolean wanted) {
        archive = wanted;
        return this;
    }

    /**
     * Bounds of messages and of calls at a time.
     *
     * @param limits default {@link PluginLimits#standard()}
     * @return this
     */
    public PluginPoolBuilder<T> limits(PluginLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
        return this;
    }

    /**
     * How long a worker lives.
     *
     * @param isolation default {@link PluginIsolation#POOLED}
     * @return this
     */
    public PluginPoolBuilder<T> isolation(PluginIsolation isolation) {
        this.isolation = Objects.requireNonNull(isolation, "isolation");
        return this;
    }

    /**
     * How many unused workers are kept ready. They are made in the background, from {@link #build} on.
     *
     * @param count 0 to 1024, default 0
     * @return this
     * @throws IllegalArgumentException if it is another
     */
    public PluginPoolBuilder<T> warm(int count) {
        warm = (int) PluginLimits.range("warm", count, 0, WORKERS_MAX);
        return this;
    }

    /**
     * How many workers there are at most. Who needs one more waits.
     *
     * @param count 1 to 1024, default twice the number of processors, at least 4
     * @return this
     * @throws IllegalArgumentException if it is another
     */
    public PluginPoolBuilder<T> maxWorkers(int count) {
        maxWorkers = (int) PluginLimits.range("maxWorkers", count, 1, WORKERS_MAX);
        return this;
    }

    /**
     * After how many uses (calls, or {@link Plugin}s that were taken) a worker is replaced.
     *
     * @param uses at least 1, default no bound
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public PluginPoolBuilder<T> maxUses(long uses) {
        maxUses = PluginLimits.range("maxUses", uses, 1, Long.MAX_VALUE);
        return this;
    }

    /**
     * After how long a worker that nobody uses is ended, unless it is one of those that are {@linkplain #warm kept ready}.
     *
     * @param time more than 0, default 5 minutes
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    public PluginPoolBuilder<T> maxIdle(Duration time) {
        maxIdle = positive("maxIdle", time);
        return this;
    }

    /**
     * After how long a worker that nobody uses is frozen ({@link dev.sandjar.SandboxProcess#freeze}): a plugin that computes when it
     * should not can't. It is thawed when it is used, which takes well below a millisecond. Where there is no cgroup, nothing happens.
     *
     * @param time more than 0; default never
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    public PluginPoolBuilder<T> freezeAfter(Duration time) {
        freezeAfter = positive("freezeAfter", time);
        return this;
    }

    /**
     * How long a call may take, waiting for a worker included. The call then fails; the worker's thread is interrupted, and the worker
     * ended if that does not help within {@link #cancelGrace}.
     *
     * @param time more than 0, default 30 seconds
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    public PluginPoolBuilder<T> callTimeout(Duration time) {
        callTimeout = positive("callTimeout", time);
        return this;
    }

    /**
     * How long a worker may take to start and to make its plugin.
     *
     * @param time more than 0, default 30 seconds
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    public PluginPoolBuilder<T> startTimeout(Duration time) {
        startTimeout = positive("startTimeout", time);
        return this;
    }

    /**
     * How long a worker whose call was cancelled or took too long may take to come to rest; after that it is ended.
     *
     * @param time more than 0, default one second
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    public PluginPoolBuilder<T> cancelGrace(Duration time) {
        cancelGrace = positive("cancelGrace", time);
        return this;
    }

    private static Duration positive(String what, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(what + " is " + time + ", not more than 0");
        }
        // More than a hundred years would not fit the clock.
        Duration most = Duration.ofDays(36_500);
        return time.compareTo(most) > 0 ? most : time;
    }

    /**
     * Makes the pool.
     *
     * @return the pool; close it
     * @throws IllegalArgumentException if more workers are to be kept ready than there may be
     * @throws IOException if a file of the class path can't be read, or the cache not be written
     * @throws dev.sandjar.SandboxException if the archive's sandbox can't be started
     */
    public PluginPool<T> build() throws IOException {
        if (warm > maxWorkers) {
            throw new IllegalArgumentException("warm is " + warm + ", more than maxWorkers, " + maxWorkers);
        }
        PoolSettings settings = new PoolSettings(
                isolation, warm, maxWorkers, maxUses, maxIdle, freezeAfter, callTimeout, startTimeout, cancelGrace);
        return new PluginPool<>(contract, source(), settings);
    }

    private WorkerSource source() throws IOException {
        Sandbox base = sandbox;
        DataSize known = memory;
        if (base == null) {
            base = Sandbox.untrusted().without(Limit.TIMEOUT, Limit.CPU_TIME).build();
            known = known == null ? PRESET_MEMORY : known;
        }
        if (memory != null) {
            base = base.toBuilder().memoryLimit(memory).build();
        }
        HostLimits bounds = new HostLimits(
                new CodecLimits((int) limits.messageSize().toBytes(), limits.depth(), limits.elements()),
                limits.inFlight(),
                limits.callbacksInFlight(),
                limits.streamSize().toBytes());
        if (command != null) {
            return command.source(Contract.of(contract), base, bounds);
        }
        return JavaWorkers.of(new JavaSettings(
                contract, implementation, classPath, base, known, heap, jdk, options, archive, bounds));
    }
}
