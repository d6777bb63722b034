package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Memory outside of the Java heap that is used again and again, for short. Threads don't keep any, because they belong to others and may
 * live longer than this library is loaded. As long as there is any, JNA has a thread, which keeps the class loader: {@link
 * NativeFunctions} frees it when nobody makes calls. Thread-safe.
 */
public final class SpareMemory {
    private static final SpareMemory FOR_STATUS = new SpareMemory(256);
    private static final SpareMemory FOR_CONTENT = new SpareMemory(1 << 17);
    private static final SpareMemory FOR_CALLS = new SpareMemory(FileCall.Scratch.SIZE);

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

    /** Arguments of a system call on files. */
    static SpareMemory forCalls() {
        return FOR_CALLS;
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

    private void free() {
        for (Memory memory = spare.poll(); memory != null; memory = spare.poll()) {
            memory.close();
        }
    }

    /** Frees what nobody is using. */
    public static void freeAll() {
        FOR_STATUS.free();
        FOR_CONTENT.free();
        FOR_CALLS.free();
    }
}
