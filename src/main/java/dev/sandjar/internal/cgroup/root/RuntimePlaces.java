package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.Discovery;
import dev.sandjar.internal.cgroup.Hierarchies;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.util.BoundedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What cgroups can do at the path of an OCI container, which has no cgroup root: it begins where a hierarchy is mounted, or, if it is
 * relative, at the cgroup of this process. Unlike elsewhere cgroups of others are changed: on v2 those above hand controllers down, as
 * engines expect of a runtime.
 */
public final class RuntimePlaces {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimePlaces.class);
    private static final String HANDED_DOWN = "cgroup.subtree_control";

    private RuntimePlaces() {}

    /**
     * Finds out by making a cgroup for a moment, in the deepest one above the path that is there.
     *
     * @param loadsPrograms whether this process may attach device programs, on v2
     */
    public static CgroupSupport offer(ChosenPath path, boolean loadsPrograms) {
        List<Hierarchy> there = new ArrayList<>();
        List<Path> bases = new ArrayList<>();
        List<OwnGroup> owned = Discovery.ofThisProcess();
        for (OwnGroup own : owned) {
            Path base = base(own, path);
            try {
                there.add(tried(own, base, path, loadsPrograms));
            } catch (IOException e) {
                return CgroupSupport.none(
                        "no cgroup can be made in " + path.above(base) + ", where the path " + path + " leads: "
                                + e.getMessage(),
                        "choose a path below a cgroup that this process may write to");
            }
            bases.add(base);
        }
        if (there.isEmpty()) {
            return CgroupSupport.none(
                    "no cgroup file system is mounted that shows the cgroup of this process",
                    "mount it at /sys/fs/cgroup");
        }
        return CgroupSupport.of(path.at(new Layout(there, Hierarchies.swapInUse(Path.of("/"))), bases));
    }

    /** A cgroup of v2 that holds processes, as that of this one does, hands no controllers down: beside it then. */
    private static Path base(OwnGroup own, ChosenPath path) {
        if (!path.isInArea()) {
            return own.mountPoint();
        }
        Path parent = own.directory().getParent();
        boolean top = own.root() || own.directory().equals(own.mountPoint());
        return own.isV2() && !top && parent != null ? parent : own.directory();
    }

    private static Hierarchy tried(OwnGroup own, Path base, ChosenPath path, boolean loadsPrograms) throws IOException {
        Path above = path.above(base);
        if (own.isV2()) {
            handDown(base, above);
        }
        String name = String.format(
                Locale.ROOT,
                "sandjar-%d-%08x",
                ProcessHandle.current().pid(),
                ThreadLocalRandom.current().nextInt());
        Path trial = Files.createDirectory(above.resolve(name));
        // Whoever waits for the result may end this process by a signal.
        Thread late = new Thread(() -> remove(trial));
        Runtime.getRuntime().addShutdownHook(late);
        try {
            OwnGroup parent =
                    new OwnGroup(own.version(), own.controllers(), own.mountPoint(), above, own.readOnly(), false);
            return Hierarchies.readLeaf(parent, trial, loadsPrograms);
        } finally {
            Files.deleteIfExists(trial);
            forget(late);
        }
    }

    private static void remove(Path trial) {
        try {
            Files.deleteIfExists(trial);
        } catch (IOException e) {
            LOG.warn("{} stays, and nothing is in it", trial, e);
        }
    }

    private static void forget(Thread late) {
        try {
            Runtime.getRuntime().removeShutdownHook(late);
        } catch (IllegalStateException e) {
            LOG.trace("this process ends", e);
        }
    }

    /** What can't be handed down is missing below, which shows where it is needed. */
    private static void handDown(Path base, Path above) throws IOException {
        Path directory = base;
        for (Path name : above.equals(base) ? List.<Path>of() : base.relativize(above)) {
            handDown(directory);
            directory = directory.resolve(name);
        }
        handDown(directory);
    }

    private static void handDown(Path directory) throws IOException {
        String all = BoundedReads.text(directory.resolve("cgroup.controllers"));
        for (String controller : all.strip().split("\\s+")) {
            if (!controller.isEmpty()) {
                try {
                    Files.writeString(directory.resolve(HANDED_DOWN), "+" + controller);
                } catch (IOException e) {
                    LOG.debug("{} does not hand {} down", directory, controller, e);
                }
            }
        }
    }
}
