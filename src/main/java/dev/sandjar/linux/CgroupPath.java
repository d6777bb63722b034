package dev.sandjar.linux;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.List;

/**
 * Where the cgroups of a sandbox are ({@code cgroups(7)}), for {@link dev.sandjar.SandboxBuilder#cgroupPath}. The kernel takes what it
 * takes for any directory, but for line ends.
 *
 * <p>A sandbox with a path of its own, for others that look at it there, has a cgroup in every hierarchy,
 * with or without limits, and one start at a time: while it runs, another is refused. Parents that are missing are made; what was
 * there before the start is never written to or removed, and refused as the sandbox's own. Everything that was made is removed at the
 * end, however the JVM ends; should the launcher itself be killed, by the next start with this path, where the kernel keeps
 * {@code user.} attributes of cgroups (v2 since Linux 5.7). A parent that another uses by then stays until that other's end if
 * it is a sandbox's, else it is left.
 *
 * <p>On v2, cgroups that are there already have to hand the controllers down that limits need.
 *
 * @param absolute whether it begins where each hierarchy is mounted, rather than at what Sandjar has for its own
 * @param names of the cgroups from there on: 1 to 31 of at most 255 bytes each, none of them "." or "..", without slashes and line ends
 */
public record CgroupPath(boolean absolute, List<String> names) {
    private static final int DEPTH_MAX = 31;
    private static final int LENGTH_MAX = 1_000;
    private static final int NAME_MAX = 255;

    /**
     * Checks the names.
     *
     * @param absolute whether it begins where each hierarchy is mounted, rather than at what Sandjar has for its own
     * @param names of the cgroups from there on
     * @throws IllegalArgumentException if there is none, there are too many, or one can't be a cgroup's
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
     * @param path names with a slash between any two; with one at its beginning it begins where each hierarchy is mounted
     * @return the path
     * @throws IllegalArgumentException if it is no such path, or has more than 1000 bytes
     */
    public static CgroupPath of(String path) {
        Checks.text("cgroup path", path, 1, LENGTH_MAX);
        boolean absolute = path.startsWith("/");
        return new CgroupPath(absolute, List.of((absolute ? path.substring(1) : path).split("/", -1)));
    }

    private static String text(boolean absolute, List<String> names) {
        return (absolute ? "/" : "") + String.join("/", names);
    }

    /** As {@link #of} reads it. */
    @Override
    public String toString() {
        return text(absolute, names);
    }
}
