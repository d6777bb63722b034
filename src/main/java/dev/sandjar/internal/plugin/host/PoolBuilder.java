package dev.sandjar.internal.plugin.host;

import dev.sandjar.DataSize;
import dev.sandjar.Limit;
import dev.sandjar.Sandbox;
import dev.sandjar.internal.plugin.wire.CodecLimits;
import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.plugin.PluginIsolation;
import dev.sandjar.plugin.PluginLimits;
import dev.sandjar.plugin.PluginPool;
import dev.sandjar.plugin.PluginPoolBuilder;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a pool and of its workers. */
final class PoolBuilder<T> implements PluginPoolBuilder<T> {
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

    PoolBuilder(Class<T> contract, String implementation, @Nullable CommandSource command) {
        this.contract = Objects.requireNonNull(contract, "contract");
        this.implementation = Objects.requireNonNull(implementation, "implementation");
        this.command = command;
        // Refused here, by name, rather than when the pool is built.
        Contract unused = Contract.of(contract);
    }

    @Override
    public PluginPoolBuilder<T> classPath(Path... entries) {
        Checks.elements("entries", entries);
        return classPath(List.of(entries));
    }

    @Override
    public PluginPoolBuilder<T> classPath(List<Path> entries) {
        Objects.requireNonNull(entries, "entries");
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

    @Override
    public PluginPoolBuilder<T> sandbox(Sandbox sandbox) {
        this.sandbox = Objects.requireNonNull(sandbox, "sandbox");
        return this;
    }

    @Override
    public PluginPoolBuilder<T> memoryLimit(DataSize max) {
        Objects.requireNonNull(max, "max");
        Checks.range("memory limit in bytes", max.toBytes(), MEMORY_LEAST.toBytes(), Long.MAX_VALUE);
        memory = max;
        return this;
    }

    @Override
    public PluginPoolBuilder<T> heap(DataSize max) {
        Objects.requireNonNull(max, "max");
        Checks.range("heap in bytes", max.toBytes(), HEAP_LEAST.toBytes(), Long.MAX_VALUE);
        heap = max;
        return this;
    }

    @Override
    public PluginPoolBuilder<T> jdk(Path home) {
        Objects.requireNonNull(home, "home");
        jdk = home.toAbsolutePath();
        return this;
    }

    @Override
    public PluginPoolBuilder<T> jvmOptions(String... more) {
        Checks.elements("more", more);
        options = List.of(more);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> classDataArchive(boolean wanted) {
        archive = wanted;
        return this;
    }

    @Override
    public PluginPoolBuilder<T> limits(PluginLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
        return this;
    }

    @Override
    public PluginPoolBuilder<T> isolation(PluginIsolation isolation) {
        this.isolation = Objects.requireNonNull(isolation, "isolation");
        return this;
    }

    @Override
    public PluginPoolBuilder<T> warm(int count) {
        warm = Checks.range("warm", count, 0, WORKERS_MAX);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> maxWorkers(int count) {
        maxWorkers = Checks.range("maxWorkers", count, 1, WORKERS_MAX);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> maxUses(long uses) {
        maxUses = Checks.range("maxUses", uses, 1, Long.MAX_VALUE);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> maxIdle(Duration time) {
        maxIdle = positive("maxIdle", time);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> freezeAfter(Duration time) {
        freezeAfter = positive("freezeAfter", time);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> callTimeout(Duration time) {
        callTimeout = positive("callTimeout", time);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> startTimeout(Duration time) {
        startTimeout = positive("startTimeout", time);
        return this;
    }

    @Override
    public PluginPoolBuilder<T> cancelGrace(Duration time) {
        cancelGrace = positive("cancelGrace", time);
        return this;
    }

    private static Duration positive(String what, Duration time) {
        Objects.requireNonNull(time, what);
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(what + " is " + time + ", not more than 0");
        }
        // More than a hundred years would not fit the clock.
        Duration most = Duration.ofDays(36_500);
        return time.compareTo(most) > 0 ? most : time;
    }

    @Override
    public PluginPool<T> build() throws IOException {
        if (warm > maxWorkers) {
            throw new IllegalArgumentException("warm is " + warm + ", more than maxWorkers, " + maxWorkers);
        }
        PoolSettings settings = new PoolSettings(
                isolation, warm, maxWorkers, maxUses, maxIdle, freezeAfter, callTimeout, startTimeout, cancelGrace);
        return new WorkerPool<>(contract, source(), settings);
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
