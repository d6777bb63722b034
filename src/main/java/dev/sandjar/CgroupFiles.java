package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.Printable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Which files of a cgroup callers may set by name: what belongs to a controller and has no method of its own. */
final class CgroupFiles {
    /** By name, because ioWeight counts otherwise. */
    private static final String WEIGHT = "blkio.weight";

    private static final int TEXT_MAX = 4_096;
    private static final int NAME_MAX = 100;
    private static final Pattern NAME =
            Pattern.compile("(cpu|cpuset|memory|io|blkio|pids|hugetlb|rdma|misc|net_cls|net_prio)\\.[A-Za-z0-9_.]+");
    private static final Map<Pattern, String> METHODS = methods();

    private CgroupFiles() {}

    private static Map<Pattern, String> methods() {
        Map<Pattern, String> methods = new LinkedHashMap<>();
        put(methods, "memory\\.(max|limit_in_bytes)", "memoryLimit");
        put(methods, "memory\\.high", "memoryHigh");
        put(methods, "memory\\.(low|soft_limit_in_bytes)", "memoryLow");
        put(methods, "memory\\.(swap\\.max|memsw\\.limit_in_bytes)", "swapLimit");
        put(methods, "memory\\.oom\\.group", "memoryOomGroup");
        put(methods, "cpu\\.(max|cfs_quota_us|cfs_period_us)", "cpuLimit");
        put(methods, "cpu\\.(max\\.burst|cfs_burst_us)", "cpuBurst");
        put(methods, "cpu\\.(weight|shares)", "cpuWeight");
        put(methods, "cpuset\\.cpus", "cpusetCpus");
        put(methods, "cpuset\\.mems", "cpusetMems");
        put(methods, "pids\\.max", "pidsLimit");
        put(methods, "io\\.(bfq\\.)?weight|blkio\\.bfq\\.weight", "ioWeight");
        put(methods, "io\\.max|blkio\\.(throttle\\..*|(bfq\\.)?weight_device)", "ioLimit");
        put(methods, "hugetlb\\.[0-9]+[KMG]B\\.(max|limit_in_bytes)", "hugetlbLimit");
        put(methods, ".*\\.pressure", "SandboxProcess.onEvent");
        return methods;
    }

    private static void put(Map<Pattern, String> methods, String files, String method) {
        methods.put(Pattern.compile(files), method);
    }

    static String name(String file) {
        Checks.text("name of a cgroup file", file, 1, NAME_MAX);
        if (!NAME.matcher(file).matches()) {
            throw new IllegalArgumentException("cgroup file " + Printable.quote(file)
                    + " is none of a controller, such as memory.swappiness: it can't be set");
        }
        METHODS.forEach((pattern, method) -> {
            if (pattern.matcher(file).matches()) {
                throw new IllegalArgumentException("cgroup file " + file + " is set by " + method);
            }
        });
        return file;
    }

    static String text(String file, String text) {
        Checks.text("text for " + file, text, 1, TEXT_MAX);
        if (text.lines().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("text for " + file + " has an empty line, which would set nothing");
        }
        if (file.equals(WEIGHT) && !text.matches("[1-9][0-9]{1,2}|1000")) {
            throw new IllegalArgumentException(
                    "text for " + file + " is " + Printable.quote(text) + ", and no number from 10 to 1000");
        }
        return text;
    }
}
