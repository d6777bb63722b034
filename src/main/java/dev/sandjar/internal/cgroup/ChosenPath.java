package dev.sandjar.internal.cgroup;

import dev.sandjar.linux.CgroupPath;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The path that a caller has chosen for cgroups, and the layouts that it makes. Immutable. */
public final class ChosenPath {
    /** What tells the directories that were made for a path from others': text after "user." in {@code xattr(7)}. */
    public static final String MARK = "sandjar";

    /** Its value on those that are above the one that was chosen, as launchers write it. */
    public static final byte MARKS_PARENT = 'p';

    /** So that no name that is chosen is one of Sandjar's own. */
    private static final String BELOW_ROOT = "named/";

    private final CgroupPath path;

    private ChosenPath(CgroupPath path) {
        this.path = path;
    }

    public static @Nullable ChosenPath of(@Nullable CgroupPath path) {
        return path == null ? null : new ChosenPath(path);
    }

    /** Whether it is below the root, rather than where the hierarchies are mounted. */
    public boolean isInArea() {
        return !path.absolute();
    }

    /** In the root, whose layout this is. */
    public Layout inRoot(Layout root) {
        return placed(root, root.hierarchies().stream().map(h -> "").toList(), BELOW_ROOT + below());
    }

    /**
     * Where the hierarchies are mounted.
     *
     * @param there what groups can do there, and whether the machine swaps
     * @param mounts one for each hierarchy
     */
    public Layout at(Layout there, List<Path> mounts) {
        return placed(there, mounts.stream().map(Path::toString).toList(), below());
    }

    private String below() {
        return String.join("/", path.names());
    }

    private static Layout placed(Layout layout, List<String> bases, String path) {
        List<Place> places = IntStream.range(0, bases.size())
                .mapToObj(i -> new Place(bases.get(i), path, PlacedGroups.parentWrites(layout.get(i))))
                .toList();
        return new Layout(layout.hierarchies(), layout.swapInUse(), places);
    }

    /** The deepest group above it that is there already. */
    public Path above(Path mount) {
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

    @Override
    public String toString() {
        return path.toString();
    }
}
