package dev.sandjar.internal.kernel;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.util.Errno;
import org.jspecify.annotations.Nullable;

/** System calls of the host process that failed, in words. */
public final class Calls {
    private Calls() {}

    /** The result, unless it is an error number negated. */
    public static int check(int result, String step, String call, @Nullable String path) throws SandboxException {
        if (result < 0) {
            throw failure(step, call, path, -result);
        }
        return result;
    }

    public static SandboxException failure(String step, String call, @Nullable String path, int errno) {
        return new SandboxException(step, call, path, errno, "", remedy(errno));
    }

    public static String remedy(int errno) {
        return switch (Errno.of(errno).orElse(Errno.EINVAL)) {
            case EMFILE -> "raise this process's limit on open files (ulimit -n), or close processes and streams";
            case ENFILE -> "raise fs.file-max of this host";
            case ENOMEM, ENOBUFS -> "the kernel is out of memory for this process: free some, or raise its limit";
            case ETOOMANYREFS -> "start fewer processes at once, or raise the limit on open files (ulimit -n)";
            case ENOENT -> "create it, or correct the path";
            case EACCES, EPERM -> "check the permissions of the file and of the directories above it";
            case EISDIR -> "name a file";
            case ENOSPC, EDQUOT -> "free space on that file system, or raise the quota of this user";
            case EROFS -> "choose a directory on a file system that is mounted writable";
            case EIO -> "look into the host's log (dmesg(1)): a device or a file system has failed";
            default -> "";
        };
    }

    /** Read end and write end. */
    public static int[] pipe(Kernel kernel, String step) throws SandboxException {
        int[] ends = new int[2];
        check(kernel.pipe(ends), step, "pipe2", null);
        return ends;
    }

    /** 0, or an error number negated. */
    public static int writeAll(Kernel kernel, int fd, byte[] bytes) {
        int done = 0;
        while (done < bytes.length) {
            int n = kernel.write(fd, bytes, done, Math.min(bytes.length - done, 1 << 20));
            if (n == 0) {
                return -Errno.EIO.number();
            }
            if (n < 0 && !Errno.EINTR.is(-n)) {
                return n;
            }
            done += Math.max(n, 0);
        }
        return 0;
    }
}
