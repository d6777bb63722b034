package dev.sandjar.internal.cni;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;

/** Files by which programs of the host are chosen, or which are such: nobody but root and this process's user may have put them there. */
final class Trust {
    private static final WalkedPaths PATHS = new WalkedPaths(path -> false);
    private static final int OTHERS_WRITE = 02;

    private Trust() {}

    /**
     * What is there.
     *
     * @throws SandboxException if there is nothing, or it may be somebody else's work
     */
    static HostPlace require(Path path, String step) throws SandboxException {
        HostPlace place = PATHS.look(path, step);
        HostPlace.Unsettled unsettled = place.unsettled();
        if (unsettled != null) {
            throw new SandboxException(
                    step,
                    null,
                    PathBytes.shown(path),
                    0,
                    unsettled.reason(),
                    "move it to where only root and this process's user may write");
        }
        if ((place.mode() & OTHERS_WRITE) != 0) {
            throw new SandboxException(
                    step,
                    null,
                    PathBytes.shown(path),
                    0,
                    "everybody may write to it",
                    "chmod o-w " + PathBytes.shown(path));
        }
        return place;
    }

    static Path real(Path path, String step) throws SandboxException {
        return PATHS.of(path, step);
    }
}
