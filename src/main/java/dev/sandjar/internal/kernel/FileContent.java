package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** Reads and writes open files at a place of theirs, in pieces of at most 128 KiB. Results are those of the kernel, error numbers negated. */
public final class FileContent {
    private static final int CHUNK = SpareMemory.forContent().size();

    private FileContent() {}

    /** {@code pwrite(2)} of no more than a piece. */
    public static int write(int fd, byte[] bytes, int offset, int length, long position) {
        Memory memory = SpareMemory.forContent().take();
        try {
            int chunk = Math.min(CHUNK, length);
            memory.write(0, bytes, offset, chunk);
            return (int) FileCall.PWRITE64.call(fd, Pointer.nativeValue(memory), chunk, position);
        } finally {
            SpareMemory.forContent().giveBack(memory);
        }
    }

    /** {@code pread(2)} of no more than a piece. */
    public static int read(int fd, byte[] bytes, int offset, int length, long position) {
        Memory memory = SpareMemory.forContent().take();
        try {
            int n = (int) FileCall.PREAD64.call(fd, Pointer.nativeValue(memory), Math.min(CHUNK, length), position);
            if (n > 0) {
                memory.read(0, bytes, offset, n);
            }
            return n;
        } finally {
            SpareMemory.forContent().giveBack(memory);
        }
    }
}
