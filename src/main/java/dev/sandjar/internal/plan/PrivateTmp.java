package dev.sandjar.internal.plan;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.MountEntry;
import dev.sandjar.MountOption;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host in place of the tmpfs at /tmp, where nothing can be mounted. Each start has one of its own, which is made before
 * and removed after it; what starts share has a word in the place of its path.
 *
 * @param uid to whom it belongs, -1 for whoever starts
 * @param gid the same of its group
 * @param exec whether programs may run there
 */
public record PrivateTmp(long uid, long gid, boolean exec) {
    static final String TARGET = "/tmp";
    /** Nobody can make it, so that a start that has forgotten to put the path in its place is refused. */
    private static final String PLACE = "/proc/self/private-tmp-of-a-start";

    private static final String TMPDIR = "TMPDIR";
    private static final long NOBODYS = -1;

    /** Decides whether starts have one. */
    static void plan(Draft draft, Identity identity) {
        if (!WithoutNamespaces.lacks(draft, NamespaceKind.MOUNT)
                || !(draft.request.root() instanceof RootFs.HostReadOnly)) {
            return;
        }
        for (MountEntry entry : draft.request.mounts()) {
            if (entry instanceof MountEntry.Tmpfs tmpfs && tmpfs.target().equals(TARGET)) {
                Long uid = identity.uid();
                Long gid = identity.gid();
                draft.privateTmp = new PrivateTmp(
                        uid == null ? NOBODYS : uid,
                        gid == null ? NOBODYS : gid,
                        tmpfs.options().contains(MountOption.EXEC));
                draft.dependsOnBase = true;
            }
        }
    }

    /** What has to be let through of it. */
    static LandlockRules.PathRule rule(long access) {
        return new LandlockRules.PathRule(PLACE, access, false, 0);
    }

    /** What names it, and names it in the words of the policy too. */
    static void variables(Draft draft, Map<String, String> environment) {
        if (draft.privateTmp != null) {
            environment.replaceAll((name, value) -> value.equals(TARGET) ? PLACE : value);
            environment.putIfAbsent(TMPDIR, PLACE);
        }
    }

    /** Where programs begin. */
    static @Nullable String directory(Draft draft, @Nullable String asked) {
        return draft.privateTmp != null && TARGET.equals(asked) ? PLACE : asked;
    }

    static AppliedPolicy.Entry entry(MountEntry.Tmpfs tmpfs) {
        return new AppliedPolicy.Entry(
                "tmpfs " + tmpfs.target(),
                AppliedPolicy.Outcome.DEGRADED,
                "a directory of its own on the host, Landlock",
                "at " + PLACE + ", which " + TMPDIR
                        + " names; as large as the file system lets it be, and removed at the end");
    }

    /** The same text with the path of one start. */
    public static String at(String text, String path) {
        return text.replace(PLACE, path);
    }

    /** The same entries with the path of one start. */
    public static List<AppliedPolicy.Entry> at(List<AppliedPolicy.Entry> entries, String path) {
        return entries.stream()
                .map(entry -> new AppliedPolicy.Entry(
                        entry.request(), entry.outcome(), entry.mechanism(), at(entry.reason(), path)))
                .toList();
    }

    /** Before there is a start. */
    static List<AppliedPolicy.Entry> anywhere(List<AppliedPolicy.Entry> entries) {
        return at(entries, PathBytes.shown(Path.of(System.getProperty("java.io.tmpdir"), "sandjar-scratch-...")));
    }
}
