package dev.sandjar.internal.process;

import dev.sandjar.internal.lan.SandboxSpace;
import dev.sandjar.internal.launcher.Relay;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.stdio.OutputLimit;
import org.jspecify.annotations.Nullable;

/**
 * What watches over a process, as far as it has that: its cgroups, the limit of its output, who decides on its system calls, and who passes
 * its connections on, and its places in networks.
 */
public record Supervision(
        @Nullable GroupControl control,
        @Nullable OutputLimit limit,
        @Nullable CallHandler handler,
        @Nullable Relay relay,
        @Nullable SandboxSpace space) {}
