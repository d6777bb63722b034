package dev.sandjar.internal.hostfs;

import dev.sandjar.internal.kernel.FileCall;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Path;

/** Whose links this process follows. */
public final class CallerIds {
    private static final long ALL = 0xffffffffL;
    private static final long UNKNOWN = -1;

    /** What owners look like that the user namespace of this process has no ids for, root of the machine among them. */
    private static final long UNMAPPED = unmapped();

    private CallerIds() {}

    /** Root, this process, and in a user namespace whoever it has no id for, since the host's root is one of these. */
    public static boolean trusts(long uid) {
        return uid == 0 || uid == UNMAPPED || uid == FileCall.GETEUID.call(0);
    }

    static boolean isOwn(long uid) {
        return uid == FileCall.GETEUID.call(0);
    }

    private static long unmapped() {
        try {
            long mapped = 0;
            for (String line : BoundedReads.lines(Path.of("/proc/self/uid_map"))) {
                mapped += Long.parseLong(line.strip().split(" +")[2]);
            }
            return mapped >= ALL ? UNKNOWN : overflow();
        } catch (IOException e) {
            return UNKNOWN; // without /proc fewer links are followed
        }
    }

    static long overflow() throws IOException {
        return Long.parseLong(
                BoundedReads.text(Path.of("/proc/sys/kernel/overflowuid")).strip());
    }
}
