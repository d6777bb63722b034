package dev.sandjar.launcher;

import com.sun.jna.Memory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Memory outside of the Java heap that is used again and again, for short. Threads don't keep any, because they belong to others and may
 * live longer than this library is loaded. Thread-safe.
 */
final class SpareMemory {
    private static final SpareMemory FOR_STATUS = new SpareMemory(256);
    private static final SpareMemory FOR_CONTENT = new SpareMemory(1 << 17);

    private final int size;
    /** As many as were used at the same time. */
    private final Queue<Memory> spare = new ConcurrentLinkedQueue<>();

    private SpareMemory(int size) {
        this.size = size;
    }

    /** 256 bytes. */
    static SpareMemory forStatus() {
        return FOR_STATUS;
    }

    /** 128 KiB. */
    static SpareMemory forContent() {
        return FOR_CONTENT;
    }

    int size() {
        return size;
    }

    Memory take() {
        Memory memory = spare.poll();
        return memory == null ? new Memory(size) : memory;
    }

    void giveBack(Memory memory) {
        spare.offer(memory);
    }

    /** Frees what nobody is using. */
    static void freeAll() {
        for (SpareMemory each : new SpareMemory[] {FOR_STATUS, FOR_CONTENT}) {
            for (Memory memory = each.spare.poll(); memory != null; memory = each.spare.poll()) {
                memory.close();
            }
        }
    }
}
