package dev.sandjar.internal.process;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.internal.hostfs.PrivateDirectory;
import dev.sandjar.internal.lan.SandboxSpace;
import dev.sandjar.internal.launcher.Relay;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.plan.TreeBounds;
import dev.sandjar.internal.stdio.OutputLimit;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What watches over a process, as far as it has that: its cgroups, the limit of its output, who decides on its system calls, who passes
 * its connections on, its places in networks, its directory in place of /tmp, its time, and who looks at all its processes together.
 */
public record Supervision(
        @Nullable GroupControl control,
        @Nullable OutputLimit limit,
        @Nullable CallHandler handler,
        @Nullable Relay relay,
        @Nullable SandboxSpace space,
        @Nullable PrivateDirectory tmp,
        @Nullable TreeWatch watch,
        Optional<Duration> timeout,
        Optional<Duration> cpuTime,
        Optional<DataSize> memory) {
    public Supervision(
            @Nullable GroupControl control,
            @Nullable OutputLimit limit,
            @Nullable CallHandler handler,
            @Nullable Relay relay,
            @Nullable SandboxSpace space) {
        this(control, limit, handler, relay, space, null, null, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The same, with a directory that is removed when the sandbox has ended. */
    public Supervision removing(@Nullable PrivateDirectory directory) {
        return new Supervision(control, limit, handler, relay, space, directory, watch, timeout, cpuTime, memory);
    }

    /** The same, with bounds that this start alone has; empty for those of the plan. */
    public Supervision bounded(Command command) {
        return new Supervision(
                control,
                limit,
                handler,
                relay,
                space,
                tmp,
                watch,
                command.timeout(),
                command.cpuTime(),
                command.memory());
    }

    /** The same, with bounds of all processes together. */
    public Supervision within(@Nullable TreeBounds bounds) {
        TreeWatch one = bounds == null ? null : new TreeWatch(bounds);
        return new Supervision(control, limit, handler, relay, space, tmp, one, timeout, cpuTime, memory);
    }
}
