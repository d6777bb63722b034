package dev.sandjar.internal.plan;

import dev.sandjar.Isolation;
import dev.sandjar.Mount;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.protocol.Opcode;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Overlays of the host's directories that are mounted somewhere in the root. */
final class OverlayMounts {
    /** What mount(2) knows of attributes. */
    private static final long CLASSIC =
            MountAttributes.RDONLY | MountAttributes.NOSUID | MountAttributes.NODEV | MountAttributes.NOEXEC;

    private OverlayMounts() {}

    /** Options that name the directories, which are open from then on. */
    static List<String> open(Draft draft, Mount mount, MountSources sources) throws SandboxException {
        List<String> lower = new ArrayList<>();
        for (Path path : mount.lower()) {
            lower.add("@" + open(draft, path, "open the overlay layer ", sources));
        }
        List<String> options = new ArrayList<>();
        options.addAll(List.of("lowerdir", String.join(":", lower)));
        if (mount.upper().isPresent() && mount.work().isPresent()) {
            Path upper = mount.upper().get();
            Path work = mount.work().get();
            int changes = open(draft, upper, "open the upper directory ", sources);
            int beside = open(draft, work, "open the work directory ", sources);
            options.addAll(List.of("upperdir", "@" + changes, "workdir", "@" + beside));
        }
        return options;
    }

    /** A mount of what is not a directory fails as if the target were none. */
    private static int open(Draft draft, Path path, String what, MountSources sources) throws SandboxException {
        String step = what + PathBytes.shown(path);
        if (!draft.paths.look(HostPaths.real(draft, path, step), step).isDirectory()) {
            throw new SandboxException(
                    step,
                    null,
                    PathBytes.shown(path),
                    Errno.ENOTDIR.number(),
                    "it is not a directory",
                    "name a directory");
        }
        return sources.openPath(path, step);
    }

    static void place(Draft draft, ExactMount entry, List<String> directories, int create) {
        if (!draft.wants(Isolation.OVERLAY_ROOT)) {
            return;
        }
        List<String> options = new ArrayList<>(directories);
        options.addAll(entry.options());
        if (draft.userNamespace && !entry.options().contains("userxattr")) {
            // Without rights over trusted.* attributes overlayfs keeps its marks in user.* ones (Linux 5.11).
            options.addAll(List.of("userxattr", ""));
        }
        MountChange change = entry.change();
        ExactMounts.check(draft, entry.target(), change);
        // Without a place for changes it can't be written to anyway; the launcher checks that all others can.
        long attributes =
                change.set() | change.setBelow() | (entry.mount().upper().isEmpty() ? MountAttributes.RDONLY : 0);
        // mount(2) even where the newer calls are: those take values of 255 bytes at most.
        draft.setup(
                new Work.Mount("overlay", entry.target(), attributes & CLASSIC, options),
                create | Opcode.CLASSIC,
                "mount overlay on " + entry.target(),
                Isolation.MOUNT_NAMESPACE);
        if (!change.isPlain()) {
            // "r" says the same as without: there is nothing below.
            MountChange whole = new MountChange(attributes, change.clear() | change.clearBelow(), 0, 0);
            draft.setup(
                    new Work.Attributes(entry.target(), whole.bits()),
                    draft.classic(),
                    "set the attributes of " + entry.target(),
                    Isolation.MOUNT_NAMESPACE);
        }
        Propagation propagation = entry.propagation();
        if (propagation != null) {
            ExactMounts.propagate(draft, entry.target(), propagation);
        }
        draft.enforced(
                "overlay " + entry.target(),
                "overlayfs",
                entry.mount()
                        .upper()
                        .map(upper -> "changes go to " + PathBytes.shown(upper))
                        .orElse("read-only"));
    }
}
