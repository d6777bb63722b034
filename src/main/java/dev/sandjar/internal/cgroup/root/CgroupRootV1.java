package dev.sandjar.internal.cgroup.root;

import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Hierarchies;
import dev.sandjar.internal.cgroup.Hierarchy;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.OwnGroup;
import dev.sandjar.internal.hostfs.LockedDirectory;
import dev.sandjar.internal.kernel.Kernel;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A root in the hierarchies of cgroup v1: a directory below the own cgroup of each that may be written. */
final class CgroupRootV1 {
    private final Kernel kernel;
    private final List<Hierarchy> hierarchies = new ArrayList<>();
    private final List<OwnGroup> used = new ArrayList<>();
    private final List<Path> directories = new ArrayList<>();
    private final List<Integer> locks = new ArrayList<>();
    private final List<EndAction> atEnd = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();

    private final boolean limitsDevices;

    /** @param limitsDevices whether this process has CAP_SYS_ADMIN, which the kernel wants besides the right to write */
    CgroupRootV1(Kernel kernel, boolean limitsDevices) {
        this.kernel = kernel;
        this.limitsDevices = limitsDevices;
    }

    CgroupRootSupport open(List<OwnGroup> owned) {
        for (OwnGroup found : owned) {
            OwnGroup own = usable(found);
            if (!own.controllers().isEmpty()) {
                try {
                    add(own);
                } catch (IOException e) {
                    refused.add(refusal(own.directory(), e));
                }
            }
        }
        if (hierarchies.isEmpty()) {
            return new NoCgroupRoot(
                    "this process may not make cgroups: " + reasons(),
                    "run as root, or let root give the user directories of its own in the hierarchies of cgroup v1; or use"
                            + " cgroup v2 with a systemd user session");
        }
        return new CgroupRoot(
                new Layout(hierarchies, Hierarchies.swapInUse(Path.of("/"))), used, directories, locks, atEnd);
    }

    /** Names the directory, not what was tried in it: that has another name each time. */
    private static String refusal(Path directory, IOException e) {
        if (e instanceof AccessDeniedException) {
            return "it may not make a directory in " + directory;
        }
        if (e instanceof FileSystemException failure && failure.getReason() != null) {
            return directory + ": " + failure.getReason();
        }
        return String.valueOf(e.getMessage());
    }

    /** The others fail like the first. */
    private String reasons() {
        if (refused.isEmpty()) {
            return "there are no hierarchies with controllers";
        }
        int others = refused.size() - 1;
        return refused.get(0)
                + (others == 0 ? "" : ", and the same in " + others + (others == 1 ? " other" : " others"));
    }

    private OwnGroup usable(OwnGroup own) {
        Set<Controller> all = EnumSet.noneOf(Controller.class);
        all.addAll(own.controllers());
        if (!limitsDevices) {
            all.remove(Controller.DEVICES);
        }
        return new OwnGroup(own.version(), all, own.mountPoint(), own.directory(), own.readOnly(), own.root());
    }

    private void add(OwnGroup own) throws IOException {
        new Leftovers(kernel).removeBelow(own.directory());
        LockedDirectory made = LockedDirectory.make(kernel, own.directory());
        boolean usable = false;
        try {
            Hierarchies.fillSets(own, made.path());
            hierarchies.add(Hierarchies.read(own, made.path(), false));
            usable = true;
        } finally {
            if (!usable) {
                kernel.close(made.fd());
                Files.deleteIfExists(made.path());
            }
        }
        used.add(own);
        directories.add(made.path());
        locks.add(made.fd());
        atEnd.add(EndAction.remove(made.path()));
    }
}
