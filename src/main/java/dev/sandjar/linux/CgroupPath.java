package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.List;

/**
 * The path of the cgroups of a sandbox ({@code cgroups(7)}), for {@link dev.sandjar.SandboxBuilder#cgroupPath}, so that other programs
 * find the sandbox there. An immutable value.
 *
 * <p>A sandbox with a cgroup path has a cgroup in every hierarchy, with or without limits. One start at a time has the path: while it
 * runs, another start is refused. Parents that are missing are made. A cgroup that was there before the start is never written to or
 * removed, and is refused as the sandbox's own.
 *
 * <p>Everything that was made is removed at the end, however the JVM ends. If the launcher itself is killed, the next start with this path
 * removes it, where the kernel keeps {@code user.} attributes of cgroups (v2 since Linux 5.7). A parent that another sandbox uses by
 * then stays until that sandbox ends; one that something else uses is left.
 *
 * <p>Other users may read the files of the sandbox's own cgroup, but not list them: whoever may open the directory could lock it, and keep
 * the path from being used again after a launcher was killed.
 *
 * <p>On v2, cgroups that are there already have to delegate the controllers that limits need ({@code cgroup.subtree_control}).
 *
 * @param absolute true if the path begins where each hierarchy is mounted, false if it begins below Sandjar's cgroup root
 * @param names the names of the cgroups from there on: 1 to 31 of 1 to 255 bytes each, without slashes and line ends, and none of them "."
 *     or ".."; the path has at most 1000 bytes
 */
public record CgroupPath(boolean absolute, List<String> names) {
    private static final int DEPTH_MAX = 31;
    private static final int LENGTH_MAX = 1_000;
    private static final int NAME_MAX = 255;

    /**
     * Checks the names.
     *
     * @param absolute true if the path begins where each hierarchy is mounted, false if it begins below Sandjar's cgroup root
     * @param names the names of the cgroups from there on
     * @throws IllegalArgumentException if there are no names or more than 31, one can't be a cgroup's, or the path has more than 1000
     *     bytes
     */
    public CgroupPath {
        names = List.copyOf(names);
        String path = text(absolute, names);
        Checks.text("cgroup path", path, 1, LENGTH_MAX);
        if (names.isEmpty() || names.size() > DEPTH_MAX) {
            throw new IllegalArgumentException("cgroup path " + Printable.quote(path) + " has " + names.size()
                    + " names, allowed are 1 to " + DEPTH_MAX);
        }
        for (String name : names) {
            Checks.text("in the cgroup path " + Printable.quote(path) + ", the name", name, 1, NAME_MAX);
            if (name.equals(".") || name.equals("..") || name.indexOf('\n') >= 0 || name.indexOf('/') >= 0) {
                throw new IllegalArgumentException("cgroup path " + Printable.quote(path) + " has the name "
                        + Printable.quote(name) + ", allowed are names other than . and .. without line ends");
            }
        }
    }

    /**
     * Reads a path.
     *
     * @param path names with one slash between any two, such as "builds/42"; a path that begins with a slash begins where each hierarchy
     *     is mounted, another one below Sandjar's cgroup root
     * @return the path
     * @throws IllegalArgumentException if the path is malformed, or has more than 31 names or 1000 bytes
     */
    public static CgroupPath of(String path) {
        Checks.text("cgroup path", path, 1, LENGTH_MAX);
        boolean absolute = path.startsWith("/");
        return new CgroupPath(absolute, List.of((absolute ? path.substring(1) : path).split("/", -1)));
    }

    private static String text(boolean absolute, List<String> names) {
        return (absolute ? "/" : "") + String.join("/", names);
    }

    /** Returns the path as {@link #of} reads it. */
    @Override
    public String toString() {
        return text(absolute, names);
    }
}
