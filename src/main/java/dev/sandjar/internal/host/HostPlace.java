package dev.sandjar.internal.host;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what with a file or directory of the host.
 *
 * @param mode type and permissions, as {@code inode(7)} has them
 * @param callers whether it belongs to this process's user
 * @param system whether it is one of the {@link SystemDirectories} or lies in one, under whatever name
 * @param unsettled who but root and this process's user could put something else in its place, and where; null if nobody: then each
 *     directory above belongs to one of them, is no other's to write to unless it is sticky, and no sandbox was allowed to write to
 */
public record HostPlace(long uid, long gid, int mode, boolean callers, boolean system, @Nullable Unsettled unsettled) {
    /**
     * Why a place is not settled.
     *
     * @param reason for people
     * @param ofGuest whether it is for a sandbox of this JVM, which was allowed to write there
     */
    public record Unsettled(String reason, boolean ofGuest) {}

    private static final int TYPE = 0170000;

    public boolean isDirectory() {
        return (mode & TYPE) == 0040000;
    }

    public boolean isFile() {
        return (mode & TYPE) == 0100000;
    }

    /** Permission bits as {@code chmod(1)} takes them. */
    public String octal() {
        return String.format(Locale.ROOT, "%04o", mode & 07777);
    }
}
