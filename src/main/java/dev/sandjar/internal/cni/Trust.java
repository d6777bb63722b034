package dev.sandjar.internal.cni;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.hostfs.CallerIds;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;

/** Files by which programs of the host are chosen, or which are such: nobody but root and this process's user may have put them there. */
final class Trust {
    private static final WalkedPaths PATHS = new WalkedPaths(path -> false);
    private static final int OTHERS_WRITE = 022;
    private static final int PERMISSIONS = 07777;

    /** Of files whose owner this user namespace does not have. */
    private static final int UNMAPPED = 65534;

    private Trust() {}

    /**
     * What is there.
     *
     * @throws SandboxException if there is nothing, or it may be somebody else's work
     */
    static HostPlace require(Path path, String step) throws SandboxException {
        HostPlace place = PATHS.look(path, step);
        HostPlace.Unsettled unsettled = place.unsettled();
        if (unsettled != null && !isOutOfReach(path)) {
            throw new SandboxException(
                    step,
                    null,
                    PathBytes.shown(path),
                    0,
                    unsettled.reason(),
                    "move it to where only root and this process's user may write");
        }
        requireKept(place.uid(), place.mode(), PathBytes.shown(path), step);
        return place;
    }

    /** What was opened beneath a directory that is trusted. */
    static void require(HostTree.Stat stat, String shown, String step) throws SandboxException {
        requireKept(stat.uid(), stat.mode(), shown, step);
    }

    private static void requireKept(long uid, int mode, String shown, String step) throws SandboxException {
        if (!CallerIds.trusts(uid)) {
            throw new SandboxException(
                    step,
                    null,
                    shown,
                    0,
                    "it belongs to user " + uid + ", who is neither root nor this process's",
                    "chown it to root, if what is there is trusted");
        }
        if ((mode & OTHERS_WRITE) != 0) {
            throw new SandboxException(
                    step,
                    null,
                    shown,
                    0,
                    String.format(Locale.ROOT, "others may write to it: its mode is %04o", mode & PERMISSIONS),
                    "chmod go-w " + shown);
        }
    }

    /**
     * Whether no sandbox of this JVM could have changed it, whatever was shown to it: it and all directories above are root's, of whom this
     * process is not one, and nobody else may write to them. Of a path without links.
     */
    private static boolean isOutOfReach(Path path) {
        try {
            int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            for (Path at = path; at != null; at = at.getParent()) {
                int uid = (int) Files.getAttribute(at, "unix:uid", LinkOption.NOFOLLOW_LINKS);
                int mode = (int) Files.getAttribute(at, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                boolean roots = uid != own && (uid == 0 || uid == UNMAPPED);
                if (!roots || (mode & OTHERS_WRITE) != 0 || Files.isSymbolicLink(at) || Files.isWritable(at)) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false; // what can't be looked at is not trusted
        }
    }

    static Path real(Path path, String step) throws SandboxException {
        return PATHS.of(path, step);
    }
}
