package dev.sandjar.plugin;

import dev.sandjar.DataSize;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Collects the settings of a {@link PluginPool} and makes it. Each setter returns this builder. Not thread-safe. Only Sandjar
 * implements this interface.
 *
 * @param <T> the contract
 */
public interface PluginPoolBuilder<T> {
    /**
     * Sets the plugin's jars, or directories of classes, in place of those set before; none by default. They are copied to the user's
     * cache (system property {@code sandjar.dir}), by the hash of their content, and workers see the copies, read-only. Of the host's
     * class path workers see only the classes of the contract and Sandjar's own.
     *
     * <p>{@link #build} follows links to them, and those in a directory that lead to files, only if the owner of a link is root or this
     * process's user and no sandbox of this JVM could write to a directory above it. An entry has at most 4 GiB, a directory also at
     * most 262144 files and 128 directories one below the other.
     *
     * @param entries the jars and directories, in the order in which classes are looked for
     * @return this
     * @throws IllegalArgumentException if one is of another file system than the default one
     */
    PluginPoolBuilder<T> classPath(Path... entries);

    /**
     * Sets the plugin's jars, or directories of classes, as {@link #classPath(Path...)} does.
     *
     * @param entries the jars and directories, in the order in which classes are looked for
     * @return this
     * @throws IllegalArgumentException if one is of another file system than the default one
     */
    PluginPoolBuilder<T> classPath(List<Path> entries);

    /**
     * Sets the sandbox of workers. It needs a mount namespace, a private {@code /proc} and a root. The default is {@link
     * Sandbox#untrusted()} without its limits of wall-clock and CPU time, since a worker lives as long as it is used. Such limits of
     * the given sandbox hold for the whole life of a worker.
     *
     * @param sandbox the sandbox, to which the class path, the JDK and the memory limit are added
     * @return this
     */
    PluginPoolBuilder<T> sandbox(Sandbox sandbox);

    /**
     * Limits the memory of a worker ({@link SandboxBuilder#memoryLimit}); files in its {@code /tmp} and shared memory count. The
     * default is the limit of the sandbox, which is 512 MiB for the default one.
     *
     * @param max the largest use, at least 64 MiB
     * @return this
     * @throws IllegalArgumentException if it is less than 64 MiB
     */
    PluginPoolBuilder<T> memoryLimit(DataSize max);

    /**
     * Limits the heap of a worker's virtual machine ({@code -Xmx}). The default leaves 192 MiB of the memory limit for everything else,
     * but is at least half of it. With a {@link #sandbox} of the caller's and without {@link #memoryLimit}, the default is half of the
     * memory that the virtual machine finds.
     *
     * @param max the largest heap, at least 8 MiB
     * @return this
     * @throws IllegalArgumentException if it is less than 8 MiB
     */
    PluginPoolBuilder<T> heap(DataSize max);

    /**
     * Sets the Java that workers run, version 17 or later. The default is that of this virtual machine ({@code java.home}). Workers see
     * its directory read-only.
     *
     * @param home the directory that has {@code bin/java} and {@code release}
     * @return this
     */
    PluginPoolBuilder<T> jdk(Path home);

    /**
     * Sets further options for a worker's virtual machine, in place of those set before; none by default. They come after Sandjar's own
     * and override them.
     *
     * @param more the options, for example {@code -XX:TieredStopAtLevel=4} for a plugin that computes for long
     * @return this
     */
    PluginPoolBuilder<T> jvmOptions(String... more);

    /**
     * Sets whether workers start from an archive of their classes (class data sharing, JEP 350). The archive is made once for each
     * Java, class path, set of options and contract, inside a sandbox, at the first {@link #build}, which then takes one or two seconds
     * longer. If it can't be made, workers start without one, and a warning is logged.
     *
     * @param wanted whether to use an archive; true by default
     * @return this
     */
    PluginPoolBuilder<T> classDataArchive(boolean wanted);

    /**
     * Limits what host and worker exchange.
     *
     * @param limits the limits; {@link PluginLimits#standard()} by default
     * @return this
     */
    PluginPoolBuilder<T> limits(PluginLimits limits);

    /**
     * Sets whether workers are used again.
     *
     * @param isolation how workers are shared between calls; {@link PluginIsolation#POOLED} by default
     * @return this
     */
    PluginPoolBuilder<T> isolation(PluginIsolation isolation);

    /**
     * Sets how many workers that were never used are kept ready. They are started in the background, from {@link #build} on.
     *
     * @param count the number of workers, 0 to 1024, and not more than {@link #maxWorkers}; 0 by default
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    PluginPoolBuilder<T> warm(int count);

    /**
     * Sets how many workers there are at most. A call that needs one more waits, at most for {@link #callTimeout}.
     *
     * @param count the number of workers, 1 to 1024; by default twice the number of processors of this virtual machine, but at least 4
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    PluginPoolBuilder<T> maxWorkers(int count);

    /**
     * Sets after how many uses a worker is ended. A use is a call, or a {@link Plugin} that was taken.
     *
     * @param uses the number of uses, at least 1; not limited by default
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    PluginPoolBuilder<T> maxUses(long uses);

    /**
     * Sets after how much time without use a worker is ended, unless it is one of those that are {@linkplain #warm kept ready}. The
     * pool looks for such workers from time to time, so that one may live up to 30 seconds longer.
     *
     * @param time the time without use, more than 0; 5 minutes by default
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> maxIdle(Duration time);

    /**
     * Sets after how much time without use a worker is frozen ({@link dev.sandjar.SandboxProcess#freeze}), so that a plugin can't
     * compute between calls. A worker is thawed before it is used, which takes well below a millisecond. As with {@link #maxIdle}, it
     * may take up to 30 seconds longer. A worker without a cgroup is not frozen.
     *
     * @param time the time without use, more than 0; workers are not frozen by default
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> freezeAfter(Duration time);

    /**
     * Sets how long a call may take, waiting for a free worker included. After that it fails with {@link
     * PluginException.Reason#TIMED_OUT} or {@link PluginException.Reason#BUSY}. The thread of a worker in Java that serves the call is
     * interrupted; a worker that is still at the call after {@link #cancelGrace} is ended. A call that has to start a worker first
     * waits for that up to {@link #startTimeout}, and has all of this time afterwards.
     *
     * @param time the wall-clock time, more than 0; 30 seconds by default
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> callTimeout(Duration time);

    /**
     * Sets how long a worker in Java may take to start and to make its plugin. After that it is ended, and whoever waits for it gets a
     * {@link PluginException} with {@link PluginException.Reason#START_FAILED}.
     *
     * @param time the wall-clock time, more than 0; 30 seconds by default
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> startTimeout(Duration time);

    /**
     * Sets how long a worker whose call timed out or was cancelled may take to come to rest. After that it is ended.
     *
     * @param time the wall-clock time, more than 0; 1 second by default
     * @return this
     * @throws IllegalArgumentException if it is not more than 0
     */
    PluginPoolBuilder<T> cancelGrace(Duration time);

    /**
     * Makes the pool and begins to start the workers that are kept ready. With {@link #classDataArchive}, makes the archive of their
     * classes first if there is none.
     *
     * @return the pool, which the caller closes
     * @throws IllegalArgumentException if {@link #warm} is more than {@link #maxWorkers}
     * @throws IllegalStateException if the sandbox can't have what workers in Java need, such as a bind mount for the class path
     * @throws IOException if a file of the class path or of the JDK can't be read, the cache can't be written, or the thread is
     *     interrupted while the archive is made, in which case its interrupt status is set
     * @throws dev.sandjar.SandboxException if the sandbox that makes the archive can't be started, an entry of the class path is too
     *     large, or a link is not to be followed
     */
    PluginPool<T> build() throws IOException;
}
