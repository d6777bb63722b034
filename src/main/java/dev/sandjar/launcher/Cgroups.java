package dev.sandjar.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.cgroup.Layout;
import dev.sandjar.cgroup.LiveGroup;
import dev.sandjar.cgroup.Offer;
import dev.sandjar.internal.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Where the cgroups of one launcher's sandboxes are: made ready at the first need. Thread-safe. */
final class Cgroups {
    private final Kernel kernel;
    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Area area;

    Cgroups(Kernel kernel, Connection connection) {
        this.kernel = kernel;
        this.connection = connection;
    }

    /** What there is. A host that has nothing to offer is asked again the next time: it may have been mended. */
    Offer offer() throws IOException {
        Area ready = area;
        if (ready != null) {
            return Offer.of(ready.layout());
        }
        lock.lock();
        try {
            ready = area;
            if (ready != null) {
                return Offer.of(ready.layout());
            }
            AreaOffer found = Areas.open(kernel, connection.launcherPid());
            if (found instanceof NoArea none) {
                return Offer.none(none.reason(), none.remedy());
            }
            Area opened = (Area) found;
            handOver(opened);
            area = opened;
            return Offer.of(opened.layout());
        } finally {
            lock.unlock();
        }
    }

    /** From now on they are the launcher's to lock and to remove, so that they are gone however this process ends. */
    private void handOver(Area opened) throws SandboxException {
        int[] locks = opened.locks().stream().mapToInt(Integer::intValue).toArray();
        try {
            if (locks.length > 0) {
                connection.send(Frame.HOLD, 0, new byte[0], locks);
            }
            List<String> actions = new ArrayList<>();
            opened.endActions().forEach(action -> actions.addAll(action.words()));
            List<String> directories =
                    opened.directories().stream().map(Path::toString).toList();
            connection.send(
                    Frame.AREA,
                    connection.nextId(),
                    new BodyWriter().strv(directories).strv(actions).bytes());
        } finally {
            for (int lockOf : locks) {
                kernel.close(lockOf);
            }
        }
    }

    /** The groups of a sandbox that this launcher has started. */
    @Nullable
    LiveGroup groupOf(long id) {
        Area ready = area;
        if (ready == null) {
            return null;
        }
        Layout layout = ready.layout();
        List<Path> leaves =
                ready.directories().stream().map(d -> d.resolve("s" + id)).toList();
        return new LiveGroup(layout, leaves);
    }
}
