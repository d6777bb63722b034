package dev.sandjar.internal.plan;

import dev.sandjar.Limits;
import dev.sandjar.ProcessAttributes;
import dev.sandjar.Rlimit;
import dev.sandjar.RlimitValue;
import dev.sandjar.internal.bpf.KernelVersion;
import java.util.OptionalLong;

/**
 * RLIMIT_NPROC behind a limit on processes by cgroups, for the presets: not what is to be reached, but what is left should the first
 * fail. It leaves room, so that a running sandbox can be given more.
 */
public final class ProcessLimitFallback {
    private static final int ROOM = 4;
    /** Before, the kernel counted all processes that a user of the host has, whatever sandbox or program they belong to. */
    private static final KernelVersion COUNTED_BY_NAMESPACE = new KernelVersion(5, 14);

    private ProcessLimitFallback() {}

    /** How many processes and threads it allows; nothing if the caller has chosen RLIMIT_NPROC himself, or has no limit on processes. */
    public static OptionalLong of(ProcessAttributes process, Limits limits) {
        RlimitValue least = process.rlimits().get(Rlimit.NPROC);
        boolean preset = process.presetRlimits().contains(Rlimit.NPROC);
        OptionalLong processes = limits.pids();
        return least == null || !preset || processes.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(least.hard(), processes.getAsLong() * ROOM));
    }

    /** Whether this kernel counts the processes of one sandbox for it, and no others. */
    static boolean countsAlone(Draft draft) {
        return draft.userNamespace && KernelVersion.host().compareTo(COUNTED_BY_NAMESPACE) >= 0;
    }
}
