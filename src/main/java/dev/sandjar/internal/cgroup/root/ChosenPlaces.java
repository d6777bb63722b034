package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Hierarchies;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.hostfs.LockedDirectory;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what cgroups can do at a path that a caller has chosen, by making one beside it for a moment. */
final class ChosenPlaces {
    private static final Logger LOG = LoggerFactory.getLogger(ChosenPlaces.class);
    /** Somebody else has to remove the parent anew for each of them. */
    private static final int TRIES = 16;

    private final Kernel kernel;
    private final CgroupRoot root;

    ChosenPlaces(Kernel kernel, CgroupRoot root) {
        this.kernel = kernel;
        this.root = root;
    }

    CgroupSupport offer(ChosenPath path) {
        if (path.isInArea()) {
            return CgroupSupport.of(path.inRoot(root.layout()));
        }
        List<Hierarchy> there = new ArrayList<>();
        List<Path> mounts = new ArrayList<>();
        for (OwnGroup own : root.owned()) {
            try {
                there.add(tried(own, path));
            } catch (IOException e) {
                return CgroupSupport.none(
                        "no cgroup can be made in " + path.above(own.mountPoint()) + ", where the path " + path
                                + " leads: " + e.getMessage(),
                        "choose a path below a cgroup that this process may write to, or a relative one");
            }
            mounts.add(own.mountPoint());
        }
        return CgroupSupport.of(path.at(new Layout(there, root.layout().swapInUse()), mounts));
    }

    /** What is above goes when the last sandbox below it ends, whenever that is; then the next one up has to do. */
    private Hierarchy tried(OwnGroup own, ChosenPath path) throws IOException {
        for (int i = 1; ; i++) {
            Path above = path.above(own.mountPoint());
            try {
                return tried(own, above);
            } catch (IOException e) {
                int errno = IoErrors.errno(e);
                if (i == TRIES || (errno != Errno.ENOENT.number() && errno != Errno.ENODEV.number())) {
                    throw e;
                }
            }
        }
    }

    private Hierarchy tried(OwnGroup own, Path above) throws IOException {
        LockedDirectory trial = LockedDirectory.make(kernel, above);
        try {
            boolean loadsPrograms = root.layout().hierarchies().stream().anyMatch(h -> h.has(Controller.DEVICES));
            OwnGroup parent =
                    new OwnGroup(own.version(), own.controllers(), own.mountPoint(), above, own.readOnly(), false);
            return Hierarchies.readLeaf(parent, trial.path(), loadsPrograms);
        } finally {
            Files.deleteIfExists(trial.path());
            kernel.close(trial.fd());
            removeUnused(above, own.mountPoint());
        }
    }

    /** The trial may have kept somebody from removing what is above, who does not come back. */
    private static void removeUnused(Path above, Path mount) throws IOException {
        @Nullable Path made = above;
        while (made != null && !made.equals(mount) && isMadeForPaths(made)) {
            try {
                Files.deleteIfExists(made);
            } catch (FileSystemException e) {
                LOG.debug("{} is in use", made, e);
                return;
            }
            made = made.getParent();
        }
    }

    /** A kernel that keeps no such attributes keeps the directories too. */
    private static boolean isMadeForPaths(Path directory) throws IOException {
        UserDefinedFileAttributeView attributes =
                Files.getFileAttributeView(directory, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        ByteBuffer value = ByteBuffer.allocate(1);
        try {
            return attributes.list().contains(ChosenPath.MARK)
                    && attributes.read(ChosenPath.MARK, value) == 1
                    && value.get(0) == ChosenPath.MARKS_PARENT;
        } catch (FileSystemException e) {
            return false; // gone by now, or somebody else's
        }
    }
}
