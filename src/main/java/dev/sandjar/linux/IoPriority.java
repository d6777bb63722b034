package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import java.util.Objects;

/**
 * Whose disk requests come first ({@code ioprio_set(2)}); only some I/O schedulers heed it.
 *
 * @param kind the scheduling class
 * @param level 0 (first) to 7 (last); 0 for {@link Kind#IDLE}
 */
public record IoPriority(Kind kind, int level) {
    private static final int LEVEL_MAX = 7;

    /** The scheduling classes of {@code ioprio_set(2)}. */
    public enum Kind {
        /** Before everybody else; needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host. IOPRIO_CLASS_RT. */
        REALTIME,
        /** The usual class. IOPRIO_CLASS_BE. */
        BEST_EFFORT,
        /** Only when nobody else wants the disk. IOPRIO_CLASS_IDLE. */
        IDLE
    }

    /**
     * Checks the level.
     *
     * @param kind the scheduling class
     * @param level 0 (first) to 7 (last); 0 for {@link Kind#IDLE}
     * @throws IllegalArgumentException if the level is out of range
     */
    public IoPriority {
        Objects.requireNonNull(kind, "kind");
        Checks.range("I/O priority level", level, 0, kind == Kind.IDLE ? 0 : LEVEL_MAX);
    }

    /**
     * Only when nobody else wants the disk.
     *
     * @return the priority
     */
    public static IoPriority idle() {
        return new IoPriority(Kind.IDLE, 0);
    }

    /**
     * The usual class.
     *
     * @param level 0 (first) to 7 (last); the kernel's default is 4
     * @return the priority
     * @throws IllegalArgumentException if out of range
     */
    public static IoPriority bestEffort(int level) {
        return new IoPriority(Kind.BEST_EFFORT, level);
    }

    /**
     * Before everybody else; needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host.
     *
     * @param level 0 (first) to 7 (last)
     * @return the priority
     * @throws IllegalArgumentException if out of range
     */
    public static IoPriority realtime(int level) {
        return new IoPriority(Kind.REALTIME, level);
    }

    /** Such as "idle" or "best effort 4". */
    @Override
    public String toString() {
        return switch (kind) {
            case IDLE -> "idle";
            case REALTIME -> "realtime " + level;
            case BEST_EFFORT -> "best effort " + level;
        };
    }
}
