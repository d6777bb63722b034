package dev.sandjar.launcher;

import dev.sandjar.cgroup.ChosenPath;
import dev.sandjar.cgroup.Controller;
import dev.sandjar.cgroup.Hierarchies;
import dev.sandjar.cgroup.Hierarchy;
import dev.sandjar.cgroup.Layout;
import dev.sandjar.cgroup.Offer;
import dev.sandjar.cgroup.OwnGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds what cgroups can do at a path that a caller has chosen, by making one beside it for a moment. */
final class ChosenPlaces {
    private final Kernel kernel;
    private final Area area;

    ChosenPlaces(Kernel kernel, Area area) {
        this.kernel = kernel;
        this.area = area;
    }

    Offer offer(ChosenPath path) {
        if (path.isInArea()) {
            return Offer.of(path.inArea(area.layout()));
        }
        List<Hierarchy> there = new ArrayList<>();
        List<Path> mounts = new ArrayList<>();
        for (OwnGroup own : area.owned()) {
            Path above = path.above(own.mountPoint());
            try {
                there.add(tried(own, above));
            } catch (IOException e) {
                return Offer.none(
                        "no cgroup can be made in " + above + ", where the path " + path + " leads: " + e.getMessage(),
                        "choose a path below a cgroup that this process may write to, or a relative one");
            }
            mounts.add(own.mountPoint());
        }
        return Offer.of(path.at(new Layout(there, area.layout().swapInUse()), mounts));
    }

    private Hierarchy tried(OwnGroup own, Path above) throws IOException {
        LockedDirectory trial = LockedDirectory.make(kernel, above);
        try {
            boolean loadsPrograms = area.layout().hierarchies().stream().anyMatch(h -> h.has(Controller.DEVICES));
            OwnGroup parent =
                    new OwnGroup(own.version(), own.controllers(), own.mountPoint(), above, own.readOnly(), false);
            return Hierarchies.readLeaf(parent, trial.path(), loadsPrograms);
        } finally {
            Files.deleteIfExists(trial.path());
            kernel.close(trial.fd());
        }
    }
}
