package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.AppArmor;
import dev.sandjar.internal.host.HostFiles;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The launcher where a profile of AppArmor can name it, which it can't in memory: used by itself where such a profile is what counts, and
 * only if it is the one of this jar and nobody but root could have put it there.
 */
final class InstalledLauncher {
    private static final int WRITABLE = 022;
    private static final int ROOT = 0;

    private InstalledLauncher() {}

    /** Where it is; empty where it is not needed, not there, or not to be trusted. */
    static Optional<Path> find() throws SandboxException {
        return AppArmor.restricts(HostFiles.ofThisHost())
                ? at(Path.of(AppArmor.INSTALLED), LauncherResource.load().bytes(), ROOT)
                : Optional.empty();
    }

    /** @param owner whose the file and all directories above it have to be, beside root */
    static Optional<Path> at(Path path, byte[] program, int owner) {
        try {
            for (Path above = path; above != null; above = above.getParent()) {
                if (!isOnlyOf(above, owner)) {
                    return Optional.empty();
                }
            }
            boolean same = Arrays.equals(program, BoundedReads.bytes(path, BoundedReads.RESOURCE_MAX));
            return same ? Optional.of(path) : Optional.empty();
        } catch (IOException e) {
            return Optional
                    .empty(); // that of the jar serves, and whoever asks why it can't is told how to install this one
        }
    }

    private static boolean isOnlyOf(Path path, int owner) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        int uid = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        return (uid == owner || uid == ROOT) && (mode & WRITABLE) == 0 && !Files.isSymbolicLink(path);
    }
}
