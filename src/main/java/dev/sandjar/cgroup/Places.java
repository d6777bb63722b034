package dev.sandjar.cgroup;

import dev.sandjar.policy.CgroupPath;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Layouts of cgroups whose path was chosen. */
public final class Places {
    /** So that no name that is chosen is one of Sandjar's own. */
    private static final String BELOW_AREA = "named/";

    private Places() {}

    /** In the area, whose layout this is. */
    public static Layout inArea(Layout area, CgroupPath path) {
        return of(
                area,
                IntStream.range(0, area.hierarchies().size()).mapToObj(i -> "").toList(),
                BELOW_AREA + path.below());
    }

    /**
     * Where the hierarchies are mounted.
     *
     * @param there what groups can do there, and whether the machine swaps
     * @param mounts one for each hierarchy
     */
    public static Layout at(Layout there, List<Path> mounts, CgroupPath path) {
        return of(there, mounts.stream().map(Path::toString).toList(), path.below());
    }

    private static Layout of(Layout layout, List<String> bases, String path) {
        List<Place> places = IntStream.range(0, bases.size())
                .mapToObj(i -> new Place(bases.get(i), path, PlacedGroups.parentWrites(layout.get(i))))
                .toList();
        return new Layout(layout.hierarchies(), layout.swapInUse(), places);
    }

    /** The deepest cgroup above the path that is there already. */
    public static Path above(Path mount, CgroupPath path) {
        Path directory = mount;
        for (String name : path.names().subList(0, path.names().size() - 1)) {
            Path next = directory.resolve(name);
            if (!Files.isDirectory(next, LinkOption.NOFOLLOW_LINKS)) {
                return directory;
            }
            directory = next;
        }
        return directory;
    }
}
