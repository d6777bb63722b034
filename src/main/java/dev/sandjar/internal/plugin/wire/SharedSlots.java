package dev.sandjar.internal.plugin.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;

/**
 * Shared memory in slots, half of them for each direction. A slot is taken by its writer and given back by its reader; a peer that
 * lies about that harms its own messages only. The size of the memory is fixed by a seal, so that no access can fail.
 */
public final class SharedSlots {
    /** For each direction. */
    public static final int COUNT = 2;

    private static final int HEAD = 64;
    private static final int PAGE = 4096;
    private static final VarHandle STATE = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final MappedByteBuffer memory;
    private final int stride;
    private final int capacity;
    /** Of the first slot that this side writes, and reads. */
    private final int own;

    private final int foreign;
    private final boolean[] taken = new boolean[COUNT];

    public SharedSlots(MappedByteBuffer memory, int capacity, boolean host) {
        this.memory = memory;
        this.capacity = capacity;
        this.stride = stride(capacity);
        this.own = host ? 0 : COUNT * stride;
        this.foreign = host ? COUNT * stride : 0;
    }

    private static int stride(int capacity) {
        return (HEAD + capacity + PAGE - 1) / PAGE * PAGE;
    }

    /** Of the whole memory. */
    public static long size(int capacity) {
        return 2L * COUNT * stride(capacity);
    }

    /** One to write to, or -1 if all are in use: then the message takes the pipe. */
    public synchronized int take() {
        for (int i = 0; i < COUNT; i++) {
            if (!taken[i] && (int) STATE.getAcquire((ByteBuffer) memory, own + i * stride) == 0) {
                taken[i] = true;
                return i;
            }
        }
        return -1;
    }

    /** Copies a body, and leaves the slot to the reader. */
    public synchronized void fill(int slot, Encoder message) {
        ByteBuffer to = memory.duplicate();
        to.position(own + slot * stride + HEAD);
        message.copyBody(to);
        STATE.setRelease((ByteBuffer) memory, own + slot * stride, 1);
        taken[slot] = false;
    }

    /** The body that the other side says is there. */
    public ByteBuffer body(int slot, int length) {
        if (slot < 0 || slot >= COUNT || length < 0 || length > capacity) {
            throw new WireException("shared memory has no " + Integer.toUnsignedString(length) + " bytes in slot "
                    + Integer.toUnsignedString(slot));
        }
        ByteBuffer from = memory.duplicate();
        int start = foreign + slot * stride + HEAD;
        from.limit(start + length).position(start);
        return from.slice();
    }

    public void release(int slot) {
        STATE.setRelease((ByteBuffer) memory, foreign + slot * stride, 0);
    }
}
