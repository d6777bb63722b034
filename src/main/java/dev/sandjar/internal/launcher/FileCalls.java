package dev.sandjar.internal.launcher;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.sandjar.internal.util.Errno;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The system calls on names below an open directory, which the JDK has no equal of. Every method returns what the call returns, or the
 * error number negated; with {@code subordinates} what belongs to such ids is within reach ({@link SubordinateFiles}). Names are bytes
 * without a NUL. Layouts are those of 64-bit Linux.
 */
final class FileCalls {
    static final int O_DIRECTORY = 0200000;
    static final int O_EXCL = 0200;
    static final int O_PATH = 010000000;
    static final int AT_FDCWD = -100;
    private static final int O_CLOEXEC = 02000000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC = 0x7ff;
    private static final int STATX_SIZE = 256;
    private static final int BATCH = 32768;
    private static final int LINK_MAX = 4096;
    private static final int XATTR_MAX = 256;
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] SELF = {'.'};

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

    private FileCalls() {}

    private static int after(boolean subordinates, int result, SubordinateFiles.Call call) {
        return subordinates ? SubordinateFiles.after(result, call) : result;
    }

    private static byte[] terminated(byte[] name) {
        return Arrays.copyOf(name, name.length + 1);
    }

    static int open(int directory, byte[] name, int flags, int mode, boolean subordinates) {
        int fd;
        do {
            fd = NativeFunctions.result(() -> C.openat(directory, terminated(name), flags | O_CLOEXEC, mode));
        } while (Errno.EINTR.is(-fd));
        if (!subordinates) {
            return fd;
        }
        return SubordinateFiles.after(
                fd,
                new SubordinateFiles.Call(
                        SubordinateFiles.OPEN,
                        directory,
                        name.length == 0 ? SELF : name,
                        -1,
                        NOTHING,
                        flags | O_CLOEXEC,
                        (flags & Kernel.O_CREAT) == 0 ? 0 : mode,
                        0,
                        NOTHING));
    }

    /** What is known of a file, links not followed, in {@code into[0]}. An empty name is the directory itself. */
    static int status(int directory, byte[] name, FileStatus[] into, boolean subordinates) {
        try (Memory buffer = new Memory(STATX_SIZE)) {
            buffer.clear();
            int flags = AT_SYMLINK_NOFOLLOW | (name.length == 0 ? AT_EMPTY_PATH : 0);
            int n = NativeFunctions.result(() -> C.statx(directory, terminated(name), flags, STATX_BASIC, buffer));
            SubordinateFiles.Answer answer = subordinates && SubordinateFiles.refused(n)
                    ? SubordinateFiles.call(
                            SubordinateFiles.Call.of(SubordinateFiles.STAT, directory, name, flags, STATX_BASIC))
                    : null;
            if (answer != null) {
                buffer.write(0, answer.bytes(), 0, answer.bytes().length);
                n = Math.min(answer.result(), 0);
            }
            if (n == 0) {
                into[0] = new FileStatus(
                        buffer.getShort(28) & 0xffff, buffer.getLong(40), buffer.getInt(128), buffer.getInt(132));
            }
            return n;
        }
    }

    /** Adds the next names of an open directory, none at its end. */
    static int names(int directory, List<byte[]> into) {
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

    static int rewind(int directory) {
        return NativeFunctions.result(() -> C.lseek(directory, 0, 0));
    }

    static int link(int directory, byte[] name, List<byte[]> into, boolean subordinates) {
        try (Memory buffer = new Memory(LINK_MAX)) {
            int n = NativeFunctions.result(() -> C.readlinkat(directory, terminated(name), buffer, LINK_MAX));
            SubordinateFiles.Answer answer = subordinates && SubordinateFiles.refused(n)
                    ? SubordinateFiles.call(SubordinateFiles.Call.of(SubordinateFiles.READLINK, directory, name, 0, 0))
                    : null;
            if (answer != null) {
                n = answer.result();
                buffer.write(0, answer.bytes(), 0, Math.min(answer.bytes().length, LINK_MAX));
            }
            if (n >= 0) {
                into.add(buffer.getByteArray(0, n));
            }
            return n;
        }
    }

    static int makeDirectory(int directory, byte[] name, int mode) {
        return NativeFunctions.result(() -> C.mkdirat(directory, terminated(name), mode));
    }

    static int makeLink(byte[] target, int directory, byte[] name) {
        return NativeFunctions.result(() -> C.symlinkat(terminated(target), directory, terminated(name)));
    }

    static int remove(int directory, byte[] name, boolean isDirectory, boolean subordinates) {
        int flags = isDirectory ? AT_REMOVEDIR : 0;
        int result = NativeFunctions.result(() -> C.unlinkat(directory, terminated(name), flags));
        return after(
                subordinates, result, SubordinateFiles.Call.of(SubordinateFiles.UNLINK, directory, name, flags, 0));
    }

    static int rename(int from, byte[] name, int to, byte[] newName, boolean subordinates) {
        int result = NativeFunctions.result(() -> C.renameat(from, terminated(name), to, terminated(newName)));
        return after(
                subordinates,
                result,
                new SubordinateFiles.Call(SubordinateFiles.RENAME, from, name, to, newName, 0, 0, 0, NOTHING));
    }

    static int changeMode(int fd, int mode) {
        return NativeFunctions.result(() -> C.fchmod(fd, mode));
    }

    /** For a descriptor of O_PATH, which fchmod refuses. */
    static int changeModeOfPath(int fd, int mode) {
        byte[] path = ("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII);
        return NativeFunctions.result(() -> C.chmod(terminated(path), mode));
    }

    /** The value of an extended attribute as Latin-1, "" if there is none; long ones are an error. */
    static int attribute(int fd, String name, StringBuilder into, boolean subordinates) {
        try (Memory buffer = new Memory(XATTR_MAX)) {
            int n = NativeFunctions.result(
                    () -> C.fgetxattr(fd, terminated(name.getBytes(StandardCharsets.US_ASCII)), buffer, XATTR_MAX));
            SubordinateFiles.Answer answer = subordinates && SubordinateFiles.refused(n)
                    ? SubordinateFiles.call(
                            SubordinateFiles.Call.named(SubordinateFiles.ATTRIBUTE_OF, fd, NOTHING, name))
                    : null;
            if (answer != null) {
                n = answer.result() > XATTR_MAX ? -Errno.ERANGE.number() : answer.result();
                buffer.write(0, answer.bytes(), 0, Math.min(answer.bytes().length, XATTR_MAX));
            }
            if (n > 0) {
                into.append(new String(buffer.getByteArray(0, n), StandardCharsets.ISO_8859_1));
            }
            return n;
        }
    }
}
