package dev.sandjar.internal.changes;

import dev.sandjar.MountEntry;
import dev.sandjar.RootFs;
import dev.sandjar.UpperLayer;
import dev.sandjar.changes.ChangeSet;
import dev.sandjar.internal.WrittenLayer;
import dev.sandjar.internal.host.RealPaths;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import dev.sandjar.internal.hostfs.UpperDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The writable layer of one start: where it is, what lies below it, and whose it is once the sandbox has ended. */
public final class LayeredRoot implements WrittenLayer {
    private final RootFs.Overlay root;
    private final List<MountEntry> mounts;
    /** Holds "upper" and "work"; null if the caller gave the layer. */
    private final @Nullable KeptChanges kept;

    private final UpperDirectory upper;
    /** Ours to remove; null if the caller said where changes are kept. */
    private final @Nullable ScratchDirectory scratch;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable LayerChanges changes;
    private boolean outlives;
    private boolean closed;

    private LayeredRoot(
            RootFs.Overlay root,
            List<MountEntry> mounts,
            @Nullable KeptChanges kept,
            UpperDirectory upper,
            @Nullable ScratchDirectory scratch) {
        this.root = root;
        this.mounts = mounts;
        this.kept = kept;
        this.upper = upper;
        this.scratch = scratch;
    }

    public static boolean isMadeForEachStart(RootFs root) {
        if (root instanceof RootFs.Layered image) {
            return isMadeForEachStart(image.upper());
        }
        return root instanceof RootFs.Overlay overlay && isMadeForEachStart(overlay.upper());
    }

    /** Whether its writable layer is one that the caller has named, which two sandboxes can't have at once. */
    public static boolean isForOneAtATime(RootFs root) {
        if (root instanceof RootFs.Layered image) {
            return image.upper() instanceof UpperLayer.Given;
        }
        return root instanceof RootFs.Overlay overlay && overlay.upper() instanceof UpperLayer.Given;
    }

    private static boolean isMadeForEachStart(UpperLayer upper) {
        return upper instanceof UpperLayer.Kept || upper instanceof UpperLayer.Captured;
    }

    /**
     * New directories for one start.
     *
     * @param mounts what is put into the root
     * @param ofImage whether its lower directories are those of an image
     * @param paths where paths of the host lead: a link that a sandbox has planted on the way is refused
     */
    public static LayeredRoot make(RootFs.Overlay root, List<MountEntry> mounts, boolean ofImage, RealPaths paths)
            throws IOException {
        if (root.upper() instanceof UpperLayer.Kept place) {
            if (Files.exists(place.parent())) {
                Path unused = paths.of(place.parent(), "make a directory for kept changes");
            }
            KeptChanges kept = likeImage(KeptChanges.create(place.parent()), root, ofImage);
            return new LayeredRoot(root, mounts, kept, kept.upper(), null);
        }
        ScratchDirectory scratch = ScratchDirectory.make();
        try {
            KeptChanges kept = likeImage(KeptChanges.create(scratch.path()), root, ofImage);
            return new LayeredRoot(root, mounts, kept, kept.upper(), scratch);
        } catch (IOException | RuntimeException | Error e) {
            scratch.close();
            throw e;
        }
    }

    /** Who names directories means what is in them. */
    private static KeptChanges likeImage(KeptChanges kept, RootFs.Overlay root, boolean ofImage) throws IOException {
        List<Path> lower = root.lower();
        return !ofImage || lower.isEmpty() ? kept : kept.like(lower.get(0));
    }

    /** The layer that the caller gave; null if the root has none that stays. */
    public static @Nullable LayeredRoot given(RootFs root, List<MountEntry> mounts) {
        return root instanceof RootFs.Overlay overlay && overlay.upper() instanceof UpperLayer.Given given
                ? new LayeredRoot(overlay, mounts, null, UpperDirectory.given(given.upper()), null)
                : null;
    }

    public @Nullable Path directory() {
        return kept == null ? null : kept.directory();
    }

    /** After a start that failed. */
    public void remove(Throwable failure) {
        if (kept != null) {
            kept.remove(failure);
        }
        if (scratch != null) {
            try {
                scratch.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    @Override
    public ChangeSet changes() throws IOException {
        lock.lock();
        try {
            LayerChanges known = changes;
            if (known == null) {
                if (closed) {
                    throw new IllegalStateException(
                            "the changes were discarded when the process was closed: ask for them before");
                }
                known = ChangeReader.read(
                        upper, root.lower(), SetUp.of(mounts), kept == null ? -1 : kept.mode(), scratch);
                changes = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** The layer, if its changes are still there and lie on that of {@code below}. */
    public UpperDirectory layerOn(String below) {
        lock.lock();
        try {
            LayerChanges known = changes;
            if (closed || (known != null && known.isGone())) {
                throw new IllegalStateException("the changes of this sandbox were discarded: commit them before");
            }
            List<Path> lower = root.lower();
            if (lower.isEmpty() || !lower.get(0).endsWith(below)) {
                throw new IllegalArgumentException("the root of this sandbox was another than the base");
            }
            return upper;
        } finally {
            lock.unlock();
        }
    }

    /** Removes what was captured. */
    @Override
    public void discard() throws IOException {
        lock.lock();
        try {
            closed = true;
            LayerChanges known = changes;
            if (known != null) {
                known.close();
            } else if (scratch != null) {
                scratch.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Somebody else than the process may ask for the changes. */
    @Override
    public void outlive() {
        lock.lock();
        try {
            outlives = true;
        } finally {
            lock.unlock();
        }
    }

    /** Discards what was captured, unless somebody has asked for it, who then closes it. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed && !outlives && changes == null) {
                closed = true;
                if (scratch != null) {
                    scratch.close();
                }
            }
        } catch (IOException e) {
            return; // said in the log, and tried again by the next JVM
        } finally {
            lock.unlock();
        }
    }
}
