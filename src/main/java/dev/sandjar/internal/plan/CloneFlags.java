package dev.sandjar.internal.plan;

import dev.sandjar.NamespaceKind;

/** CLONE_NEW* of {@code sched.h}. */
final class CloneFlags {
    private CloneFlags() {}

    static long of(NamespaceKind kind) {
        return switch (kind) {
            case USER -> 0x10000000L;
            case PID -> 0x20000000L;
            case MOUNT -> 0x00020000L;
            case NETWORK -> 0x40000000L;
            case IPC -> 0x08000000L;
            case UTS -> 0x04000000L;
            case CGROUP -> 0x02000000L;
            case TIME -> 0x00000080L;
        };
    }
}
