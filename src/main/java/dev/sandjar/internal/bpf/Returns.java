package dev.sandjar.internal.bpf;

import dev.sandjar.seccomp.SeccompAction;

/** What a filter may return: SECCOMP_RET_* of {@code linux/seccomp.h}, the data in the low 16 bits. */
public final class Returns {
    public static final int KILL_PROCESS = 0x80000000;
    public static final int KILL_THREAD = 0;
    public static final int TRAP = 0x00030000;
    public static final int ERRNO = 0x00050000;
    public static final int USER_NOTIF = 0x7fc00000;
    public static final int TRACE = 0x7ff00000;
    public static final int LOG = 0x7ffc0000;
    public static final int ALLOW = 0x7fff0000;

    private static final int ACTION = 0xffff0000;
    private static final int DATA = 0x0000ffff;

    private Returns() {}

    /** The value of an action. */
    public static int of(SeccompAction action) {
        return switch (action.kind()) {
            case ALLOW -> ALLOW;
            case ERRNO -> errno(action.error().orElseThrow());
            case KILL_PROCESS -> KILL_PROCESS;
            case KILL_THREAD -> KILL_THREAD;
            case TRAP -> TRAP;
            case LOG -> LOG;
            case ASK_HOST -> USER_NOTIF;
        };
    }

    public static int errno(int number) {
        return ERRNO | number;
    }

    public static int action(int value) {
        return value & ACTION;
    }

    public static int data(int value) {
        return value & DATA;
    }

    public static boolean isErrno(int value) {
        return action(value) == ERRNO;
    }
}
