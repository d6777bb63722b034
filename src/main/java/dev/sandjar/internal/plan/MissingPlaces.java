package dev.sandjar.internal.plan;

import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What helps where something is to be mounted or made at a place that is not there and can't be made. */
final class MissingPlaces {
    private static final String ELSEWHERE = "use a target elsewhere";
    private static final String OTHER_ROOT =
            ELSEWHERE + ", or a root that changes stay out of: RootFs.overlay(...), an image or RootFs.empty()";

    private MissingPlaces() {}

    /** Another root is no help below what is mounted in it. */
    static String remedy(Reach.View view, String guest) {
        RootFs root = view.request().root();
        boolean inRoot = mountAbove(view.request(), guest) == null;
        Path host = inRoot && view.request().rootOrigin() != null ? null : Reach.behind(view, guest, false);
        if (host != null) {
            return "make " + PathBytes.shown(host) + " on the host, or " + (inRoot ? OTHER_ROOT : ELSEWHERE);
        }
        if (!inRoot) {
            return ELSEWHERE;
        }
        return root instanceof RootFs.HostReadOnly
                ? "make it on the host, in the directory that is shown above; or " + OTHER_ROOT
                : OTHER_ROOT;
    }

    /** Null where it lies in the root itself. */
    static @Nullable MountEntry mountAbove(Request request, String guest) {
        MountEntry above = null;
        for (MountEntry entry : request.mounts()) {
            if (guest.startsWith(entry.target() + "/")
                    && !MountKinds.isCover(entry)
                    && (above == null
                            || entry.target().length() >= above.target().length())) {
                above = entry;
            }
        }
        return above;
    }
}
