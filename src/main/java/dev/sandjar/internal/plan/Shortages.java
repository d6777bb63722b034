package dev.sandjar.internal.plan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.protocol.StartFailure;
import dev.sandjar.internal.util.Errno;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a start has too little of, wherever in it that shows. */
final class Shortages {
    private static final Set<Integer> WRITES = Set.of(Opcode.FILE.number, Opcode.SYMLINK.number, Opcode.MKDIR.number);

    private Shortages() {}

    /** Null where it is nothing of the kind. */
    static @Nullable SandboxException explain(Plan plan, String step, StartFailure f) {
        if (Errno.EMFILE.is(f.errno())) {
            return exception(
                    step,
                    f,
                    "the limit on open files, which the launcher has from this process, is too low",
                    "start java with a higher one (ulimit -n, LimitNOFILE= of a systemd unit), or start fewer at once");
        }
        if (Errno.ENFILE.is(f.errno())) {
            return exception(
                    step,
                    f,
                    "all programs of this host together have as many open files as it allows",
                    "raise fs.file-max");
        }
        boolean full = Errno.ENOSPC.is(f.errno()) || Errno.EDQUOT.is(f.errno());
        return full && (WRITES.contains(f.opcode()) || f.call().equals("create")) ? full(plan, step, f) : null;
    }

    private static SandboxException full(Plan plan, String step, StartFailure f) {
        Path upper = plan.upperDirectory();
        if (upper == null) {
            return exception(
                    step,
                    f,
                    "the file system inside has no more room: a tmpfs has the size that it was given",
                    "write less there, or make that tmpfs larger; an image's changes have what discardChanges(DataSize) says");
        }
        return exception(
                step,
                f,
                "changes to the root are kept in " + upper
                        + ", whose file system is full or has as much of yours as a quota"
                        + " allows; or, below a tmpfs inside, that tmpfs is full",
                "make room there, or keep them elsewhere: keepChanges(DIRECTORY), or for changes that are captured"
                        + " -Djava.io.tmpdir=DIRECTORY");
    }

    private static SandboxException exception(String step, StartFailure f, String reason, String remedy) {
        String path = f.what().lines().findFirst().orElse("");
        return new SandboxException(
                step, f.call().isEmpty() ? null : f.call(), path.isEmpty() ? null : path, f.errno(), reason, remedy);
    }
}
