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
        if (KERNELS.stream().anyMatch(top -> (rule.path() + "/").startsWith(top + "/"))) {
            return rule;
        }
        GuestView view = new GuestView(draft);
        GuestView.Presence presence = view.look(rule.path());
        for (Path link : view.links()) {
            draft.paths.checkLink(link, isOfRoot(draft.request.root(), link), STEP);
        }
        String led = presence == GuestView.Presence.THERE ? view.led() : rule.path();
        if (presence == GuestView.Presence.UNKNOWN
                || KERNELS.stream().anyMatch(top -> (led + "/").startsWith(top + "/"))) {
            return rule;
        }
        String shown = shown(draft, led);
        return shown == null
                ? rule
                : new LandlockRules.PathRule(
                        led, rule.access(), rule.optional(), shown.getBytes(StandardCharsets.UTF_8).length);
    }

    /** Owners of an image's files are whoever it says. */
    private static boolean isOfRoot(RootFs root, Path link) {
        return (root instanceof RootFs.Directory directory && link.startsWith(directory.path()))
                || (root instanceof RootFs.Overlay overlay
                        && overlay.lower().stream().anyMatch(link::startsWith));
    }

    /** The place inside from which on files of the host are shown at a path, "" for the root; null if others are. */
    private static @Nullable String shown(Draft draft, String path) {
        RootFs root = draft.request.root();
        String found = root instanceof RootFs.Host || root instanceof RootFs.Directory ? "" : null;
        for (MountEntry entry : draft.request.mounts()) {
            if (!MountKinds.isCover(entry) && (path + "/").startsWith(entry.target() + "/")) {
                found = ExactMount.sourceOf(entry) == null ? null : entry.target();
            }
        }
        return found;
    }
}
