package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;

/** How what lies beneath an open directory is opened ({@code openat2(2)}): nothing leads out of it, and nothing waits for a pipe. */
final class TreeOpening {
    private static final byte[] NOTHING = new byte[0];
    private static final long NO_SYMLINKS = 0x04;
    private static final long RESOLVE = 0x01 | 0x02 | NO_SYMLINKS | 0x08; // NO_XDEV, NO_MAGICLINKS, BENEATH
    private static final int HOW = FileCall.Scratch.THIRD;
    private static final int HOW_SIZE = 24;

    private final HostTree tree;
    private final int fd;
    private final boolean subordinates;

    TreeOpening(HostTree tree, int fd, boolean subordinates) {
        this.tree = tree;
        this.fd = fd;
        this.subordinates = subordinates;
    }

    /** The descriptor, or an error number negated. */
    int open(String path, int flags, int mode) {
        return open(path, flags | Kernel.O_CLOEXEC | Kernel.O_NOFOLLOW, mode, RESOLVE);
    }

    /** A file that is there; anything but a regular file is refused. */
    HostFile regular(String path, int flags, String step) throws SandboxException {
        return regular(open(path, flags | Kernel.O_NONBLOCK, 0), path, step);
    }

    /** The same for reading, symbolic links followed as long as they stay beneath the directory. */
    HostFile regularThroughLinks(String path, String step) throws SandboxException {
        return regular(open(path, Kernel.O_NONBLOCK | Kernel.O_CLOEXEC, 0, RESOLVE & ~NO_SYMLINKS), path, step);
    }

    private HostFile regular(int result, String path, String step) throws SandboxException {
        if (result < 0) {
            throw Calls.failure(step, "openat2", tree.shown(path), -result);
        }
        HostFile file = new HostFile(result, () -> tree.shown(path));
        if (file.stat().type() != HostTree.S_IFREG) {
            file.close();
            throw Calls.failure(step + " that is none", "openat2", tree.shown(path), Errno.EINVAL.number());
        }
        return file;
    }

    private int open(String path, int flags, int mode, long resolve) {
        byte[] name = HostTree.bytes(path.isEmpty() ? "." : path);
        if (name.length > HostTree.PATH_MAX) {
            return -Errno.ENAMETOOLONG.number();
        }
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            scratch.setLong(HOW, flags);
            scratch.setLong(HOW + 8, mode);
            scratch.setLong(HOW + 16, resolve);
            int result;
            do {
                result = (int) FileCall.OPENAT2.call(fd, scratch.name(0, name), scratch.address(HOW), HOW_SIZE);
                if (subordinates) {
                    result = SubordinateFiles.after(
                            result,
                            new SubordinateFiles.Call(
                                    SubordinateFiles.OPEN, fd, name, -1, NOTHING, flags, mode, resolve, NOTHING));
                }
            } while (Errno.EAGAIN.is(-result)); // somebody renames meanwhile
            return result;
        }
    }
}
