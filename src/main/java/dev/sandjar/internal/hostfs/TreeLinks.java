package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.util.Errno;
import java.nio.charset.StandardCharsets;

/** Links and renames in an open directory: what has two names. */
final class TreeLinks {
    private static final byte[] NOTHING = new byte[0];

    private final TreeCalls calls;

    TreeLinks(TreeCalls calls) {
        this.calls = calls;
    }

    boolean trySymlink(String target, String name) throws SandboxException {
        if (HostTree.bytes(target).length > HostTree.PATH_MAX || HostTree.bytes(name).length > HostTree.PATH_MAX) {
            throw Calls.failure("make a link", "symlinkat", calls.shown(name), Errno.ENAMETOOLONG.number());
        }
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long result = FileCall.SYMLINKAT.call(
                    scratch.name(0, HostTree.bytes(target)),
                    calls.fd,
                    scratch.name(FileCall.Scratch.SECOND, HostTree.bytes(name)));
            result = calls.after(
                    result,
                    SubordinateFiles.Call.named(
                            SubordinateFiles.SYMLINK, calls.fd, HostTree.bytes(name), HostTree.bytes(target), NOTHING));
            return calls.made((int) result, "make a link", "symlinkat", name);
        }
    }

    void link(HostTree from, String existing, String name) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long result = FileCall.LINKAT.call(
                    from.descriptor(),
                    scratch.name(0, HostTree.named(existing)),
                    calls.fd,
                    scratch.name(FileCall.Scratch.SECOND, HostTree.named(name)),
                    0);
            result = calls.after(
                    result,
                    two(
                            SubordinateFiles.LINK,
                            calls.fd,
                            HostTree.named(name),
                            from.descriptor(),
                            HostTree.named(existing),
                            0));
            calls.check(result, "make a hard link", "linkat", name);
        }
    }

    String readlink(String name) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            int n = (int) FileCall.READLINKAT.call(
                    calls.fd,
                    scratch.name(0, HostTree.named(name)),
                    scratch.address(FileCall.Scratch.SECOND),
                    HostTree.PATH_MAX + 1L);
            if (calls.subordinates) {
                SubordinateFiles.Call same =
                        SubordinateFiles.Call.of(SubordinateFiles.READLINK, calls.fd, HostTree.named(name), 0, 0);
                n = SubordinateFiles.after(n, same, scratch, FileCall.Scratch.SECOND);
            }
            Calls.check(n, "read a link", "readlinkat", calls.shown(name));
            return new String(scratch.getByteArray(FileCall.Scratch.SECOND, n), StandardCharsets.ISO_8859_1);
        }
    }

    int rename(String name, HostTree to, String newName, int flags) {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long result = FileCall.RENAMEAT2.call(
                    calls.fd,
                    scratch.name(0, HostTree.named(name)),
                    to.descriptor(),
                    scratch.name(FileCall.Scratch.SECOND, HostTree.named(newName)),
                    flags);
            return calls.after(
                    result,
                    two(
                            SubordinateFiles.RENAME,
                            calls.fd,
                            HostTree.named(name),
                            to.descriptor(),
                            HostTree.named(newName),
                            flags));
        }
    }

    private static SubordinateFiles.Call two(
            int number, int directory, byte[] name, int second, byte[] other, long flags) {
        return new SubordinateFiles.Call(number, directory, name, second, other, flags, 0, 0, NOTHING);
    }
}
