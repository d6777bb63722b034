package dev.sandjar.internal.hostfs;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.FileCall;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What {@code statx(2)} says of a name in an open directory, or of the directory itself. */
final class TreeStatus {
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC = 0x7ff;

    private TreeStatus() {}

    /** Null if there is nothing of that name. */
    static HostTree.@Nullable Stat of(int fd, String name, Supplier<String> shown, boolean subordinates)
            throws SandboxException {
        try (FileCall.Scratch scratch = FileCall.Scratch.take()) {
            long result = FileCall.STATX.call(
                    fd,
                    scratch.name(0, HostTree.named(name)),
                    HostTree.AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
                    STATX_BASIC,
                    scratch.address(HostTree.STRUCT));
            if (subordinates && SubordinateFiles.refused(result)) {
                result = statByOthers(fd, name, scratch, result);
            }
            if (HostTree.isAbsent((int) result)) {
                return null;
            }
            if (result < 0) {
                throw Calls.failure("look at a file", "statx", shown.get(), (int) -result);
            }
            return new HostTree.Stat(
                    scratch.getShort(HostTree.STRUCT + 28) & 0xffff,
                    Integer.toUnsignedLong(scratch.getInt(HostTree.STRUCT + 20)),
                    Integer.toUnsignedLong(scratch.getInt(HostTree.STRUCT + 24)),
                    scratch.getLong(HostTree.STRUCT + 40),
                    Integer.toUnsignedLong(scratch.getInt(HostTree.STRUCT + 16)),
                    Integer.toUnsignedLong(scratch.getInt(HostTree.STRUCT + 128)),
                    Integer.toUnsignedLong(scratch.getInt(HostTree.STRUCT + 132)),
                    scratch.getLong(HostTree.STRUCT + 112),
                    scratch.getInt(HostTree.STRUCT + 120),
                    scratch.getLong(HostTree.STRUCT + 32));
        }
    }

    private static long statByOthers(int fd, String name, FileCall.Scratch scratch, long refusal) {
        SubordinateFiles.Answer answer = SubordinateFiles.call(SubordinateFiles.Call.of(
                SubordinateFiles.STAT,
                fd,
                HostTree.named(name),
                HostTree.AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
                STATX_BASIC));
        if (answer == null || answer.result() < 0) {
            return answer == null ? refusal : answer.result();
        }
        scratch.write(HostTree.STRUCT, answer.bytes(), 0, answer.bytes().length);
        return 0;
    }
}
