package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.PathBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A file that a program may read and not write, also if its user may: a descriptor for reading alone is opened once more for writing
 * through /proc/self/fd. It is opened on a read-only copy of its mount; where this process may copy none, a small file is copied into
 * sealed memory, and a larger one is passed on through a pipe.
 */
final class ReadOnlyFile {
    /** What is copied at once. */
    static final long COPIED_MAX = 16L << 20;

    private static final int CLONE = 1;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int RDONLY = 1;
    private static final int ATTR_SIZE = 32;
    private static final int ALLOW_SEALING = 2;
    private static final int CLOEXEC = 1;
    private static final int F_ADD_SEALS = 1033;
    private static final int ALL_SEALS = 0xf;
    private static final int CHUNK = 1 << 16;

    private ReadOnlyFile() {}

    /**
     * The descriptor to hand over.
     *
     * @param place says which file it is
     */
    static int open(Kernel kernel, String step, Path path, int place, HostStat stat) throws SandboxException {
        int tree = (int) cloned(place);
        if (tree >= 0) {
            try {
                int fd = kernel.open(name(tree), Kernel.O_RDONLY | Kernel.O_NONBLOCK, 0);
                return Calls.check(fd, step, "open", PathBytes.shown(path));
            } finally {
                kernel.close(tree);
            }
        }
        int fd = kernel.open(name(place), Kernel.O_RDONLY | Kernel.O_NONBLOCK, 0);
        Calls.check(fd, step, "open", PathBytes.shown(path));
        return isForReadingAnyway(kernel, place, stat) ? fd : detached(kernel, step, path, fd);
    }

    /** A read-only copy of the mount with this file alone, or an error number negated: only who may mount can have one. */
    private static long cloned(int place) {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long none = scratch.name(0, new byte[0]);
            long tree = FileCall.OPEN_TREE.call(place, none, CLONE | Kernel.O_CLOEXEC | AT_EMPTY_PATH);
            if (tree < 0) {
                return tree;
            }
            scratch.clear(FileCall.Scratch.SECOND, ATTR_SIZE);
            scratch.setLong(FileCall.Scratch.SECOND, RDONLY);
            long set = FileCall.MOUNT_SETATTR.call(
                    tree, none, AT_EMPTY_PATH, scratch.address(FileCall.Scratch.SECOND), ATTR_SIZE);
            if (set < 0) {
                FileCall.CLOSE.call(tree);
                return set;
            }
            return tree;
        }
    }

    /** Neither its owner, who could make it writable, nor allowed to write. */
    private static boolean isForReadingAnyway(Kernel kernel, int place, HostStat stat) {
        if (stat.uid() == FileCall.GETEUID.call(0)) {
            return false;
        }
        int fd = kernel.open(name(place), Kernel.O_WRONLY | Kernel.O_NONBLOCK, 0);
        if (fd >= 0) {
            kernel.close(fd);
            return false;
        }
        return Errno.EACCES.is(-fd) || Errno.EROFS.is(-fd) || Errno.EPERM.is(-fd);
    }

    private static byte[] name(int fd) {
        return ("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII);
    }

    private static int detached(Kernel kernel, String step, Path path, int file) throws SandboxException {
        String shown = PathBytes.shown(path);
        int copy = -1;
        try {
            copy = Calls.check(kernel.memfd("sandjar-input", ALLOW_SEALING | CLOEXEC), step, "memfd_create", shown);
            byte[] buffer = new byte[CHUNK];
            long size = 0;
            int n = 0;
            while (size <= COPIED_MAX
                    && (n = Calls.check(kernel.read(file, buffer, 0, CHUNK), step, "read", shown)) > 0) {
                size += n;
                Calls.check(Calls.writeAll(kernel, copy, java.util.Arrays.copyOf(buffer, n)), step, "write", shown);
            }
            int handed;
            if (n == 0) {
                Calls.check(kernel.fcntl(copy, F_ADD_SEALS, ALL_SEALS), step, "fcntl(F_ADD_SEALS)", shown);
                // Another position, at the beginning, and no right to write that a seal would have to take back.
                handed = Calls.check(kernel.open(name(copy), Kernel.O_RDONLY, 0), step, "open", shown);
            } else {
                handed = piped(kernel, step, file, copy);
                copy = -1;
                file = -1;
            }
            return handed;
        } finally {
            if (copy >= 0) {
                kernel.close(copy);
            }
            if (file >= 0) {
                kernel.close(file);
            }
        }
    }

    /** What was read already, and then the rest. */
    private static int piped(Kernel kernel, String step, int rest, int begun) throws SandboxException {
        int first = kernel.open(name(begun), Kernel.O_RDONLY, 0);
        int[] pipe;
        try {
            pipe = Calls.pipe(kernel, step);
        } catch (SandboxException | RuntimeException | Error e) {
            kernel.close(first);
            throw e;
        }
        IoThreads.background(() -> {
            try {
                if (pass(kernel, first, pipe[1])) {
                    pass(kernel, rest, pipe[1]);
                }
            } finally {
                kernel.close(first);
                kernel.close(begun);
                kernel.close(rest);
                kernel.close(pipe[1]);
            }
        });
        return pipe[0];
    }

    /** False when nobody reads any more. */
    private static boolean pass(Kernel kernel, int from, int to) throws SandboxException {
        byte[] buffer = new byte[CHUNK];
        while (true) {
            int n = Calls.check(kernel.read(from, buffer, 0, CHUNK), "pass a file on", "read", null);
            if (n == 0) {
                return true;
            }
            int written = Calls.writeAll(kernel, to, java.util.Arrays.copyOf(buffer, n));
            if (Errno.EPIPE.is(-written)) {
                return false;
            }
            Calls.check(written, "pass a file on", "write", null);
        }
    }
}
