package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;

/** Owners, permissions and times of what lies in an open directory. */
final class TreeRights {
    private static final int S_ISGID = 02000;

    private final TreeCalls calls;

    TreeRights(TreeCalls calls) {
        this.calls = calls;
    }

    void chown(String name, long uid, long gid) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long result = FileCall.FCHOWNAT.call(
                    calls.fd, scratch.name(0, HostTree.named(name)), uid, gid, HostTree.AT_SYMLINK_NOFOLLOW);
            if (calls.subordinates && SubordinateFiles.refused(result)) {
                result = SubordinateFiles.require(
                        result,
                        SubordinateFiles.Call.of(SubordinateFiles.CHOWN, calls.fd, HostTree.named(name), uid, gid));
            }
            if (result < 0) {
                calls.check(result, "give a file its owner " + uid + ":" + gid, "fchownat", name);
            }
        }
    }

    void chmod(String name, int mode) throws SandboxException {
        calls.one(FileCall.FCHMODAT, name, mode & 07777, 0, "set permissions");
        HostTree.Stat made = calls.subordinates && (mode & S_ISGID) != 0
                ? TreeStatus.of(calls.fd, name, () -> calls.shown(name), true)
                : null;
        if (made != null && (made.mode() & S_ISGID) == 0) {
            // The kernel drops it without a word when the group is none of the caller's.
            SubordinateFiles.Answer answer = SubordinateFiles.call(
                    SubordinateFiles.Call.of(SubordinateFiles.CHMOD, calls.fd, HostTree.named(name), mode & 07777, 0));
            Calls.check(answer == null ? 0 : answer.result(), "set permissions", "fchmodat", calls.shown(name));
        }
    }

    void times(String name, long seconds, int nanoseconds) throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long times = scratch.times(HostTree.STRUCT, seconds, nanoseconds);
            long result = FileCall.UTIMENSAT.call(
                    calls.fd,
                    scratch.name(0, HostTree.named(name.isEmpty() ? "." : name)),
                    times,
                    HostTree.AT_SYMLINK_NOFOLLOW);
            result = calls.after(
                    result,
                    SubordinateFiles.Call.of(
                            SubordinateFiles.TIMES,
                            calls.fd,
                            HostTree.named(name.isEmpty() ? "." : name),
                            seconds,
                            nanoseconds));
            calls.check(result, "set times", "utimensat", name);
        }
    }
}
