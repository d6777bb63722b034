package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;

/**
 * The system calls on files that the JDK lacks: relative to open directories, never through a symbolic link, with names that are bytes.
 * Called by number, since C libraries do not have all of them. Results are those of the kernel, error numbers negated.
 */
public enum FileCall {
    CLOSE(3, 57),
    PREAD64(17, 67),
    PWRITE64(18, 68),
    FLOCK(73, 32),
    FTRUNCATE(77, 46),
    FCHMOD(91, 52),
    FCHOWN(93, 55),
    FSYNC(74, 82),
    LSETXATTR(189, 6),
    LGETXATTR(192, 9),
    LLISTXATTR(195, 12),
    GETDENTS64(217, 61),
    GETEUID(107, 175),
    MKDIRAT(258, 34),
    MKNODAT(259, 33),
    FCHOWNAT(260, 54),
    UNLINKAT(263, 35),
    LINKAT(265, 37),
    SYMLINKAT(266, 36),
    READLINKAT(267, 78),
    FCHMODAT(268, 53),
    SYNC_FILE_RANGE(277, 84),
    UTIMENSAT(280, 88),
    SYNCFS(306, 267),
    RENAMEAT2(316, 276),
    STATX(332, 291),
    OPEN_TREE(428, 428),
    OPENAT2(437, 437),
    MOUNT_SETATTR(442, 442);

    private static final boolean ARM = Architecture.ofThisJvm() == Architecture.AARCH64;

    private final int x86;
    private final int arm;

    FileCall(int x86, int arm) {
        this.x86 = x86;
        this.arm = arm;
    }

    /** The C library's way to any call; all arguments of Linux are words. */
    static final class C {
        static native long syscall(long number, long a, long b, long c, long d, long e);
    }

    /** Loads what is needed, or says why that is impossible. */
    public static void require() throws SandboxException {
        Platform.require();
        try {
            CLOSE.call(-1);
        } catch (LinkageError | IllegalCallerException e) {
            throw NativeAccess.explain(e);
        }
    }

    public long call(long a) {
        return call(a, 0, 0, 0, 0);
    }

    public long call(long a, long b) {
        return call(a, b, 0, 0, 0);
    }

    public long call(long a, long b, long c) {
        return call(a, b, c, 0, 0);
    }

    public long call(long a, long b, long c, long d) {
        return call(a, b, c, d, 0);
    }

    public long call(long a, long b, long c, long d, long e) {
        NativeFunctions.enter();
        try {
            long result;
            do {
                result = C.syscall(ARM ? arm : x86, a, b, c, d, e);
                if (result == -1) {
                    result = -Native.getLastError();
                }
            } while (Errno.EINTR.is((int) -result) && this != CLOSE);
            return result;
        } finally {
            NativeFunctions.leave();
        }
    }

    /** Memory for the arguments of a call, used again and again. */
    public static final class Scratch implements AutoCloseable {
        /** Two names of 4096 bytes each, and structures or a name of a descriptor behind them. */
        public static final int SECOND = 4104;

        public static final int THIRD = 2 * SECOND;
        static final int SIZE = THIRD + 4096 + (1 << 16);

        private final Memory memory;

        private Scratch(Memory memory) {
            this.memory = memory;
        }

        public static Scratch take() {
            return new Scratch(SpareMemory.forCalls().take());
        }

        public void clear(long offset, long size) {
            memory.setMemory(offset, size, (byte) 0);
        }

        public short getShort(long offset) {
            return memory.getShort(offset);
        }

        public int getInt(long offset) {
            return memory.getInt(offset);
        }

        public long getLong(long offset) {
            return memory.getLong(offset);
        }

        /** The address of what {@code utimensat(2)} takes for one time twice: that of last access and that of last change. */
        public long times(int offset, long seconds, int nanoseconds) {
            for (int at = offset; at <= offset + 16; at += 16) {
                memory.setLong(at, seconds);
                memory.setLong(at + 8L, nanoseconds);
            }
            return address(offset);
        }

        public void setLong(long offset, long value) {
            memory.setLong(offset, value);
        }

        public byte[] getByteArray(long offset, int size) {
            return memory.getByteArray(offset, size);
        }

        /** The bytes up to a NUL, a character each. */
        public String getString(long offset) {
            return memory.getString(offset, "ISO-8859-1");
        }

        public void write(long offset, byte[] bytes, int from, int length) {
            memory.write(offset, bytes, from, length);
        }

        /** The address of a name that was copied to {@code offset}, with its NUL. */
        public long name(int offset, byte[] name) {
            memory.write(offset, name, 0, name.length);
            memory.setByte(offset + name.length, (byte) 0);
            return address(offset);
        }

        public long address(int offset) {
            return Pointer.nativeValue(memory) + offset;
        }

        @Override
        public void close() {
            SpareMemory.forCalls().giveBack(memory);
        }
    }
}
