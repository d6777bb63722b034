package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.regex.Pattern;

/** Which files of a cgroup callers may set by name: what belongs to a controller and has no method of its own. */
final class CgroupFiles {
    /** By name, because ioWeight and IoLimit.weight count otherwise. */
    private static final String WEIGHT = "blkio.weight";

    private static final String WEIGHTS = "blkio.weight_device";
    private static final String V1_WEIGHT = "([1-9][0-9]{1,2}|1000)";

    private static final int TEXT_MAX = 4_096;
    private static final int NAME_MAX = 100;
    private static final Pattern NAME =
            Pattern.compile("(cpu|cpuset|memory|io|blkio|pids|hugetlb|rdma|misc|net_cls|net_prio)\\.[A-Za-z0-9_.]+");

    private CgroupFiles() {}

    static String name(String file) {
        Checks.text("name of a cgroup file", file, 1, NAME_MAX);
        if (!NAME.matcher(file).matches()) {
            throw new IllegalArgumentException("cgroup file " + Printable.quote(file)
                    + " is none of a controller, such as memory.swappiness: it can't be set");
        }
        for (Limit limit : Limit.values()) {
            if (limit.isSetBy(file)) {
                throw setBy(file, limit.method());
            }
        }
        if (file.endsWith(".pressure")) {
            throw setBy(file, "SandboxProcess.onEvent");
        }
        return file;
    }

    private static IllegalArgumentException setBy(String file, String method) {
        return new IllegalArgumentException("cgroup file " + file + " is set by " + method);
    }

    static String text(String file, String text) {
        Checks.text("text for " + file, text, 1, TEXT_MAX);
        if (text.lines().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("text for " + file + " has an empty line, which would set nothing");
        }
        if (file.equals(WEIGHT) && !text.matches(V1_WEIGHT)) {
            throw new IllegalArgumentException(
                    "text for " + file + " is " + Printable.quote(text) + ", and no number from 10 to 1000");
        }
        if (file.equals(WEIGHTS)
                && !text.lines().allMatch(line -> line.matches("[0-9]{1,4}:[0-9]{1,7} " + V1_WEIGHT))) {
            throw new IllegalArgumentException("text for " + file + " is " + Printable.quote(text)
                    + ", and no lines such as 8:0 500, with numbers from 10 to 1000");
        }
        return text;
    }
}
