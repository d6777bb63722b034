package dev.sandjar.internal.plan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.host.HostPlace;
import dev.sandjar.internal.host.RealPaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What of the host a plan was made from, and whether that is still so. Thread-safe. */
final class HostBasis {
    private final Map<Path, Path> links;
    private final Map<Path, HostPlace> trusted;
    private final WatchedFiles watched;
    /** How many directories guests could write to when what is trusted was looked at last: spares looking again, and changes no answer. */
    private volatile long trustedAt;

    /**
     * @param links where paths led that go through symbolic links
     * @param trusted what the program may read for where it lies, and what it was like there
     * @param watched nobody writes to it any more
     * @param additions how many directories guests could write to by then
     */
    HostBasis(Map<Path, Path> links, Map<Path, HostPlace> trusted, WatchedFiles watched, long additions) {
        this.links = new LinkedHashMap<>(links);
        this.trusted = new LinkedHashMap<>(trusted);
        this.watched = watched;
        this.trustedAt = additions;
    }

    boolean leadsWhereItDid() {
        for (Map.Entry<Path, Path> link : links.entrySet()) {
            try {
                if (!link.getKey().toRealPath().equals(link.getValue())) {
                    return false;
                }
            } catch (IOException e) {
                return false; // whoever makes it again finds out why
            }
        }
        return true;
    }

    boolean coversWhatItDid() {
        return !watched.haveChanged();
    }

    boolean trustsWhatItDid(RealPaths paths) {
        if (trusted.isEmpty()) {
            return true;
        }
        long now = paths.additions();
        if (now == trustedAt) {
            return true;
        }
        try {
            for (Map.Entry<Path, HostPlace> each : trusted.entrySet()) {
                if (!each.getValue().equals(paths.look(each.getKey(), "look again at what is private"))) {
                    return false;
                }
            }
        } catch (SandboxException e) {
            return false; // whoever makes it again finds out why
        }
        trustedAt = now;
        return true;
    }
}
