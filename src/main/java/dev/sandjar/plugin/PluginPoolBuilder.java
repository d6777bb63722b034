package dev.sandjar.plugin;

import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Collects what a {@link PluginPool} is made of. Not thread-safe; each method returns this. Only Sandjar implements it.
 *
 * @param <T> the contract
 */
public interface PluginPoolBuilder<T> {
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
    PluginPoolBuilder<T> classPath(Path... entries);

    /**
     * The plugin's jars, or directories of classes.
     *
     * @param entries see {@link #classPath(Path...)}
     * @return this
     * @throws IllegalArgumentException if one is in another file system than the default one
     */
    PluginPoolBuilder<T> classPath(List<Path> entries);

    /**
     * The sandbox of workers, which needs a mount namespace, a private {@code /proc} and a root. The default is {@link
     * Sandbox#untrusted()} without its bounds of time, since a worker lives as long as it is used. Bounds of time that the given
     * one has are those of a worker's whole life.
     *
     * @param sandbox what else it may and may not
     * @return this
     */
    PluginPoolBuilder<T> sandbox(Sandbox sandbox);

    /**
     * What a worker may use ({@link SandboxBuilder#memoryLimit}); files in its {@code /tmp} and shared memory count. The default is
     * that of the sandbox.
     *
     * @param max at least 64 MiB
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    PluginPoolBuilder<T> memoryLimit(DataSize max);

    /**
     * The heap of a worker's virtual machine ({@code -Xmx}). The default leaves 192 MiB of the memory limit for everything else, but
     * is at least half of it.
     *
     * @param max at least 8 MiB
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    PluginPoolBuilder<T> heap(DataSize max);

    /**
     * The Java that workers run, from 17 on. The default is that of this virtual machine. Its directory is visible to workers,
     * read-only.
     *
     * @param home a directory with {@code bin/java} and {@code release}
     * @return this
     */
    PluginPoolBuilder<T> jdk(Path home);

    /**
     * Further options for a worker's virtual machine, after Sandjar's own, so that they win.
     *
     * @param more for example {@code -XX:TieredStopAtLevel=4} for a plugin that computes for long
     * @return this
     */
    PluginPoolBuilder<T> jvmOptions(String... more);

    /**
     * Whether workers start from an archive of their classes (class data sharing, JEP 350), which is made once for each Java and
     * class path, inside a sandbox, at the first {@link #build}; that takes one or two seconds.
     *
     * @param wanted default true
     * @return this
     */
    PluginPoolBuilder<T> classDataArchive(boolean wanted);

    /**
     * Bounds of messages and of calls at a time.
     *
     * @param limits default {@link PluginLimits#standard()}
     * @return this
     */
    PluginPoolBuilder<T> limits(PluginLimits limits);

    /**
     * How long a worker lives.
     *
     * @param isolation default {@link PluginIsolation#POOLED}
     * @return this
     */
    PluginPoolBuilder<T> isolation(PluginIsolation isolation);

    /**
     * How many unused workers are kept ready. They are made in the background, from {@link #build} on.
     *
     * @param count 0 to 1024, default 0
     * @return this
     * @throws IllegalArgumentException if it is another
     */
    PluginPoolBuilder<T> warm(int count);

    /**
     * How many workers there are at most. Who needs one more waits.
     *
     * @param count 1 to 1024, default twice the number of processors, at least 4
     * @return this
     * @throws IllegalArgumentException if it is another
     */
    PluginPoolBuilder<T> maxWorkers(int count);

    /**
     * After how many uses (calls, or {@link Plugin}s that were taken) a worker is replaced.
     *
     * @param uses at least 1, default no bound
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    PluginPoolBuilder<T> maxUses(long uses);

    /**
     * After how long a worker that nobody uses is ended, unless it is one of those that are {@linkplain #warm kept ready}.
     *
     * @param time more than 0, default 5 minutes
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> maxIdle(Duration time);

    /**
     * After how long a worker that nobody uses is frozen ({@link dev.sandjar.SandboxProcess#freeze}): a plugin that computes when it
     * should not can't. It is thawed when it is used, which takes well below a millisecond. Where there is no cgroup, nothing happens.
     *
     * @param time more than 0; default never
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> freezeAfter(Duration time);

    /**
     * How long a call may take, waiting for a worker included. The call then fails; the worker's thread is interrupted, and the worker
     * ended if that does not help within {@link #cancelGrace}.
     *
     * @param time more than 0, default 30 seconds
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> callTimeout(Duration time);

    /**
     * How long a worker may take to start and to make its plugin.
     *
     * @param time more than 0, default 30 seconds
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> startTimeout(Duration time);

    /**
     * How long a worker whose call was cancelled or took too long may take to come to rest; after that it is ended.
     *
     * @param time more than 0, default one second
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> cancelGrace(Duration time);

    /**
     * Makes the pool.
     *
     * @return the pool; close it
     * @throws IllegalArgumentException if more workers are to be kept ready than there may be
     * @throws IOException if a file of the class path can't be read, or the cache not be written
     * @throws dev.sandjar.SandboxException if the archive's sandbox can't be started
     */
    PluginPool<T> build() throws IOException;
}
