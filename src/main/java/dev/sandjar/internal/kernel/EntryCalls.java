package dev.sandjar.internal.kernel;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The C library's calls on names below an open directory. Names are bytes without a NUL, of any length. Every method returns what the call
 * returns, or the error number negated.
 */
public final class EntryCalls {
    /** Of {@code struct statx}. */
    public static final int STATUS_SIZE = 256;

    private static final int BATCH = 32768;

    /** The functions of the C library; whatever is not here, nothing can call. */
    static final class C {
        static native int openat(int directory, byte[] name, int flags, int mode);

        static native int statx(int directory, byte[] name, int flags, int mask, Pointer buffer);

        static native long getdents64(int fd, Pointer buffer, long size);

        static native long readlinkat(int directory, byte[] name, Pointer buffer, long size);

        static native int mkdirat(int directory, byte[] name, int mode);

        static native int symlinkat(byte[] target, int directory, byte[] name);

        static native int unlinkat(int directory, byte[] name, int flags);

        static native int renameat(int from, byte[] name, int to, byte[] newName);

        static native int fchmod(int fd, int mode);

        static native int chmod(byte[] path, int mode);

        static native long lseek(int fd, long offset, int whence);

        static native long fgetxattr(int fd, byte[] name, Pointer value, long size);
    }

    private EntryCalls() {}

    private static byte[] terminated(byte[] name) {
        return Arrays.copyOf(name, name.length + 1);
    }

    public static int open(int directory, byte[] name, int flags, int mode) {
        return NativeFunctions.result(() -> C.openat(directory, terminated(name), flags, mode));
    }

    /** Fills {@code into} with a {@code struct statx}. */
    public static int status(int directory, byte[] name, int flags, int mask, byte[] into) {
        try (Memory buffer = new Memory(STATUS_SIZE)) {
            buffer.clear();
            int n = NativeFunctions.result(() -> C.statx(directory, terminated(name), flags, mask, buffer));
            buffer.read(0, into, 0, STATUS_SIZE);
            return n;
        }
    }

    /** Adds the next names of an open directory, none at its end. */
    public static int names(int directory, List<byte[]> into) {
        try (Memory buffer = new Memory(BATCH)) {
            int n = NativeFunctions.result(() -> C.getdents64(directory, buffer, BATCH));
            for (int at = 0; at < n; at += buffer.getShort(at + 16L) & 0xffff) {
                byte[] name = until(buffer, at + 19, at + (buffer.getShort(at + 16L) & 0xffff));
                String text = new String(name, StandardCharsets.ISO_8859_1);
                if (!text.equals(".") && !text.equals("..")) {
                    into.add(name);
                }
            }
            return n;
        }
    }

    private static byte[] until(Memory buffer, int from, int end) {
        int to = from;
        while (to < end && buffer.getByte(to) != 0) {
            to++;
        }
        return buffer.getByteArray(from, to - from);
    }

    public static int rewind(int directory) {
        return NativeFunctions.result(() -> C.lseek(directory, 0, 0));
    }

    /** As many bytes of where a link leads as there is room for. */
    public static int link(int directory, byte[] name, byte[] into) {
        try (Memory buffer = new Memory(into.length)) {
            int n = NativeFunctions.result(() -> C.readlinkat(directory, terminated(name), buffer, into.length));
            buffer.read(0, into, 0, Math.max(n, 0));
            return n;
        }
    }

    public static int makeDirectory(int directory, byte[] name, int mode) {
        return NativeFunctions.result(() -> C.mkdirat(directory, terminated(name), mode));
    }

    public static int makeLink(byte[] target, int directory, byte[] name) {
        return NativeFunctions.result(() -> C.symlinkat(terminated(target), directory, terminated(name)));
    }

    public static int remove(int directory, byte[] name, int flags) {
        return NativeFunctions.result(() -> C.unlinkat(directory, terminated(name), flags));
    }

    public static int rename(int from, byte[] name, int to, byte[] newName) {
        return NativeFunctions.result(() -> C.renameat(from, terminated(name), to, terminated(newName)));
    }

    public static int changeMode(int fd, int mode) {
        return NativeFunctions.result(() -> C.fchmod(fd, mode));
    }

    public static int changeMode(byte[] path, int mode) {
        return NativeFunctions.result(() -> C.chmod(terminated(path), mode));
    }

    /** The value of an extended attribute, if there is room for it. */
    public static int attribute(int fd, byte[] name, byte[] into) {
        try (Memory buffer = new Memory(into.length)) {
            int n = NativeFunctions.result(() -> C.fgetxattr(fd, terminated(name), buffer, into.length));
            buffer.read(0, into, 0, Math.max(n, 0));
            return n;
        }
    }
}
