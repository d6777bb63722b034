package dev.sandjar.internal.hostfs;

import dev.sandjar.internal.host.SystemDirectories;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@link SystemDirectories} as the files that they are, so that they are known where they are mounted once more too. Immutable. */
final class KnownDirectories {
    private final Set<GuestWritable.Identity> trees;
    private final GuestWritable.@Nullable Identity root;
    private final GuestWritable.@Nullable Identity temporary;

    private KnownDirectories() {
        trees = new HashSet<>();
        for (Path tree : SystemDirectories.TREES) {
            GuestWritable.Identity identity = identity(tree);
            if (identity != null) {
                trees.add(identity);
            }
        }
        root = identity(SystemDirectories.ROOT);
        temporary = identity(SystemDirectories.TEMPORARY);
    }

    /** Those that there are now. */
    static KnownDirectories now() {
        return new KnownDirectories();
    }

    private static GuestWritable.@Nullable Identity identity(Path path) {
        HostStat stat = HostStat.followed(PathBytes.of(path));
        return stat == null || !stat.isDirectory() ? null : stat.identity();
    }

    /**
     * Whether a file is one of them, or lies in one.
     *
     * @param above the directories that lead to it, the highest first
     */
    boolean contain(List<GuestWritable.Identity> above, GuestWritable.Identity file) {
        if (file.equals(root) || file.equals(temporary) || trees.contains(file)) {
            return true;
        }
        for (int i = above.size() - 1; i >= 0; i--) {
            if (above.get(i).equals(temporary)) {
                return false;
            }
            if (trees.contains(above.get(i))) {
                return true;
            }
        }
        return false;
    }
}
