package dev.sandjar.internal.plan;

import dev.sandjar.Capability;
import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of the host a sandbox may write to, by whatever mechanism. */
final class GuestWritablePaths {
    private GuestWritablePaths() {}

    /** As the caller named them. */
    static List<Path> of(Draft draft) {
        List<Path> guestWritable = new ArrayList<>();
        List<MountEntry> entries = draft.request.mounts();
        boolean mounts = mayMount(draft);
        for (MountEntry entry : entries) {
            boolean all = mounts || isMadeWritable(entry, entries);
            if (entry instanceof MountEntry.Bind bind && (all || !bind.readOnly())) {
                guestWritable.add(bind.source());
            }
            Path exact = all ? ExactMount.sourceOf(entry) : ExactMount.writableOf(entry);
            if (exact != null && !(entry instanceof MountEntry.Bind)) {
                guestWritable.add(exact);
            }
        }
        RootFs root = draft.request.root();
        if (root instanceof RootFs.Directory directory && (mounts || directory.writable())) {
            guestWritable.add(directory.path());
        } else if (root instanceof RootFs.Overlay overlay) {
            Path upper = OverlayPlanner.upper(draft, overlay.upper());
            if (upper != null) {
                guestWritable.add(upper);
            }
        }
        return guestWritable;
    }

    /** Read-only mounts of its own are writable as soon as the program wants them to be. */
    private static boolean mayMount(Draft draft) {
        return draft.request.process().capabilities().any().contains(Capability.SYS_ADMIN);
    }

    /** A remount of a place that is no entry's may be of a mount below one, or of what a link in the root leads to. */
    private static boolean isMadeWritable(MountEntry entry, List<MountEntry> entries) {
        return entries.stream()
                .filter(ExactMount::makesWritable)
                .map(MountEntry::target)
                .anyMatch(target -> (target + "/").startsWith(entry.target() + "/")
                        || entries.stream()
                                .filter(other -> !MountKinds.isCover(other) && !(other instanceof MountEntry.Symlink))
                                .noneMatch(other -> other.target().equals(target)));
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
