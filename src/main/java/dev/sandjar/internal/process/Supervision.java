package dev.sandjar.internal.process;

import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.stdio.OutputLimit;
import org.jspecify.annotations.Nullable;

/** What watches over a process, as far as it has that: its cgroups, the limit of its output, and who decides on its system calls. */
public record Supervision(@Nullable GroupControl control, @Nullable OutputLimit limit, @Nullable CallHandler handler) {}
