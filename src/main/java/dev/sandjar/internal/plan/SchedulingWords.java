package dev.sandjar.internal.plan;

import dev.sandjar.linux.IoPriority;
import dev.sandjar.linux.Scheduling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/** Scheduling as the kernel takes it ({@code sched_setattr(2)}, {@code ioprio_set(2)}). */
final class SchedulingWords {
    private static final int ATTRIBUTES_SIZE = 48;
    private static final long RESET_ON_FORK = 1;
    private static final int CLASS_SHIFT = 13;

    private SchedulingWords() {}

    /** struct sched_attr of its first version. */
    static byte[] attributes(Scheduling scheduling) {
        return ByteBuffer.allocate(ATTRIBUTES_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(ATTRIBUTES_SIZE)
                .putInt(number(scheduling.policy()))
                .putLong(scheduling.resetsOnFork() ? RESET_ON_FORK : 0)
                .putInt(scheduling.nice().orElse(0))
                .putInt(scheduling.priority().orElse(0))
                .putLong(scheduling.runtime().map(Duration::toNanos).orElse(0L))
                .putLong(scheduling.deadline().map(Duration::toNanos).orElse(0L))
                .putLong(scheduling.period().map(Duration::toNanos).orElse(0L))
                .array();
    }

    static int number(Scheduling.Policy policy) {
        return switch (policy) {
            case OTHER -> 0;
            case FIFO -> 1;
            case ROUND_ROBIN -> 2;
            case BATCH -> 3;
            case IDLE -> 5;
            case DEADLINE -> 6;
        };
    }

    /** Class and level in one number. */
    static int number(IoPriority priority) {
        int kind =
                switch (priority.kind()) {
                    case REALTIME -> 1;
                    case BEST_EFFORT -> 2;
                    case IDLE -> 3;
                };
        return kind << CLASS_SHIFT | priority.level();
    }
}
