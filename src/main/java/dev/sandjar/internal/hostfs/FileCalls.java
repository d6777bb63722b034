package dev.sandjar.internal.hostfs;

import dev.sandjar.internal.kernel.EntryCalls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The system calls on names below an open directory, which the JDK has no equal of. Every method returns what the call returns, or the
 * error number negated; with {@code subordinates} what belongs to such ids is within reach ({@link SubordinateFiles}). Names are bytes
 * without a NUL. Layouts are those of 64-bit Linux.
 */
final class FileCalls {
    static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC = 0x7ff;
    private static final int LINK_MAX = 4096;
    private static final int XATTR_MAX = 256;
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] SELF = {'.'};

    private FileCalls() {}

    private static int after(boolean subordinates, int result, SubordinateFiles.Call call) {
        return subordinates ? SubordinateFiles.after(result, call) : result;
    }

    static int open(int directory, byte[] name, int flags, int mode, boolean subordinates) {
        int fd;
        do {
            fd = EntryCalls.open(directory, name, flags | Kernel.O_CLOEXEC, mode);
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
                        flags | Kernel.O_CLOEXEC,
                        (flags & Kernel.O_CREAT) == 0 ? 0 : mode,
                        0,
                        NOTHING));
    }

    /** What is known of a file, links not followed, in {@code into[0]}. An empty name is the directory itself. */
    static int status(int directory, byte[] name, FileStatus[] into, boolean subordinates) {
        byte[] status = new byte[EntryCalls.STATUS_SIZE];
        int flags = AT_SYMLINK_NOFOLLOW | (name.length == 0 ? AT_EMPTY_PATH : 0);
        int n = EntryCalls.status(directory, name, flags, STATX_BASIC, status);
        SubordinateFiles.Answer answer = subordinates && SubordinateFiles.refused(n)
                ? SubordinateFiles.call(
                        SubordinateFiles.Call.of(SubordinateFiles.STAT, directory, name, flags, STATX_BASIC))
                : null;
        if (answer != null) {
            System.arraycopy(answer.bytes(), 0, status, 0, answer.bytes().length);
            n = Math.min(answer.result(), 0);
        }
        if (n == 0) {
            ByteBuffer found = ByteBuffer.wrap(status).order(ByteOrder.nativeOrder());
            into[0] = new FileStatus(
                    found.getShort(28) & 0xffff, found.getLong(40), found.getInt(128), found.getInt(132));
        }
        return n;
    }

    /** Adds the next names of an open directory, none at its end. */
    static int names(int directory, List<byte[]> into) {
        return EntryCalls.names(directory, into);
    }

    static int rewind(int directory) {
        return EntryCalls.rewind(directory);
    }

    static int link(int directory, byte[] name, List<byte[]> into, boolean subordinates) {
        byte[] target = new byte[LINK_MAX];
        int n = EntryCalls.link(directory, name, target);
        SubordinateFiles.Answer answer = subordinates && SubordinateFiles.refused(n)
                ? SubordinateFiles.call(SubordinateFiles.Call.of(SubordinateFiles.READLINK, directory, name, 0, 0))
                : null;
        if (answer != null) {
            n = answer.result();
            System.arraycopy(answer.bytes(), 0, target, 0, Math.min(answer.bytes().length, LINK_MAX));
        }
        if (n >= 0) {
            into.add(Arrays.copyOf(target, n));
        }
        return n;
    }

    static int makeDirectory(int directory, byte[] name, int mode) {
        return EntryCalls.makeDirectory(directory, name, mode);
    }

    static int makeLink(byte[] target, int directory, byte[] name) {
        return EntryCalls.makeLink(target, directory, name);
    }

    static int remove(int directory, byte[] name, boolean isDirectory, boolean subordinates) {
        int flags = isDirectory ? AT_REMOVEDIR : 0;
        int result = EntryCalls.remove(directory, name, flags);
        return after(
                subordinates, result, SubordinateFiles.Call.of(SubordinateFiles.UNLINK, directory, name, flags, 0));
    }

    static int rename(int from, byte[] name, int to, byte[] newName, boolean subordinates) {
        int result = EntryCalls.rename(from, name, to, newName);
        return after(
                subordinates,
                result,
                new SubordinateFiles.Call(SubordinateFiles.RENAME, from, name, to, newName, 0, 0, 0, NOTHING));
    }

    static int changeMode(int fd, int mode) {
        return EntryCalls.changeMode(fd, mode);
    }

    /** For a descriptor of O_PATH, which fchmod refuses. */
    static int changeModeOfPath(int fd, int mode) {
        byte[] path = ("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII);
        return EntryCalls.changeMode(path, mode);
    }

    /** The value of an extended attribute as Latin-1, "" if there is none; long ones are an error. */
    static int attribute(int fd, String name, StringBuilder into, boolean subordinates) {
        byte[] value = new byte[XATTR_MAX];
        int n = EntryCalls.attribute(fd, name.getBytes(StandardCharsets.US_ASCII), value);
        SubordinateFiles.Answer answer = subordinates && SubordinateFiles.refused(n)
                ? SubordinateFiles.call(SubordinateFiles.Call.named(SubordinateFiles.ATTRIBUTE_OF, fd, NOTHING, name))
                : null;
        if (answer != null) {
            n = answer.result() > XATTR_MAX ? -Errno.ERANGE.number() : answer.result();
            System.arraycopy(answer.bytes(), 0, value, 0, Math.min(answer.bytes().length, XATTR_MAX));
        }
        if (n > 0) {
            into.append(new String(value, 0, n, StandardCharsets.ISO_8859_1));
        }
        return n;
    }
}
