package dev.sandjar.internal.cgroup.root;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.LiveGroup;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.cgroup.Place;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.FileNames;
import dev.sandjar.internal.util.PathBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the cgroups of one launcher's sandboxes are: made ready at the first need. Thread-safe. */
public final class Cgroups {
    private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);

    private final Kernel kernel;
    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable CgroupRoot root;
    private final PlacedLayouts placed = new PlacedLayouts();

    public Cgroups(Kernel kernel, Connection connection) {
        this.kernel = kernel;
        this.connection = connection;
    }

    /**
     * What there is at a path.
     *
     * @param path that was chosen; null for cgroups that only Sandjar knows of
     */
    public CgroupSupport offer(@Nullable ChosenPath path) throws IOException {
        CgroupSupport offer = offer();
        CgroupRoot ready = root;
        if (path == null || ready == null) {
            return offer;
        }
        CgroupSupport chosen = new ChosenPlaces(kernel, ready).offer(path);
        return chosen.layout() == null ? chosen : CgroupSupport.of(placed.theOneEqualTo(chosen.layout()));
    }

    /** Whether a plan for such cgroups is one for this launcher. */
    public boolean offers(Layout layout) throws IOException {
        return layout.isPlaced() ? placed.contains(layout) : layout.equals(offer().layout());
    }

    /** What there is. A host that has nothing to offer is asked again the next time: it may have been mended. */
    public CgroupSupport offer() throws IOException {
        CgroupRoot ready = root;
        if (ready != null) {
            return CgroupSupport.of(ready.layout());
        }
        lock.lock();
        try {
            ready = root;
            if (ready != null) {
                return CgroupSupport.of(ready.layout());
            }
            CgroupRootSupport found = CgroupRoots.open(kernel, connection.launcherPid());
            if (found instanceof NoCgroupRoot none) {
                return CgroupSupport.none(none.reason(), none.remedy());
            }
            CgroupRoot opened = (CgroupRoot) found;
            handOver(opened);
            connection.afterEnd(() -> cleanUp(opened));
            root = opened;
            return CgroupSupport.of(opened.layout());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Nothing, after a launcher that has done so itself. Where supervisors died with it, what they watched lives: this process is the
     * only one left that can end it.
     */
    private void cleanUp(CgroupRoot left) {
        if (left.locks().isEmpty()) {
            left.directories().forEach(new Leftovers(kernel)::removeTree);
        }
        for (OwnGroup own : left.owned()) {
            UnitCgroup unit = UnitCgroup.of(kernel, own);
            try {
                int turn = unit.lock();
                try {
                    unit.restore();
                } finally {
                    kernel.close(turn);
                }
            } catch (IOException e) {
                LOG.warn(
                        "What a launcher that was killed has left in {} stays until the next one comes", unit.top(), e);
            }
        }
    }

    /** From now on they are the launcher's to lock and to remove, so that they are gone however this process ends. */
    private void handOver(CgroupRoot opened) throws SandboxException {
        int[] locks = opened.locks().stream().mapToInt(Integer::intValue).toArray();
        try {
            if (locks.length > 0) {
                connection.send(Frame.HOLD, 0, new byte[0], locks);
            }
            List<String> actions = new ArrayList<>();
            opened.endActions().forEach(action -> actions.addAll(action.words()));
            List<String> directories = opened.directories().stream()
                    .map(path -> FileNames.decode(PathBytes.of(path)))
                    .toList();
            connection.send(
                    Frame.CGROUP_ROOT,
                    connection.nextId(),
                    new WireWriter().names(directories).names(actions).bytes());
        } finally {
            for (int lockOf : locks) {
                kernel.close(lockOf);
            }
        }
    }

    /** The groups of a sandbox that this launcher has started. */
    @Nullable
    public LiveGroup groupOf(long id, Layout layout) {
        CgroupRoot ready = root;
        if (ready == null) {
            return null;
        }
        List<Path> directories = ready.directories();
        List<Path> leaves = IntStream.range(0, directories.size())
                .mapToObj(i -> layout.isPlaced()
                        ? leaf(directories.get(i), layout.places().get(i))
                        : directories.get(i).resolve("s" + id))
                .toList();
        return new LiveGroup(layout, leaves);
    }

    private static Path leaf(Path root, Place place) {
        return (place.base().isEmpty() ? root : Path.of(place.base())).resolve(place.path());
    }
}
