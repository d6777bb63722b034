package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of the host a sandbox may write to, by whatever mechanism. */
final class LentPaths {
    private LentPaths() {}

    /** As the caller named them. */
    static List<Path> of(Draft draft) {
        List<Path> lent = new ArrayList<>();
        for (MountEntry entry : draft.request.mounts()) {
            if (entry instanceof MountEntry.Bind bind && !bind.readOnly()) {
                lent.add(bind.source());
            }
            Path exact = ExactMount.writableOf(entry);
            if (exact != null) {
                lent.add(exact);
            }
        }
        RootFs root = draft.request.root();
        if (root instanceof RootFs.Directory directory && directory.writable()) {
            lent.add(directory.path());
        } else if (root instanceof RootFs.Overlay overlay) {
            Path upper = OverlayPlanner.upper(draft, overlay.upper());
            if (upper != null) {
                lent.add(upper);
            }
        }
        return lent;
    }

    /** The first of them that a place is in, or is; null if there is none. */
    static @Nullable Path around(Draft draft, Path real) throws SandboxException {
        for (Path path : of(draft)) {
            if (Files.exists(path)
                    && real.startsWith(HostPaths.real(draft, path, "look for what the sandbox may write to"))) {
                return path;
            }
        }
        return null;
    }
}
