package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import java.util.Objects;

/**
 * The priority of a program's disk requests ({@code ioprio_set(2)}), for {@link dev.sandjar.ProcessAttributes}. Only some I/O schedulers,
 * such as BFQ, heed it. An immutable value.
 *
 * @param kind the scheduling class
 * @param level 0 (first) to 7 (last); 0 for {@link Kind#IDLE}
 */
public record IoPriority(Kind kind, int level) {
    private static final int LEVEL_MAX = 7;

    /** The scheduling classes of {@code ioprio_set(2)}. */
    public enum Kind {
        /** Requests that come before all others, IOPRIO_CLASS_RT. Needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host. */
        REALTIME,
        /** Requests of the usual class, IOPRIO_CLASS_BE. */
        BEST_EFFORT,
        /** Requests that are served only when nobody else wants the disk, IOPRIO_CLASS_IDLE. */
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
     * Returns the priority of a program that gets the disk only when nobody else wants it.
     *
     * @return the priority
     */
    public static IoPriority idle() {
        return new IoPriority(Kind.IDLE, 0);
    }

    /**
     * Returns a priority of the usual class.
     *
     * @param level 0 (first) to 7 (last); the kernel's default is 4
     * @return the priority
     * @throws IllegalArgumentException if the level is out of range
     */
    public static IoPriority bestEffort(int level) {
        return new IoPriority(Kind.BEST_EFFORT, level);
    }

    /**
     * Returns a priority that comes before all others. It needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host.
     *
     * @param level 0 (first) to 7 (last)
     * @return the priority
     * @throws IllegalArgumentException if the level is out of range
     */
    public static IoPriority realtime(int level) {
        return new IoPriority(Kind.REALTIME, level);
    }

    /** Returns the class and level, such as "idle" or "best effort 4". */
    @Override
    public String toString() {
        return switch (kind) {
            case IDLE -> "idle";
            case REALTIME -> "realtime " + level;
            case BEST_EFFORT -> "best effort " + level;
        };
    }
}
