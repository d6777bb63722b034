package dev.sandjar;

import dev.sandjar.internal.policy.CgroupPath;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.List;

/** Reads paths of cgroups. The kernel takes what it takes for any directory, but for line ends. */
final class CgroupPaths {
    private static final int DEPTH_MAX = 31;
    private static final int LENGTH_MAX = 1_000;
    private static final int NAME_MAX = 255;

    private CgroupPaths() {}

    static CgroupPath parse(String path) {
        Checks.text("cgroup path", path, 1, LENGTH_MAX);
        boolean absolute = path.startsWith("/");
        List<String> names = List.of((absolute ? path.substring(1) : path).split("/", -1));
        for (String name : names) {
            Checks.text("in the cgroup path " + Printable.quote(path) + ", the name", name, 1, NAME_MAX);
            if (name.equals(".") || name.equals("..") || name.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("cgroup path " + Printable.quote(path) + " has the name "
                        + Printable.quote(name) + ", allowed are names other than . and .. without line ends");
            }
        }
        if (names.size() > DEPTH_MAX) {
            throw new IllegalArgumentException("cgroup path " + Printable.quote(path) + " has " + names.size()
                    + " names, allowed are " + DEPTH_MAX);
        }
        return new CgroupPath(absolute, names);
    }
}
