package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.SandboxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where rules of Landlock lead. A link that an earlier sandbox has planted below what it could write to would have a rule allow any other
 * place, and one that is put there while the sandbox starts or runs as well.
 */
final class RulePaths {
    private static final String STEP = "restrict by Landlock";
    /** Of these the kernel says what is in them, each time anew. */
    private static final List<String> KERNELS = List.of("/proc", "/sys", "/dev");

    private RulePaths() {}

    /** The rule for where its path leads now, through no link from there on where files of the host are shown. */
    static LandlockRules.PathRule settled(Draft draft, LandlockRules.PathRule rule) throws SandboxException {
        if (isKernels(draft, rule.path())) {
            return rule;
        }
        GuestView view = new GuestView(draft);
        GuestView.Presence presence = view.look(rule.path());
        for (Path link : view.links()) {
            draft.paths.checkLink(link, isOfRoot(draft.request.root(), link), STEP);
        }
        for (Path link : view.linksOfLayers()) {
            draft.paths.checkLink(link, isOfRoot(draft.request.root(), link), STEP);
        }
        String led = view.led();
        if (presence == GuestView.Presence.UNKNOWN || isKernels(draft, led)) {
            return rule;
        }
        String shown = shown(draft, led);
        return shown == null
                ? rule
                : new LandlockRules.PathRule(
                        led, rule.access(), rule.optional(), shown.getBytes(StandardCharsets.UTF_8).length);
    }

    /** What is bound below /dev is the host's, as is the host's own /dev/shm. */
    private static boolean isKernels(Draft draft, String path) {
        boolean below = KERNELS.stream().anyMatch(top -> (path + "/").startsWith(top + "/"));
        String shown = below ? shown(draft, path) : null;
        return below && (shown == null || (shown.isEmpty() && !(path + "/").startsWith("/dev/")));
    }

    /** Owners of an image's files are whoever it says. */
    private static boolean isOfRoot(RootFs root, Path link) {
        return (root instanceof RootFs.Directory directory && link.startsWith(directory.path()))
                || (root instanceof RootFs.Overlay overlay
                        && overlay.lower().stream().anyMatch(link::startsWith));
    }

    /**
     * The place inside from which on no link is there but what the sandbox has been given or a guest has made: files of the host are shown
     * at a path, or those of a tmpfs or of layers, whose links of an earlier program a later one would get a rule by; "" for the root; null if
     * others are, as in the view of the host, in which nobody writes.
     */
    private static @Nullable String shown(Draft draft, String path) {
        RootFs root = draft.request.root();
        String found = root instanceof RootFs.HostReadOnly || root instanceof RootFs.Layered ? null : "";
        for (MountEntry entry : draft.request.mounts()) {
            if (!MountKinds.isCover(entry)
                    && !GuestView.isContent(entry)
                    && (path + "/").startsWith(entry.target() + "/")) {
                boolean known = ExactMount.sourceOf(entry) != null || entry instanceof MountEntry.Tmpfs;
                found = known ? entry.target() : null;
            }
        }
        return found;
    }
}
