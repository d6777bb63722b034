package dev.sandjar.internal.process;

import dev.sandjar.LimitHits;
import dev.sandjar.SandboxEvent;
import dev.sandjar.SandboxEvent.Kind;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ObjLongConsumer;

/**
 * What the flight recorder gets of one sandbox's limits: what is seen while it runs, and at the end what nobody has seen before, which
 * of a short run is all. Thread-safe.
 */
final class RecordedLimits {
    private final ObjLongConsumer<Kind> recorder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Kind, Long> recorded = new EnumMap<>(Kind.class);
    private boolean ended;

    RecordedLimits(ObjLongConsumer<Kind> recorder) {
        this.recorder = recorder;
    }

    void seen(SandboxEvent event) {
        lock.lock();
        try {
            if (!ended) { // what comes later is in the last count
                tell(event.kind(), event.count());
            }
        } finally {
            lock.unlock();
        }
    }

    /** @param all of the whole run */
    void end(LimitHits all) {
        lock.lock();
        try {
            ended = true;
            rest(Kind.MEMORY_HIGH, all.memoryHigh());
            rest(Kind.MEMORY_MAX, all.memoryMax());
            rest(Kind.OUT_OF_MEMORY, all.outOfMemory());
            rest(Kind.OOM_KILL, all.oomKilled());
            rest(Kind.PIDS_MAX, all.pidsMax());
        } finally {
            lock.unlock();
        }
    }

    private void rest(Kind kind, long count) {
        long rest = count - recorded.getOrDefault(kind, 0L);
        if (rest > 0) {
            tell(kind, rest);
        }
    }

    private void tell(Kind kind, long count) {
        recorded.merge(kind, count, Long::sum);
        recorder.accept(kind, count);
    }
}
