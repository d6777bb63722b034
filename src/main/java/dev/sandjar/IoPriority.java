package dev.sandjar;

import dev.sandjar.internal.util.Checks;

/** Whose disk requests come first ({@code ioprio_set(2)}); only some I/O schedulers heed it. An immutable value. */
public final class IoPriority {
    private static final int CLASS_SHIFT = 13;
    private static final int REALTIME = 1;
    private static final int BEST_EFFORT = 2;
    private static final int IDLE = 3;

    private final int value;

    private IoPriority(int scheduling, int level) {
        this.value = scheduling << CLASS_SHIFT | level;
    }

    /**
     * Only when nobody else wants the disk.
     *
     * @return the priority
     */
    public static IoPriority idle() {
        return new IoPriority(IDLE, 0);
    }

    /**
     * The usual class.
     *
     * @param level 0 (first) to 7 (last); the kernel's default is 4
     * @return the priority
     * @throws IllegalArgumentException if out of range
     */
    public static IoPriority bestEffort(int level) {
        return new IoPriority(BEST_EFFORT, Checks.range("I/O priority level", level, 0, 7));
    }

    /**
     * Before everybody else; needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host.
     *
     * @param level 0 (first) to 7 (last)
     * @return the priority
     * @throws IllegalArgumentException if out of range
     */
    public static IoPriority realtime(int level) {
        return new IoPriority(REALTIME, Checks.range("I/O priority level", level, 0, 7));
    }

    /**
     * As {@code ioprio_set(2)} takes it.
     *
     * @return class and level in one number
     */
    public int value() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IoPriority that && value == that.value;
    }

    @Override
    public int hashCode() {
        return value;
    }

    @Override
    public String toString() {
        int level = value & 7;
        int scheduling = value >> CLASS_SHIFT;
        return scheduling == IDLE ? "idle" : (scheduling == REALTIME ? "realtime " : "best effort ") + level;
    }
}
